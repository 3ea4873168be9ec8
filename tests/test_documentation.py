"""The pages of the documentation link to what exists, and their settings are valid."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = sorted(ROOT.glob("docs/*.md"))


def read(page):
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [README, *PAGES], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    text = re.sub(r"^```.*?^```", "", read(page), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    local = [link for link in links if "://" not in link]
    assert all((page.parent / link).exists() for link in local), local


def test_the_readme_names_every_page():
    missing = [page.name for page in PAGES if f"docs/{page.name}" not in read(README)]
    assert not missing
