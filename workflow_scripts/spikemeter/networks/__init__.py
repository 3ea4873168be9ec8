"""The networks: notation, synapses, neurons, encodings and losses."""
