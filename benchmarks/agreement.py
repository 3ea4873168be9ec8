"""Do candidates compute the same? Spikes and gradients beside the reference's."""

from typing import Any

import numpy as np

from benchmarks.peers import Peer


def compare(peers: dict[str, Peer]) -> dict[str, dict[str, Any]]:
    """Run every candidate once and relate it to the first one.

    Returns
    -------
    dict of dict
        For each: ``loss``; ``spikes``, how many the output has; ``differing``, how
        many of its values differ; ``gradient``, the largest relative difference of a
        parameter's gradient, in the Euclidean norm.
    """
    found: dict[str, dict[str, Any]] = {}
    expected: tuple[np.ndarray, list[np.ndarray]] | None = None
    for name, peer in peers.items():
        output = peer.infer()
        loss = peer.train_step()
        gradients = peer.gradients()
        expected = expected or (output, gradients)
        found[name] = {
            "loss": loss,
            "spikes": int(output.sum()),
            "values": output.size,
            "differing": int((output != expected[0]).sum()),
            "gradient": relative(gradients, expected[1]),
        }
    return found


def relative(found: list[np.ndarray], expected: list[np.ndarray]) -> float:
    """Return the largest relative difference of corresponding arrays."""
    return max(
        float(np.linalg.norm(one - other) / max(np.linalg.norm(other), 1e-30))
        for one, other in zip(found, expected, strict=True)
    )
