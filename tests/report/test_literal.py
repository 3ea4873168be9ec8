"""A user's texts are literal in every figure, table, page and LaTeX file."""

import html
import re
import shutil
import subprocess

import matplotlib
import pytest
from matplotlib.font_manager import get_font

from spikemeter.report.figures.anytime_curves import ANYTIME
from spikemeter.report.figures.architecture import ARCHITECTURE
from spikemeter.report.figures.curves import CURVES
from spikemeter.report.figures.energy_fronts import ENERGY
from spikemeter.report.formats import render_latex, render_markdown
from spikemeter.report.literal import (
    SHOWN,
    escape_latex,
    escape_markdown,
    find_unshown,
    fold_text,
)
from tests.report.made_up import Study

LABELS = (
    *(
        "A $_$ B",
        "costs $5 not $7",
        "β = 0.9, θ ≥ 1",
        "Café à gogo",
        "*a* _b_ <i>c</i>",
    ),
    *(
        "[x](y) `z` ~~w~~",
        "50 % & #1 {x} \\n",
        "_hidden",
        "a--b,,c 'd' \"e\"",
        "$x$ ^2",
    ),
)


@pytest.fixture
def labelled(tmp_path):
    """Runs of networks with these labels, the first the reference of all others."""
    study = Study(tmp_path, [0])
    for place, label in enumerate(LABELS):
        compare = {"compare_to": "n0"} if place else {}
        study.add(f"n{place}", label, **compare)
    return study


def texts_of(figure, folder):
    """Return what a figure shows, from an SVG file whose text is text."""
    path = folder / "figure.svg"
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        figure.savefig(path)
    svg = path.read_text(encoding="utf-8")
    return [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)<", svg)]


def test_every_character_has_a_glyph_and_its_own_code_in_latex():
    font = get_font(matplotlib.font_manager.findfont("DejaVu Sans"))
    assert {ord(sign) for sign in SHOWN} <= font.get_charmap().keys()
    shown = [escape_latex(sign) for sign in SHOWN]
    assert len(set(shown)) == len(SHOWN)


@pytest.mark.parametrize("illustration", [CURVES, ANYTIME, ENERGY])
@pytest.mark.parametrize("first", [0, 4])
def test_figures_show_labels_as_they_are(illustration, first, labelled, tmp_path):
    title = "Costs $5 not $7, β_1"
    order = [f"n{place}" for place in range(first, first + 6)]
    files = [str(labelled.folder / "n0/seed0/train.json")]
    spec = labelled.spec | {"title": title, "order": order}
    shown = "\n".join(texts_of(illustration.draw(spec, files), tmp_path))
    for label in LABELS[first : first + 6]:
        assert label in shown
    assert (title in shown) == (illustration is not ENERGY)


def test_a_long_label_stays_above_its_drawing(tmp_path):
    spec = {"label": "A $_$ B and very many more words, 40 in all", "spiking": True}
    spec |= {"input_shape": [1, 28, 28], "layers": "10", "padding": "valid"}
    figure = ARCHITECTURE.draw(spec | {"neuron": "LIF"}, [])
    assert "A $_$ B and very many" in texts_of(figure, tmp_path)
    box = figure.axes[0].title.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width


def test_cells_of_latex_are_literal(labelled):
    text = render_latex("training", labelled.tables()["training"], ["β: 网, a_b"])
    for cell in (
        *(r"A \$\_\$ B", r"costs \$5 not \$7", r"$\beta$ = 0.9, $\theta$ $\geq$ 1"),
        *("Café à gogo", r"*a* \_b\_ \textless{}i\textgreater{}c\textless{}/i"),
        *(r"50 \% \& \#1 \{x\} \textbackslash{}n", r"a-{}-b,{},c 'd' {\char34}e"),
        r"\$x\$ \textasciicircum{}2",
    ):
        assert f" & {cell}" in text
    assert "$\\beta$: [U+7F51], a\\_b\\par" in text


def test_cells_of_markdown_are_literal(labelled):
    frames = labelled.tables()
    page = render_markdown(frames, dict.fromkeys(frames, ()), [])
    for cell in (
        *(r"A \$\_\$ B", r"costs \$5 not \$7", "β = 0.9, θ ≥ 1", "Café à gogo"),
        *(r"\*a\* \_b\_ \<i>c\</i>", r"[x]\(y) \`z\` \~\~w\~\~", r"50 % & #1 {x} \\n"),
    ):
        assert f"| {cell} |" in page
    assert "](" not in page
    unchanged = "1.00 [0.97, 1.03] (1.30), exp1_ann, < 0.001"
    assert escape_markdown(unchanged) == unchanged


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
def test_latex_prints_every_text(labelled, tmp_path):
    frames = labelled.tables()
    tables = "\n".join(
        render_latex(name, frame, [*LABELS, "网 † ‡ § ö"])
        for name, frame in frames.items()
    )
    signs = "\n\n".join(escape_latex(sign) for sign in sorted(SHOWN))
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n"
        f"{signs}\n\n{tables}\\end{{document}}\n",
        encoding="utf-8",
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-draftmode", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)
    log = (tmp_path / "all.log").read_text(encoding="latin-1")
    assert not re.findall(r"^!.*", log, re.MULTILINE), log
    assert done.returncode == 0
    assert "Missing character" not in log


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("β = 0.9", ""),
        ("Größe ≤ 5 µJ, naïve", ""),
        ("网络", "text without '网' (CJK UNIFIED IDEOGRAPH-7F51)"),
        ("🧠", "text without '🧠' (BRAIN)"),
        ("ЅNN", "text without 'Ѕ' (CYRILLIC CAPITAL LETTER DZE)"),
        ("SNN\u200b", r"text without '\u200b' (ZERO WIDTH SPACE)"),
        ("x\u0303", "text without '\u0303' (COMBINING TILDE)"),
        ("\u202eNNS", r"text without '\u202e' (RIGHT-TO-LEFT OVERRIDE)"),
        ("SNN ‡", "text without '‡' (DOUBLE DAGGER)"),
        (" ", "text with words between single blanks, and no other blank"),
        ("SNN ", "text with words between single blanks, and no other blank"),
        ("a  b", "text with words between single blanks, and no other blank"),
        ("a\u00a0b", "text with words between single blanks, and no other blank"),
    ],
)
def test_what_not_everything_shows_is_refused(text, problem):
    found, _, allowed = find_unshown(text).partition(", of")
    assert found == problem
    assert allowed or not problem.startswith("text without")


def test_what_looks_alike_folds_to_the_same():
    for alike in (("ν", "v"), ("µ", "μ"), ("a–b", "a-b"), ("‘x’", "'x'"), ("Υ", "Y")):
        assert len({fold_text(text) for text in alike}) == 1
    assert fold_text("SNN 1") != fold_text("SNN 2")
