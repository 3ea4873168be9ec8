"""The processor's engine: spikes are events, a sample goes through all stages."""
