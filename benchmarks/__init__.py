"""Spikemeter's speed and memory beside other libraries', measured in one run."""
