"""Check 12 and the benchmark: what takes how long, here and in other libraries."""

import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any

import torch

from benchmarks.gpu.inputs import (
    SPIKING,
    Place,
    first,
    make_samples,
    make_synapses,
    read_networks,
    require,
)
from benchmarks.peers import CANDIDATES, Candidate, Peer, list_candidates
from benchmarks.workloads import Task
from spikemeter.engines.cuda import graphs
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.training.model import Model, make_engine
from spikemeter.training.run import build_model
from spikemeter.training.self_check import Pass, check_network

KEY = 11
ROUNDS = 10
MOST_ENCODING = 0.25
MOST_DRIFT = 0.03
CUPY = Candidate("SpikingJelly, CuPy", "spikingjelly", "spikingjelly:CupyNode")


def take_ms(work: Callable[[], object], place: Place) -> float:
    """Return the median milliseconds of a call, the device waited for."""
    work()
    times_s = []
    for _ in range(place.choose(ROUNDS, 2)):
        place.synchronize()
        start_s = time.perf_counter()
        work()
        place.synchronize()
        times_s.append(time.perf_counter() - start_s)
    return 1e3 * median(times_s)


def check_times(place: Place) -> dict[str, Any]:
    """Time the parts of a batch; check that passes repeat and nothing is recorded."""
    found: dict[str, Any] = {}
    recorded = count_recordings()
    for name in SPIKING:
        network = read_networks(place)[name]
        samples = make_samples(network, 8 * network.batch_size, place)
        model = build_model(network, 0, place.device)
        order = torch.arange(len(samples.labels))
        check_network(model, samples, [Pass(order, learns=True)], KEY)
        before = len(recorded)
        index = first(samples, network.batch_size)
        found[name] = time_parts(model, samples, index, place)
        passes_s = []
        for key in range(place.choose(1 + 2 * ROUNDS, 3)):
            start_s = time.perf_counter()
            for batch in order.to(place.device).split(network.batch_size):
                model.learn(samples, batch, key)
            place.synchronize()
            passes_s.append(time.perf_counter() - start_s)
        found[name]["passes s"] = passes_s
        require(len(recorded) == before, f"{name}: recorded after the check")
    if place.device.type == "cuda":
        judge_times(found)
    return found


def time_parts(
    model: Model, samples: Any, index: torch.Tensor, place: Place
) -> dict[str, Any]:
    """Return the milliseconds of the parts of a training step, and its waits."""
    settings = model.settings
    eager = Model(model.synapses, settings, make_engine(settings, place.device))
    counts = torch.rand(len(index), settings.classes, device=place.device)
    labels, steps = samples.labels[index], settings.steps or 1
    loss = partial(LOSSES[settings.loss], counts.requires_grad_(), labels, steps)
    parts: dict[str, Callable[[], object]] = {
        "encoding": lambda: samples.encoded(index, KEY).first_frames(),
        "replay": lambda: model.learn(samples, index, KEY),
        "loss": lambda: torch.autograd.grad(loss(), counts),
    }
    found: dict[str, Any] = {f"{n} ms": take_ms(w, place) for n, w in parts.items()}
    place.synchronize()
    start_s = time.perf_counter()
    eager.learn(samples, index, KEY)
    place.synchronize()
    found["eager ms"] = 1e3 * (time.perf_counter() - start_s)
    if place.device.type == "cuda":
        found["waits"] = count_waits(parts["replay"])
    return found


def count_waits(work: Callable[[], object]) -> int:
    """Return how often a call waits for the device."""
    import warnings  # noqa: PLC0415

    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            work()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return sum("synchroniz" in str(one.message) for one in caught)


def judge_times(found: dict[str, Any]) -> None:
    """Check the share of the encoding, and that the last passes take the same time."""
    for name, one in found.items():
        share = one["encoding ms"] / one["replay ms"]
        require(share < MOST_ENCODING, f"{name}: encoding takes {share:.0%} of a batch")
        _, *passes_s = one["passes s"]
        drift = median(passes_s[:ROUNDS]) / median(passes_s[ROUNDS:]) - 1
        require(abs(drift) < MOST_DRIFT, f"{name}: passes differ by {drift:+.1%}")


def count_recordings() -> list[object]:
    """Return a list that grows with every recording of a CUDA graph."""
    made: list[object] = []
    record = graphs._Recording

    def counted(*given: Any) -> graphs._Recording:
        made.append(given)
        return record(*given)

    graphs._Recording = counted  # type: ignore[assignment, misc]
    return made


def time_cupy(place: Place) -> dict[str, Any]:
    """Time the CuPy backend of SpikingJelly's last release that has one.

    CuPy is the machine's own, since it is too large to be carried along.
    """
    if find_spec("cupy") is None:
        return {"CuPy": "not installed"}
    sys.path.insert(0, str(place.wheels / "for-cupy"))
    found: dict[str, Any] = {"version": CUPY.installed()}
    for name in (SPIKING[0], SPIKING[2], SPIKING[3]):
        found[name] = time_peer(CUPY.build(make_task(name, place)), place)
    return found


def compare(place: Place) -> dict[str, Any]:
    """Time a training step and inference of every installed candidate."""
    found: dict[str, Any] = {}
    for name in SPIKING[:1] if place.tiny else (SPIKING[0], SPIKING[2], SPIKING[3]):
        found[name] = compare_network(name, place)
    return found


def compare_network(name: str, place: Place) -> dict[str, Any]:
    """Return the milliseconds of each candidate on one network."""
    task = make_task(name, place)
    found: dict[str, Any] = {}
    for title in list_candidates(place.device.type):
        candidate = CANDIDATES[title]
        if candidate.installed() is None:
            found[title] = "not installed"
            continue
        try:
            found[title] = time_peer(candidate.build(task), place)
        except Exception as error:  # noqa: BLE001 - of another library
            found[title] = f"{type(error).__name__}: {error}"
    return found


def make_task(name: str, place: Place) -> Task:
    """Return a network's first weights and a full batch as a task for candidates."""
    network = read_networks(place)[name]
    samples = make_samples(network, network.batch_size, place)
    inputs = samples.encoded(first(samples, network.batch_size), KEY)
    synapses = make_synapses(network, place)
    state = {key: value.cpu() for key, value in synapses.state_dict().items()}
    return Task(network, state, inputs, inputs.dense(), samples.labels, place.device)


def time_peer(peer: Peer, place: Place) -> dict[str, float]:
    """Return the milliseconds of a training step and of an inference."""
    return {
        "training ms": take_ms(peer.train_step, place),
        "inference ms": take_ms(peer.infer, place),
    }
