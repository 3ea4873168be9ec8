"""Engines: how a spiking network is computed, step by step or faster."""
