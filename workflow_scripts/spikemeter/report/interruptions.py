"""Notes on trainings that were killed and continued."""

from collections.abc import Sequence

from spikemeter.report.runs import Run


def describe_interruptions(runs: Sequence[Run]) -> list[str]:
    """Return a note for each training that took several processes."""
    return [
        f"Interrupted ({run.network}, seed {run.seed}): trained in "
        f"{run.train['sessions']} processes; {_lost(run)}"
        for run in runs
        if run.train["sessions"] > 1
    ]


def _lost(run: Run) -> str:
    """Return the cost of epochs that had to be repeated."""
    lost = run.train["lost"]
    if "lost" in run.train["missing"]:
        return f"what was lost is not known ({run.train['missing']['lost']})"
    if not lost:
        return "no epoch had to be repeated"
    seconds = sum(record["seconds"] for record in lost)
    known = [r["energy_j"] for r in lost if r["energy_j"] is not None]
    unknown = sorted({r["energy_missing"] for r in lost if r["energy_j"] is None})
    energy = f"{sum(known):.1f} J" if known else "an unknown energy"
    if unknown:
        energy = f"{'at least ' if known else ''}{energy} ({'; '.join(unknown)})"
    return (
        f"epochs begun in vain took {seconds:.1f} s and {energy}, which no table "
        "includes"
    )
