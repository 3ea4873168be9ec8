"""Seconds, joules, watts and bytes of a piece of work; knows no network."""
