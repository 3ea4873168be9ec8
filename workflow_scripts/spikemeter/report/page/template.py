"""The template of the page, which escapes all text that is put into it."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

FOLDER = Path(__file__).parent
NO_BREAK = "\u00a0"
# In this order: strong text is not emphasised a second time.
INLINE = {
    r"\*\*(.+?)\*\*": "strong",
    r"\*(.+?)\*": "em",
    r"`(.+?)`": "code",
}


def load_template() -> Template:
    """Return the template; rendering it without one of its values is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"inline": mark_inline, "unbroken": join_numbers}
    return environment.get_template("page.html.j2")


def read_style() -> str:
    """Return the page's style sheet."""
    return (FOLDER / "page.css").read_text(encoding="utf-8")


def mark_inline(text: str) -> Markup:
    """Return a text with Markdown's emphasis and code as HTML.

    Everything else is escaped.
    """
    shown = str(escape(text))
    for pattern, element in INLINE.items():
        shown = re.sub(pattern, rf"<{element}>\1</{element}>", shown)
    return Markup(shown)


def join_numbers(cell: str) -> str:
    """Return a cell of numbers that breaks only before a bracket."""
    return re.sub(r" (?![(\[])", NO_BREAK, cell)
