"""Kinds of data sets: what an input of each takes, and how it is prepared."""
