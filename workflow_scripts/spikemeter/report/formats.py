"""The tables as text: a Markdown page, CSV and LaTeX."""

from collections.abc import Mapping, Sequence

import pandas as pd

from spikemeter.report.markdown import bullets, table
from spikemeter.report.marks import ROUNDED
from spikemeter.report.tables import TABLES, heading

CELLS = (
    "Cells: ours, of several seeds the mean ± half of its 95 % interval (the paper's)."
)
LATEX_SIGNS = str.maketrans(
    {
        "±": r"$\pm$",
        "–": "--",
        "−": "$-$",
        "×": r"$\times$",
        "µ": r"\textmu{}",
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


def markdown(
    frames: Mapping[str, pd.DataFrame],
    under: Mapping[str, Sequence[str]],
    notes: Sequence[str],
) -> str:
    """Return the page with every table that has a row.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        What :func:`spikemeter.report.tables.build` gives.
    under : mapping of str to sequence of str
        The notes directly under each table.
    notes : sequence of str
        Those under all of them.
    """
    parts = ["# Results", CELLS]
    for name, frame in frames.items():
        if len(frame):
            parts += [f"## {heading(name)}", table(texts(name, frame))]
            parts += _markdown_list(under[name])
    parts += ["## Notes", *_markdown_list(notes)]
    return "\n\n".join(parts) + "\n"


def csv(frame: pd.DataFrame) -> str:
    """Return a table's unrounded numbers as CSV; missing cells are empty."""
    return frame.to_csv(index=False)


def latex(name: str, frame: pd.DataFrame, notes: Sequence[str]) -> str:
    """Return a table as a LaTeX ``table`` environment (package booktabs).

    The environment numbers its tables by itself: no number is printed.
    """
    if frame.empty:
        return f"% {TABLES[name].title}: no rows\n"
    shown = texts(name, frame)
    text = shown.to_latex(
        index=False,
        escape=True,
        caption=f"{TABLES[name].title}. {CELLS.translate(LATEX_SPECIAL)}",
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
    rows = [TABLES[name].text(row) for _, row in frame.iterrows()]
    return pd.DataFrame(rows)


def _markdown_list(notes: Sequence[str]) -> list[str]:
    return [bullets(notes)] if notes else []
