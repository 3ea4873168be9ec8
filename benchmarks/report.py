"""The measurements as Markdown: what a reader quotes, and its conditions."""

from collections.abc import Iterator

from benchmarks.peers import CANDIDATES, OURS, REFERENCE
from benchmarks.processes import Result
from benchmarks.tables import agreement, bounds, format_differing, row, timing
from benchmarks.timing import MOST_OTHERS, find_quartiles

HOW = """\
- A training step is forward pass, loss, gradients and one update by Adam (the same
  fused one for all that compute with PyTorch, at a rate so small that the weights
  stay); inference is the forward pass. All use float32, the same trained weights and
  the same batch.
- All candidates of a table ran in one process, in turns; times are medians over the
  rounds, in brackets the quartiles; × is snnTorch's median over the candidate's. One
  thread: one processor and its own clock. More: as many processors, wall clock.
- The dense input of the peers is made before and not timed. spikemeter starts from
  pixels or events: their coding is part of its times.
- *output values that differ* counts the output spikes, or their absence, that are not
  snnTorch's, *gradient* is the largest relative difference of a parameter's gradient:
  measured, on the batch of this run. Exact means equal up to ties of float32 rounding:
  a membrane that sits on the threshold may cross it or not with the order of a sum.
- Peak memory is what training steps on one thread add to a process that has run a
  small batch before. The peers' dense input is not counted; JAX's own copy of it is."""

PLANNING = """\
What it takes to plan a study that has not begun (a dry run of tables and figures), on
one processor and its clock, Python's start included. Snakemake alone: as many jobs and
files in a workflow with nothing else (benchmarks/planning.smk). The rounds took turns:
medians of the times, the highest of the peaks."""


def write(results: Result) -> str:
    """Return the whole report.

    Parameters
    ----------
    results : dict
        From :func:`benchmarks.measurements.measure`.
    """
    parts = [
        "# Benchmarks",
        *_quotation(results),
        "\n".join(_summary(results)),
        "## Conditions",
        "\n".join(_conditions(results)),
        "## How it was measured",
        HOW,
    ]
    for workload in results["workloads"].values():
        parts += _workload(workload)
    parts += ["## Roofline", *(bounds(results, place) for place in results["machines"])]
    parts += ["## Rate coding", _lines(results["coding"])]
    parts += ["## Preparation of N-MNIST", _lines(results["preprocessing"])]
    parts += ["## Planning", PLANNING, _lines(results["planning"])]
    return "\n\n".join(parts) + "\n"


def _quotation(results: Result) -> Iterator[str]:
    """Yield a sentence about the first workload on one thread."""
    workload = next(iter(results["workloads"].values()))
    place: Result = next(iter(workload["timings"]), {})
    ratios = _ratios(place, "train_s")
    ours = OURS.get(place.get("device", ""))
    if ours not in ratios:
        return
    other = _fastest_other(ratios)
    others = f"; the fastest other one here, {other}" if other else ""
    yield (
        f"> On one thread of {results['conditions']['processor']}, spikemeter trains "
        f"the spiking network {workload['layers']} ({workload['data']}, "
        f"{workload['steps']} steps, batches of {workload['batch']}, trained weights) "
        f"**{ratios[ours]:.1f} times as fast** as snnTorch {_exactness(place)}"
        f"{others}. Medians of {len(place['seconds'][REFERENCE]['train_s'])} rounds "
        f"in turns, {results['conditions']['date'][:10]}{_doubt(results, place)}."
    )


def _ratios(place: Result, kind: str) -> dict[str, float]:
    """Return snnTorch's median over each candidate's; none if it was not timed."""
    found = place.get("seconds", {})
    medians = {name: find_quartiles(series[kind])[1] for name, series in found.items()}
    if REFERENCE not in medians:
        return {}
    return {name: medians[REFERENCE] / value for name, value in medians.items()}


def _fastest_other(ratios: dict[str, float]) -> str | None:
    """Return the library that is fastest apart from snnTorch and us, and its ratio."""
    others = [n for n in ratios if not CANDIDATES[n].ours and n != REFERENCE]
    if not others:
        return None
    best = max(others, key=ratios.__getitem__)
    return f"{CANDIDATES[best].title}: {ratios[best]:.1f}"


def _exactness(place: Result) -> str:
    found = place["agreement"][OURS[place["device"]]]
    return f"({format_differing(found)} output values differ)"


def _doubt(results: Result, place: Result) -> str:
    if results["conditions"]["quick"]:
        return "; **quick form: not to be quoted**"
    if place.get("others_share", 0) > MOST_OTHERS:
        return "; **the machine was busy: not to be quoted**"
    return ""


def _summary(results: Result) -> Iterator[str]:
    """Yield the lines of a table with our ratios to snnTorch, a row a workload."""
    head = ["network", "where", "training", "the fastest other one"]
    head += ["inference", "the fastest other one", "output values that differ"]
    yield from ("Times as fast as snnTorch:", "", row(head), row(["---"] * len(head)))
    for workload in results["workloads"].values():
        for place in workload["timings"]:
            cells = [workload["title"], place["title"] + _doubt(results, place)]
            for kind in ("train_s", "infer_s"):
                ratios = _ratios(place, kind)
                ours = ratios.get(OURS[place["device"]])
                cells.append(f"**{ours:.1f}**" if ours else "not measured")
                cells.append(_fastest_other(ratios) or "")
            found = place.get("agreement", {}).get(OURS[place["device"]])
            yield row([*cells, format_differing(found) if found else ""])


def _conditions(results: Result) -> Iterator[str]:
    found = results["conditions"]
    for name in ("date", "processor", "GPU", "platform", "processors"):
        if found[name] is not None:
            yield f"- {name}: {found[name]}"
    load = ", ".join(f"{value:.2f}" for value in found["load"])
    yield f"- load average at the start (1, 5, 15 minutes): {load}"
    versions = (f"{name} {version}" for name, version in found["versions"].items())
    yield f"- versions: {', '.join(versions)}"
    if found["not_installed"]:
        yield f"- not installed, so not compared: {', '.join(found['not_installed'])}"


def _workload(workload: Result) -> Iterator[str]:
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
        f"{densities} % is not 0. A training step is "
        f"{workload['operations']['train'] / 1e9:.2f} GFLOP if computed densely."
    )
    for place in workload["timings"]:
        yield f"**{place['title']}**"
        yield timing(place)
    yield "**Agreement and memory**"
    yield agreement(workload)


def _lines(result: Result) -> str:
    return "\n".join(result.get("lines", [f"Not measured: {result.get('error')}"]))
