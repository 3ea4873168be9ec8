"""The figures: one module each, registered in ``registry.py``."""
