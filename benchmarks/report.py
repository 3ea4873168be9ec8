"""The measurements as Markdown."""

from collections.abc import Iterator
from typing import Any

from benchmarks.peers import CANDIDATES, OURS, REFERENCE
from benchmarks.timing import spread

Result = dict[str, Any]
MIB = 2**20
MOST_OTHERS = 0.05
HOW = """\
- A training step is forward pass, loss, gradients and one Adam update (the same fused
  Adam for all that compute with PyTorch, at a rate so small that the weights stay);
  inference is the forward pass. All run in float32 with the same trained weights on
  the same batch.
- All candidates of a table ran in one process, in turns; times are medians over the
  rounds, in brackets the quartiles. × is snnTorch's median over the candidate's. One
  thread: one processor, its own clock. More threads: as many processors, wall clock.
- The dense input of the peers is made before and not timed. spikemeter starts from
  pixels or events: its coding is inside its times.
- `spikes` counts the output spikes that differ from snnTorch's, `gradient` is the
  largest relative difference of a parameter's gradient: measured here, on this batch.
  A spike that sits on the threshold may flip with the order of a sum.
- Peak memory is what three training steps add to a process that has run a small batch
  before, one thread; the peers' dense input is not counted.
"""


def write(results: Result) -> str:
    """Return the whole report.

    Parameters
    ----------
    results : dict
        As :func:`benchmarks.__main__.measure` makes it.
    """
    parts = [
        "# Benchmarks",
        *quotations(results),
        "## Conditions",
        "\n".join(_conditions(results)),
        "## How it was measured",
        HOW.rstrip(),
        *(part for name in results["workloads"] for part in _workload(results, name)),
        "## Roofline",
        *_roofline(results),
        "## Rate coding",
        "\n".join(results["small"].get("coding", [_error(results["small"])])),
        "## Preparation of N-MNIST against tonic",
        "\n".join(results["small"].get("preprocessing", [_error(results["small"])])),
    ]
    return "\n\n".join(parts) + "\n"


def quotations(results: Result) -> Iterator[str]:
    """Yield one sentence for each workload, with its conditions."""
    machine = results["conditions"]["cpu"]
    for workload in results["workloads"].values():
        for place in workload["timings"]:
            sentence = _quotation(workload, place)
            if sentence:
                yield f"> {sentence} ({place['title']}, {machine}.)"


def _quotation(workload: Result, place: Result) -> str | None:
    ours = OURS[place["device"]]
    medians = {
        name: spread(found["train_s"])[1]
        for name, found in place.get("seconds", {}).items()
    }
    if REFERENCE not in medians or ours not in medians:
        return None
    ratio = medians[REFERENCE] / medians[ours]
    others = {
        name: value for name, value in medians.items() if _is_other_library(name)
    }
    sentence = (
        f"A training step of {workload['layers']} ({workload['data']}, "
        f"{workload['steps']} steps, batch {workload['batch']}, trained weights) takes "
        f"spikemeter {_ms(medians[ours])} ms and snnTorch {_ms(medians[REFERENCE])} ms: "
        f"**{ratio:.1f} times as fast**, {_exactness(place['agreement'][ours])}"
    )
    if not others:
        return sentence + "."
    best = min(others, key=others.__getitem__)
    return (
        f"{sentence}. The fastest other candidate, {CANDIDATES[best].title}, takes "
        f"{_ms(others[best])} ms."
    )


def _is_other_library(name: str) -> bool:
    return name != REFERENCE and not CANDIDATES[name].target.startswith("ours:")


def _exactness(agreement: Result) -> str:
    if agreement["differing"] == 0:
        return "with the same output spikes"
    return f"{agreement['differing']} of {agreement['values']} output values differ"


def _conditions(results: Result) -> Iterator[str]:
    conditions = results["conditions"]
    for name in ("date", "cpu", "gpu", "platform", "processors"):
        if conditions[name] is not None:
            yield f"- {name}: {conditions[name]}"
    load = ", ".join(f"{value:.2f}" for value in conditions["load"])
    yield f"- load average at the start (1, 5, 15 minutes): {load}"
    versions = (f"{name} {found}" for name, found in conditions["versions"].items())
    yield f"- versions: {', '.join(versions)}"
    if conditions["not_installed"]:
        yield f"- not installed: {', '.join(conditions['not_installed'])}"
    if conditions["quick"]:
        yield "- **quick form: small batches, few rounds; not to be quoted**"


def _workload(results: Result, name: str) -> Iterator[str]:
    workload = results["workloads"][name]
    yield f"## {workload['title']}: {workload['layers']}"
    if "error" in workload:
        yield f"Not measured: {workload['error']}"
        return
    densities = ", ".join(f"{100 * value:.1f}" for value in workload["densities"])
    yield (
        f"{workload['steps']} steps, batch {workload['batch']}, {workload['data']}. "
        f"Weights after {workload['updates']} updates with batches of "
        f"{workload['training_batch']}: accuracy {100 * workload['accuracy']:.1f} % on "
        f"{workload['held_out']} held-out samples. Of what enters the stages, "
        f"{densities} % is not 0."
    )
    for place in workload["timings"]:
        yield f"**{place['title']}**"
        yield from _timing(place)
    yield "**Agreement and memory**"
    yield "\n".join(_agreement(workload))


def _timing(place: Result) -> Iterator[str]:
    if "error" in place:
        yield f"Not measured: {place['error']}"
        return
    lines = [
        "| candidate | training step, ms | × | inference, ms | × | rounds |",
        "|---|---|---|---|---|---|",
    ]
    reference = place["seconds"][REFERENCE]
    for name, found in place["seconds"].items():
        cells = [CANDIDATES[name].title]
        for kind in ("train_s", "infer_s"):
            first, middle, third = spread(found[kind])
            ratio = spread(reference[kind])[1] / middle
            cells += [f"{_ms(middle)} ({_ms(first)}–{_ms(third)})", f"{ratio:.2f}"]
        lines.append(_row([*cells, str(len(found["train_s"]))]))
    yield "\n".join(lines)
    others = 100 * place["others_share"]
    note = f"Other processes used {others:.0f} % of the machine's processors"
    if place["others_share"] > MOST_OTHERS:
        note = f"**{note}: not to be quoted**"
    yield f"{note}; idle threads {100 * place['idle_share']:.0f} % of one in pauses."


def _agreement(workload: Result) -> Iterator[str]:
    yield "| candidate | neuron | spikes | gradient | peak memory, MiB | × less |"
    yield "|---|---|---|---|---|---|"
    agreements: Result = {}
    for place in workload["timings"]:
        agreements = place.get("agreement", {}) | agreements
    base = workload["trials"].get(REFERENCE, {}).get("peak_bytes")
    for name, trial in workload["trials"].items():
        candidate = CANDIDATES[name]
        cells = [candidate.title, candidate.neuron]
        found = agreements.get(name)
        if found is None:
            cells += [trial.get("error") or _too_slow(trial), ""]
        else:
            share = f"{found['differing']} of {found['values']}"
            cells += [share, f"{found['gradient']:.0e}"]
        peak = trial.get("peak_bytes")
        cells += ["", ""] if peak is None else [f"{peak / MIB:.0f}", _less(base, peak)]
        yield _row(cells)


def _too_slow(trial: Result) -> str:
    return f"not timed: one training step took {trial['step_s']:.1f} s"


def _less(base: int | None, peak: int) -> str:
    return f"{base / peak:.1f}" if base and peak > 0 else ""


def _roofline(results: Result) -> Iterator[str]:
    for place in results["machines"]:
        if "error" in place:
            yield f"{place['title']}: not measured: {place['error']}"
            continue
        yield "\n".join(_bounds(results, place))


def _bounds(results: Result, place: Result) -> Iterator[str]:
    fma = place["fma_flops"]
    best = max(place["multiply_flops"], place["convolve_flops"])
    yield (
        f"**{place['title']}**: float32 product of matrices "
        f"{_giga(place['multiply_flops'])} GFLOP/s, convolution "
        f"{_giga(place['convolve_flops'])}"
        + (f", multiply-adds in registers {_giga(fma)}" if fma else "")
        + f"; copying {_giga(place['copy_bytes_per_s'])} GB/s."
    )
    yield ""
    yield (
        "| training step | dense GFLOP | at the best library rate, ms | sparse GFLOP | "
        "at the peak, ms | membranes, ms | spikemeter, ms | share of the dense rate |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for workload in results["workloads"].values():
        same = [p for p in workload.get("timings", []) if p["title"] == place["title"]]
        ours = OURS[place["device"]]
        if not same or ours not in same[0].get("seconds", {}):
            continue
        ours_s = spread(same[0]["seconds"][ours]["train_s"])[1]
        counted = workload["operations"]
        yield _row(
            [
                workload["title"],
                f"{counted['train'] / 1e9:.2f}",
                _ms(counted["train"] / best),
                f"{counted['sparse_train'] / 1e9:.2f}",
                _ms(counted["sparse_train"] / (fma or best)),
                _ms(counted["state_bytes"] / place["copy_bytes_per_s"]),
                _ms(ours_s),
                f"{100 * counted['train'] / ours_s / best:.0f} %",
            ]
        )


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _error(result: Result) -> str:
    return f"Not measured: {result['error']}"


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.3g}" if seconds < 1 else f"{1e3 * seconds:.0f}"


def _giga(value: float) -> str:
    return f"{value / 1e9:.0f}"
