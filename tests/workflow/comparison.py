"""What two runs of the same study have in common: all but what a meter read."""

import json

import pandas as pd


def learned(study, network):
    """Return the columns of epochs.csv that a meter has no part in."""
    epochs = pd.read_csv(study / f"results/runs/{network}/seed0/epochs.csv")
    return epochs.filter(regex="epoch|accuracy|loss|share|spikes")


def scored(study, network):
    """Return the scores in test.json."""
    text = (study / f"results/runs/{network}/seed0/test.json").read_text()
    names = ("accuracy", "confusion", "tied", "silent", "spikes_per_neuron_step")
    return {name: json.loads(text)[name] for name in names}
