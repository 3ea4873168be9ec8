"""Tables of the report."""

from collections.abc import Iterator

from benchmarks.peers import CANDIDATES, OURS, REFERENCE
from benchmarks.processes import Result
from benchmarks.timing import MOST_OTHERS, find_quartiles

MIB = 2**20


def timing(place: Result) -> str:
    """Return the table of one place: times, and their ratios to snnTorch's."""
    if "error" in place:
        return f"Not measured: {place['error']}"
    head = ["candidate", "training step, ms", "×", "inference, ms", "×", "rounds"]
    lines = [row(head), row(["---"] * len(head))]
    reference = place["seconds"][REFERENCE]
    for name, found in place["seconds"].items():
        cells = [CANDIDATES[name].title]
        for kind in ("train_s", "infer_s"):
            first, middle, third = find_quartiles(found[kind])
            ratio = find_quartiles(reference[kind])[1] / middle
            quartiles = f"{milliseconds(first)}–{milliseconds(third)}"
            cells += [f"{milliseconds(middle)} ({quartiles})", f"{ratio:.2f}"]
        lines.append(row([*cells, str(len(found["train_s"]))]))
    others = f"Other processes used {100 * place['others_share']:.0f} % of the machine"
    if place["others_share"] > MOST_OTHERS:
        others = f"**{others}: not to be quoted**"
    idle = f"{100 * place['idle_share']:.0f} % of a processor"
    return "\n".join([*lines, "", f"{others}. In the pauses this process used {idle}."])


def agreement(workload: Result) -> str:
    """Return the table of what the candidates compute, and of their memory."""
    head = ["candidate", "neuron", "output values that differ", "gradient"]
    head += ["peak memory, MiB", "snnTorch's over it"]
    lines = [row(head), row(["---"] * len(head))]
    for device, alone in workload["alone"].items():
        found: Result = {}
        for place in workload["timings"]:
            if place["device"] == device:
                found = place.get("agreement", {}) | found
        reference = alone.get(REFERENCE, {}).get("peak_bytes")
        for name, trial in alone.items():
            cells = [CANDIDATES[name].title, CANDIDATES[name].neuron]
            cells += _agreement(trial, found.get(name))
            lines.append(row(cells + _memory(trial.get("peak_bytes"), reference)))
    return "\n".join(lines)


def _agreement(trial: Result, found: Result | None) -> list[str]:
    if found is not None:
        gradient = f"{found['gradient']:.0e}" if found["gradient"] else "0"
        return [format_differing(found), gradient]
    if "step_s" in trial:
        return [f"not timed: a training step takes {trial['step_s']:.1f} s", ""]
    return [f"not run: {trial['error']}", ""]


def format_differing(found: Result) -> str:
    """Return how many output values are not the reference's, of how many."""
    return f"{found['differing']:,} of {found['values']:,}"


def _memory(peak: int | None, reference: int | None) -> list[str]:
    if peak is None:
        return ["", ""]
    return [f"{peak / MIB:.0f}", f"{reference / peak:.1f}" if reference else ""]


def bounds(results: Result, place: Result) -> str:
    """Return what the machine can do, and how near our training steps come."""
    if "error" in place:
        return f"{place['title']}: not measured: {place['error']}"
    return "\n".join(_bounds(results, place))


def _bounds(results: Result, place: Result) -> Iterator[str]:
    peak, best = (
        place["fma_flops"],
        max(place["multiply_flops"], place["convolve_flops"]),
    )
    registers = f", multiply-adds in registers {_giga(peak)}" if peak else ""
    yield (
        f"**{place['title']}**: float32 products of matrices by PyTorch "
        f"{_giga(place['multiply_flops'])} GFLOP/s, convolutions "
        f"{_giga(place['convolve_flops'])}{registers}; copying "
        f"{_giga(place['copy_bytes_per_s'])} GB/s. A dense training step at PyTorch's "
        "better rate, one that computes only what spikes make necessary at the highest "
        "rate, and membranes written and read once take at least:"
    )
    head = ["training step", "dense, ms", "sparse, ms", "membranes, ms"]
    head += ["spikemeter, ms", "dense bound over it", "sparse bound over it"]
    yield from ("", row(head), row(["---"] * len(head)))
    for workload in results["workloads"].values():
        ours_s = _ours(workload, place)
        if ours_s is None:
            continue
        counted = workload["operations"]
        dense_s = counted["train"] / best
        sparse_s = counted["sparse_train"] / max(peak or 0, best)
        state_s = counted["state_bytes"] / place["copy_bytes_per_s"]
        cells = [milliseconds(value) for value in (dense_s, sparse_s, state_s, ours_s)]
        shares = [f"{100 * bound / ours_s:.0f} %" for bound in (dense_s, sparse_s)]
        yield row([workload["title"], *cells, *shares])


def _ours(workload: Result, place: Result) -> float | None:
    """Return the seconds of our training step at a place, None if not measured."""
    for timed in workload["timings"]:
        found = timed.get("seconds", {}).get(OURS[place["device"]])
        if timed["title"] == place["title"] and found:
            return find_quartiles(found["train_s"])[1]
    return None


def row(cells: list[str]) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def milliseconds(seconds: float) -> str:
    """Return seconds in ms, to three digits."""
    milli = 1000 * seconds
    return f"{milli:.0f}" if milli >= 100 else f"{milli:.3g}"  # noqa: PLR2004


def _giga(value: float) -> str:
    return f"{value / 1e9:.0f}"
