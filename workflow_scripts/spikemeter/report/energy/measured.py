"""The energy of one inference, as it was measured on the machine that ran the test."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spikemeter.report.marks import MISSING
from spikemeter.report.quantities import INFERENCE_ENERGY, per_seed
from spikemeter.report.runs import Run


def _net_energy_j(run: Run) -> float:
    energy_j = run.test["reading"]["net_energy_j"]
    inferences = run.test["passes"] * run.test["samples"]
    return np.nan if energy_j is None else float(energy_j) / inferences


NET_INFERENCE_ENERGY = replace(
    INFERENCE_ENERGY,
    name="net_inference_energy_j",
    title="J/inference, net of idle",
    ours=_net_energy_j,
    papers=lambda _paper: np.nan,
    reading="net_energy_j",
)


def machine(runs: Sequence[Run]) -> str:
    """Return the hardware whose energy was measured, if it was."""
    if np.isnan(per_seed(INFERENCE_ENERGY, runs)).any():
        return MISSING
    found = runs[0].conditions("test")
    name = found["board"] if found["device"] == "cuda" else found["cpu"]
    return str(name or found["device"])
