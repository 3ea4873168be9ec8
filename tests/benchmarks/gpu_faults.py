"""Checks that end in every way; they run in processes of their own."""

import os
import time


def passes(place):
    return {"device": str(place.device), "nested": {"value": 1 / 3}}


def fails(_place):
    raise AssertionError("3 of 4 | words differ")


def dies(_place):
    print("last words", flush=True)  # noqa: T201
    os.abort()


def hangs(_place):
    time.sleep(600)
