"""The engines for CUDA: all time steps of a layer at once."""
