"""Encodings: one module per encoding, listed in ``registry.py``."""
