"""The tables as text: a Markdown page, CSV and LaTeX."""

from collections.abc import Mapping, Sequence
from math import floor, log10

import pandas as pd

from spikemeter.engines.names import APPROXIMATE
from spikemeter.report.quantities import TEST, TRAINING, Quantity
from spikemeter.report.tables import RATIOS

MISSING = "–"
OTHER_QUANTITY = "°"
ROUNDED = "§"
TITLES = {
    "training": "Training and validation",
    "test": "Test set",
    "ratios": "Ratios",
    "activity": "Activity of the spiking networks",
}
LATEX_SIGNS = str.maketrans(
    {
        "±": r"$\pm$",
        "–": "--",
        "−": "$-$",
        "×": r"$\times$",
        "·": r"$\cdot$",
        "°": r"\textdegree{}",
        "†": r"\textdagger{}",
        "‡": r"\textdaggerdbl{}",
        ROUNDED: r"\S{}",
    }
)
LATEX_SPECIAL = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
    }
)


def markdown(frames: Mapping[str, pd.DataFrame], notes: Sequence[str]) -> str:
    """Return the page with every table that has a row, and the notes under them."""
    parts = ["# Results", "Cells: ours (the paper's)."]
    for name, frame in frames.items():
        if len(frame):
            parts += [f"## {TITLES[name]}", _markdown_table(texts(name, frame))]
    parts += ["## Notes", "\n".join(f"- {note}" for note in notes)]
    return "\n\n".join(parts) + "\n"


def csv(frame: pd.DataFrame) -> str:
    """Return a table's unrounded numbers as CSV; missing cells are empty."""
    return frame.to_csv(index=False)


def latex(name: str, frame: pd.DataFrame, notes: Sequence[str]) -> str:
    """Return a table as a LaTeX ``table`` environment (package booktabs)."""
    if frame.empty:
        return f"% {TITLES[name]}: no rows\n"
    shown = texts(name, frame)
    text = shown.to_latex(
        index=False,
        escape=True,
        caption=f"{TITLES[name]}. Cells: ours (the paper's).",
        label=f"tab:{name}",
        column_format="l" * len(shown.columns),
        position="htbp",
    )
    lines = "".join(f"{note.translate(LATEX_SPECIAL)}\\par\n" for note in notes)
    begin = "\\begin{table}[htbp]\n"
    narrow = "\\centering\\footnotesize\\setlength{\\tabcolsep}{4pt}\n"
    text = text.replace(begin, begin + narrow)
    below = f"\\par\\medskip\\raggedright\\scriptsize\n{lines}"
    text = text.replace("\\end{table}", f"{below}\\end{{table}}")
    return text.translate(LATEX_SIGNS)


def texts(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table as it is printed: a frame of strings with its headings."""
    rows = [_ROWS[name](row) for _, row in frame.iterrows()]
    return pd.DataFrame(rows)


def number(value: float, decimals: int) -> str:
    """Return a value with ``decimals`` digits after the point."""
    return f"{value:,.{decimals}f}".replace("-", "−")


def digits(value: float, decimals: int) -> int:
    """Return ``decimals``, or more where a value below 1 needs them for two digits."""
    return decimals if value == 0 else max(decimals, 1 - floor(log10(abs(value))))


def cell(row: pd.Series, name: str, decimals: int, marked: bool = False) -> str:
    """Return ``ours ± spread (the paper's)``; what is missing is left out.

    Parameters
    ----------
    row : Series
        Holds ``name``, ``name_sd`` and ``name_paper``.
    marked : bool
        Whether a CPU run measures something else here than the paper did.
    """
    ours, spread, papers = (row[name + end] for end in ("", "_sd", "_paper"))
    text = MISSING
    if pd.notna(ours):
        places = digits(ours, decimals) if decimals else int(row["seeds"] > 1)
        text = number(ours, places)
        if pd.notna(spread):
            text += f" ± {number(spread, places)}"
        if marked and row["device"] != "cuda":
            text += OTHER_QUANTITY
    return f"{text} ({_as_published(papers, decimals)})" if pd.notna(papers) else text


def _as_published(value: float, decimals: int) -> str:
    # Table II prints one F1 with a digit more than the others.
    exact = round(value, decimals) == value
    more = decimals if exact or round(value, 4) != value else 4
    return number(value, more)


def _network_row(row: pd.Series, quantities: Sequence[Quantity]) -> dict[str, str]:
    head = {
        "exp": str(row["experiment"]),
        "network": _marked(row["label"], row["mark"]),
        "engine": _engine(row["engine"]),
        "data": row["data"],
    }
    return head | {
        q.title: cell(row, q.name, q.decimals, q.depends_on_device) for q in quantities
    }


def _ratio_row(row: pd.Series) -> dict[str, str]:
    engines = (row["engine"], row["reference_engine"])
    texts = {
        "comparison": _marked(row["comparison"], row["mark"]),
        "engines": " / ".join(map(_engine, engines)),
    }
    for q in RATIOS:
        heading = f"{q.title.split()[0]} ×"
        texts[heading] = cell(row, f"{q.name}_ratio", 2, q.depends_on_device)
    difference = cell(row, "accuracy_difference_points", 2)
    return texts | {"test acc difference, points": difference}


def _activity_row(row: pd.Series) -> dict[str, str]:
    layers = [row[c] for c in row.index if c.startswith("layer")]
    return {
        "exp": str(row["experiment"]),
        "network": _marked(row["label"], row["mark"]),
        "engine": _engine(row["engine"]),
        "steps": str(row["steps"]),
        "parameters": f"{row['parameters']:,}",
        "spikes per neuron and step, layer by layer": " / ".join(
            number(spikes, digits(spikes, 3)) for spikes in layers if pd.notna(spikes)
        ),
        "tied %": number(row["tied_pct"], 2),
        "silent %": number(row["silent_pct"], 2),
    }


_ROWS = {
    "training": lambda row: _network_row(row, TRAINING),
    "test": lambda row: _network_row(row, TEST),
    "ratios": _ratio_row,
    "activity": _activity_row,
}


def _marked(label: str, mark: str) -> str:
    return f"{label} {mark}".rstrip()


def _engine(names: str) -> str:
    rounded = not APPROXIMATE.keys().isdisjoint(names.split())
    return _marked(names, ROUNDED if rounded else "")


def _markdown_table(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy()]
    escaped = ([text.replace("|", r"\|") for text in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)
