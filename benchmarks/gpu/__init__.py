"""The checks of a GPU: `make check-gpu`, for a machine without a network."""
