"""The tables as text: a Markdown page, CSV and LaTeX."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from spikemeter.report.literal import escape_latex, escape_markdown
from spikemeter.report.tables import TABLES, format_heading
from spikemeter.report.tables.cells import PrintedRow

CELLS = "Cells: ours; several seeds: mean ± half-width of the 95 % CI{published}."
PUBLISHED_CELLS = " (the published value in parentheses)"


def render_markdown(
    frames: Mapping[str, pd.DataFrame],
    under: Mapping[str, Sequence[str]],
    notes: Sequence[str],
) -> str:
    """Return the page with every table that has a row, and the notes under each.

    Those of ``notes`` are about all of them.
    """
    parts = ["# Results", explain_cells(frames.values())]
    for name, frame in frames.items():
        if len(frame):
            table = format_markdown_table(
                format_table(name, frame).map(escape_markdown)
            )
            parts += [f"## {format_heading(name)}", table, format_list(under[name])]
    parts += ["## Notes", format_list(notes)]
    return "\n\n".join(filter(None, parts)) + "\n"


def explain_cells(frames: Iterable[pd.DataFrame]) -> str:
    """Return how to read the cells of tables."""
    published = any(
        str(name).endswith("_published") for frame in frames for name in frame
    )
    return CELLS.format(published=PUBLISHED_CELLS if published else "")


def format_markdown_table(cells: pd.DataFrame) -> str:
    """Return a frame of strings as a Markdown table, one line per row."""
    lines = [list(cells.columns), ["---"] * len(cells.columns), *cells.to_numpy()]
    escaped = ([text.replace("|", r"\|") for text in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def format_list(lines: Iterable[str]) -> str:
    """Return a list with one point per line."""
    return "\n".join(f"- {line}" for line in lines)


def render_latex(name: str, frame: pd.DataFrame, notes: Sequence[str]) -> str:
    """Return a table as a LaTeX ``table`` environment (package booktabs).

    The environment numbers its tables by itself: no number is printed.
    """
    if frame.empty:
        return f"% {TABLES[name].title}: no rows\n"
    shown, how = format_table(name, frame).map(escape_latex), explain_cells([frame])
    text = shown.rename(columns=escape_latex).to_latex(
        index=False,
        escape=False,
        caption=escape_latex(f"{TABLES[name].title}. {how}"),
        label=f"tab:{name}",
        column_format="l" * len(shown.columns),
        position="htbp",
    )
    lines = "".join(f"{escape_latex(note)}\\par\n" for note in notes)
    begin = "\\begin{table}[htbp]\n"
    narrow = "\\centering\\footnotesize\\setlength{\\tabcolsep}{4pt}\n"
    text = text.replace(begin, begin + narrow)
    below = f"\\par\\medskip\\raggedright\\scriptsize\n{lines}"
    return text.replace("\\end{table}", f"{below}\\end{{table}}")


def format_table(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table as it is printed: a frame of strings with its headings."""
    rows = map(PrintedRow, frame.to_dict("records"))
    return pd.DataFrame(map(TABLES[name].text, rows))
