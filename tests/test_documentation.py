"""The pages of the documentation link to what exists, and their settings are valid."""

import re
import subprocess
import sys
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


def test_the_study_of_the_readme_can_be_run(tmp_path):
    (settings,) = re.findall(r"^```yaml\n(.*?)^```", read(README), re.M | re.S)
    (tmp_path / "mine.yaml").write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "-n", "--configfile"]
    command += [str(tmp_path / "mine.yaml"), "--", "results/tables.md"]
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert not done.returncode, done.stdout + done.stderr
    for network in ("narrow", "wide", "exp1_snn-snntorch"):
        assert f"results/runs/{network}/seed2/test.json" in done.stdout + done.stderr
