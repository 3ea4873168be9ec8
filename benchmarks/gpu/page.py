"""The page of a check of a GPU; loads nothing, so that it always can be written."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.gpu.plan import Check

DIGITS = 4


def write_page(
    checks: Mapping[str, Check], results: Mapping[str, Mapping[str, Any]]
) -> str:
    """Return the page in Markdown: a row per check, then what each one found."""
    passed = sum(one["passed"] for one in results.values())
    lines = ["# Check of a GPU", "", f"{passed} of {len(checks)} checks passed.", ""]
    lines += ["| check | | seconds | reason |", "| --- | --- | --- | --- |"]
    for name, check in checks.items():
        one = results.get(name)
        if one is None:
            lines.append(f"| {check.title} | not yet run | | |")
            continue
        verdict = "passed" if one["passed"] else "**failed**"
        reason = str(one.get("reason", "")).replace("|", "\\|")
        lines.append(f"| {check.title} | {verdict} | {one['seconds']:.1f} | {reason} |")
    for name, one in results.items():
        lines += ["", f"## {checks[name].title}", ""]
        lines += [f"- {line}" for line in describe(one.get("found"))]
        if one.get("trace"):
            lines += ["```", str(one["trace"]).rstrip(), "```"]
    return "\n".join([*lines, ""])


def describe(found: Any, name: str = "") -> Iterator[str]:
    """Yield a line for each value that a check found, however deep."""
    if isinstance(found, Mapping):
        for key, value in found.items():
            yield from describe(value, f"{name} {key}".strip())
    elif found is not None:
        value = f"{found:.{DIGITS}g}" if isinstance(found, float) else str(found)
        yield f"{name}: {value}" if name else value
