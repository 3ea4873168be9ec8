"""Spikemeter's speed and memory compared with other libraries, measured in one run."""
