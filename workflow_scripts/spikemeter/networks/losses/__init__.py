"""Losses: one module per loss, listed in ``registry.py``."""
