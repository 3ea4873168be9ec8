"""Check the GPU of this machine: ``python -m benchmarks.gpu [--wheels FOLDER]``.

Every check has a process and a time limit of its own, so that none can keep the others
from running. The page and the JSON are written again after each.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.gpu.page import write_page
from benchmarks.gpu.plan import CHECKS, Check

ROOT = Path(__file__).parents[2]
BUDGET_S = 350.0
LOG_CHARACTERS = 2000

Results = dict[str, dict[str, Any]]


def main() -> None:
    """Run all checks; the exit status tells whether one failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu")
    parser.add_argument("--wheels", type=Path, default=ROOT / "gpu-wheels")
    parser.add_argument("--output", type=Path, default=ROOT / "results/gpu-check")
    parser.add_argument("--cpu", action="store_true", help="to test the checks")
    parser.add_argument("--tiny", action="store_true", help="to test the checks")
    arguments = parser.parse_args()
    options = [f"--{name}" for name in ("cpu", "tiny") if vars(arguments)[name]]
    with tempfile.TemporaryDirectory() as folder:
        unpack_wheels(arguments.wheels, Path(folder))
        results = run_all(CHECKS, arguments.output, Path(folder), options)
    failed = [name for name, one in results.items() if not one["passed"]]
    say(f"{len(results) - len(failed)} of {len(results)} checks passed; send in")
    say(f"  {arguments.output}.md and {arguments.output}.json")
    sys.exit(bool(failed))


def unpack_wheels(wheels: Path, folder: Path) -> None:
    """Unpack wheels, and those of ``wheels/for-cupy`` into a folder of their own."""
    for part in (wheels, wheels / "for-cupy"):
        place = folder / part.relative_to(wheels)
        for wheel in sorted(part.glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(place)


def run_all(
    checks: Mapping[str, Check],
    output: Path,
    wheels: Path,
    options: list[str],
    budget_s: float = BUDGET_S,
) -> Results:
    """Run checks one after the other until the time is used up.

    Parameters
    ----------
    checks : mapping of str to Check
    output : Path
        Of the page and the JSON, without an ending.
    wheels : Path
        Packages that the machine may lack.
    options : list of str
        For `benchmarks.gpu.job`.
    budget_s : float
        What is not begun by then is reported as not run.
    """
    start_s = time.monotonic()
    output.parent.mkdir(parents=True, exist_ok=True)
    results: Results = {}
    for name, check in checks.items():
        left_s = budget_s - (time.monotonic() - start_s)
        if left_s > 0:
            limit_s = min(check.limit_s, left_s)
            results[name] = run_check(check.target, wheels, options, limit_s)
        else:
            results[name] = fail("not run: the time was used up", 0.0)
        one = results[name]
        say(f"{'passed' if one['passed'] else 'FAILED'}  {name}: {check.title}")
        text = json.dumps(results, indent=1)
        output.with_suffix(".json").write_text(text, encoding="utf-8")
        page = write_page(checks, results)
        output.with_suffix(".md").write_text(page, encoding="utf-8")
    return results


def run_check(
    target: str, wheels: Path, options: list[str], limit_s: float
) -> dict[str, Any]:
    """Run a check in a process of its own; return what it found and its seconds."""
    start_s = time.monotonic()
    target = target if target.startswith("tests.") else f"benchmarks.gpu.{target}"
    with tempfile.TemporaryDirectory() as folder:
        answer, log = Path(folder, "answer.json"), Path(folder, "log")
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.gpu.job"]
        with log.open("w") as stream:
            try:
                code = subprocess.run(
                    [*command, target, str(answer), str(wheels), *options],
                    env=make_environment(),
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    timeout=limit_s,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                return fail(f"not finished within {limit_s:.0f} s", limit_s)
        seconds = time.monotonic() - start_s
        if answer.exists():
            found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
            return found | {"seconds": seconds}
        said = log.read_text(encoding="utf-8", errors="replace")[-LOG_CHARACTERS:]
        return fail(f"the process ended with {code}", seconds, said)


def make_environment() -> dict[str, str]:
    """Return the environment of a check: this code comes first."""
    folders = [str(ROOT), str(ROOT / "workflow_scripts")]
    folders += filter(None, [os.environ.get("PYTHONPATH")])
    return os.environ | {"PYTHONPATH": os.pathsep.join(folders)}


def fail(reason: str, seconds: float, trace: str = "") -> dict[str, Any]:
    """Return the result of a check that could not answer."""
    return {"passed": False, "reason": reason, "trace": trace, "seconds": seconds}


def say(text: str) -> None:
    """Write a line to the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
