"""All candidates in one process: whether they agree, and how long they take."""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from benchmarks import bundles
from benchmarks.peers import CANDIDATES, Peer
from benchmarks.timing import choose_clock, time_in_turns
from benchmarks.workloads import load_task

TINY = 1e-30  # so that two gradients of 0 do not differ


def measure(
    candidates: list[str], bundle: str, batch: int, device: str, budget_s: float
) -> dict[str, Any]:
    """Relate the candidates to the first one, then time them in turns.

    Returns
    -------
    dict
        ``agreement`` from :func:`compare`; ``seconds``, ``others_share`` and
        ``idle_share`` from :func:`benchmarks.timing.time_in_turns`.
    """
    task = load_task(bundles.load(bundle), torch.device(device), batch)
    peers = {name: CANDIDATES[name].build(task) for name in candidates}
    agreement = compare(peers)
    clock = choose_clock(torch.get_num_threads(), device)
    series, disturbance = time_in_turns(peers, clock, budget_s)
    seconds = {name: asdict(found) for name, found in series.items()}
    return {"agreement": agreement, "seconds": seconds, **asdict(disturbance)}


def compare(peers: dict[str, Peer]) -> dict[str, dict[str, Any]]:
    """Run every candidate once and relate it to the first one.

    Returns
    -------
    dict of dict
        For each: ``loss``; ``spikes``, how many the output has; ``values`` of the
        output, and how many are ``differing``; ``gradient``, see `compare_gradients`.
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
            "gradient": compare_gradients(gradients, expected[1]),
        }
    return found


def compare_gradients(found: list[np.ndarray], expected: list[np.ndarray]) -> float:
    """Return the largest relative difference of two arrays, in the Euclidean norm."""
    return max(
        float(np.linalg.norm(one - other)) / max(float(np.linalg.norm(other)), TINY)
        for one, other in zip(found, expected, strict=True)
    )
