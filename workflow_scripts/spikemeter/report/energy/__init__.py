"""The energy of an inference: estimated from its operations, and as measured."""
