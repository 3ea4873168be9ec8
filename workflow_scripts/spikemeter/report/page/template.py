"""The page's template: what is put into it is escaped, whatever it holds."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

FOLDER = Path(__file__).parent
NO_BREAK = "\u00a0"
# In this order: what is strong is not emphasised once more.
INLINE = {
    r"\*\*(.+?)\*\*": "strong",
    r"\*(.+?)\*": "em",
    r"`(.+?)`": "code",
}


def template() -> Template:
    """Return the template of the page; a name that it lacks is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"inline": inline, "unbroken": unbroken}
    return environment.get_template("page.html.j2")


def style() -> str:
    """Return the page's style sheet."""
    return (FOLDER / "page.css").read_text(encoding="utf-8")


def inline(text: str) -> Markup:
    """Return a text with the emphasis and code that Markdown has for it.

    Everything else, HTML too, stays as it is written.
    """
    shown = str(escape(text))
    for pattern, element in INLINE.items():
        shown = re.sub(pattern, rf"<{element}>\1</{element}>", shown)
    return Markup(shown)


def unbroken(cell: str) -> str:
    """Return numbers that break over lines only before what is in brackets."""
    return re.sub(r" (?![(\[])", NO_BREAK, cell)
