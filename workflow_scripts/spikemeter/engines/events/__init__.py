"""The engine of the processor: spikes as events, a sample through all stages at once."""
