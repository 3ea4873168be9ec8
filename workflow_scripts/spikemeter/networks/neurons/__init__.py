"""Neuron models: one module per model, listed in ``registry.py``."""
