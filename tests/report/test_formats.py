import io

import pandas as pd
import pytest

from spikemeter.report.formats import csv, latex, markdown, texts
from spikemeter.report.notes import footnotes
from spikemeter.report.tables import build
from spikemeter.report.tables.cells import digits, number
from spikemeter.report.tables.ratios import pairs
from tests.report.made_up import Study


@pytest.fixture
def frames(study):
    return build(study.read(), pairs(study.spec["networks"], study.spec["order"]))


def test_training_cells(frames):
    rows = texts("training", frames["training"])
    assert rows.iloc[1].tolist() == [
        "1",
        "SNN",
        "snntorch",
        "MNIST, 60,000 + 10,000",
        "75.00 (99.93)",
        "70.00 (98.25)",
        "2 (13)",
        "5.00 (26.38)",
        "43.8 (13.6)",
        "25.0 (21.1)",
    ]
    assert rows.iloc[2].tolist()[1:4] == [
        *("CNN ‡", "plain", "coloured_digits, 5,000 + 1,000"),
    ]
    assert rows.iloc[2].tolist()[-2:] == ["17.5° (16.2)", "– (58.5)"]
    assert rows.iloc[3].tolist()[-2:] == ["17.5°", "–"]


def test_test_cells(frames):
    row = texts("test", frames["test"]).iloc[0]
    assert row["s"] == "0.034 (1.33)"
    assert row["F1 (macro)"] == "0.912"
    assert row["F1 (paper's formula)"] == "0.900 (0.977)"


def test_cells_of_several_seeds(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add("exp3_snn_nmnist", "SNN")
    frames = build(study.read(), [])
    row = texts("test", frames["test"]).iloc[0]
    assert row["test acc %"] == "90.50 ± 0.71 (97.52)"
    assert row["F1 (paper's formula)"] == "0.905 ± 0.007 (0.9765)"
    best = texts("training", frames["training"])["epochs to best val"]
    assert best[0] == "2.0 ± 0.0 (10)"


def test_ratio_cells(frames):
    row = texts("ratios", frames["ratios"]).iloc[0].tolist()
    assert row == [
        "exp 1: SNN / ANN",
        "snntorch / plain",
        "2.50 (2.81)",
        "2.50 (1.00)",
        "1.00 (1.30)",
        "2.50 (3.66)",
        "0.00 (0.24)",
    ]


def test_an_engine_that_rounds_is_marked_in_every_table(study):
    study.add("rounded", "SNN 2", engine="scan_bf16", compare_to="exp1_ann")
    frames = build(study.read(), pairs(study.spec["networks"], study.spec["order"]))
    for name in ("training", "test", "activity"):
        assert texts(name, frames[name])["engine"].iloc[-1] == "scan_bf16 §"
        assert frames[name]["engine"].iloc[-1] == "scan_bf16"  # as the CSV has it
        assert "scan\\_bf16 \\S{}" in latex(name, frames[name], [])
    marked = texts("ratios", frames["ratios"])["engines"].tolist()
    assert marked == ["snntorch / plain", "snntorch / plain", "scan_bf16 § / plain"]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0, 2, "0.00"),
        (0.0123, 2, "0.012"),
        (-1.5, 1, "−1.5"),
        (1234.5, 1, "1,234.5"),
        (285.87, 2, "285.87"),
    ],
)
def test_number(value, decimals, text):
    assert number(value, digits(value, decimals)) == text


def test_csv_keeps_every_digit_and_leaves_missing_cells_empty(frames):
    for frame in frames.values():
        again = pd.read_csv(io.StringIO(csv(frame)), keep_default_na=True)
        again["mark"] = again["mark"].fillna("")
        pd.testing.assert_frame_equal(again, frame, check_dtype=False, check_exact=True)
    assert csv(frames["training"]).splitlines()[3].endswith(",,,58.5")


def test_latex_is_small_and_its_notes_are_smaller(frames):
    text = latex("training", frames["training"], ["a note"])
    assert text.startswith("\\begin{table}[htbp]\n\\centering\\footnotesize")
    assert "\\raggedright\\scriptsize\na note\\par\n\\end{table}" in text


def test_latex_is_escaped(frames):
    text = latex("training", frames["training"], ["5 % of a_b & ± 1 ~ \\ {x}"])
    assert r"\toprule" in text
    assert r"highest train acc \%" in text
    assert r"coloured\_digits" in text
    assert r"A\_B \textdagger{}" in text
    assert r"17.5\textdegree{} (16.2) & -- (58.5) \\" in text
    assert (
        r"5 \% of a\_b \& $\pm$ 1 \textasciitilde{} \textbackslash{} \{x\}\par" in text
    )
    assert text.index("a\\_b") < text.index(r"\end{table}")


def test_a_table_without_rows_is_left_out(study):
    frames = build(study.read(), [])
    assert "## Ratios" not in markdown(frames, [])
    assert latex("ratios", frames["ratios"], []) == "% Ratios: no rows\n"


def test_markdown_rows_have_as_many_cells_as_the_heading(frames):
    frames["training"].loc[0, "label"] = "A|B"
    lines = markdown(frames, ["a note."]).splitlines()
    table = lines[lines.index("## Training and validation") + 2 :][:6]
    assert [line.replace(r"\|", "").count("|") for line in table] == [11] * 6
    assert lines[-1] == "- a note."


def test_the_page_with_its_notes(study, frames):
    page = markdown(frames, footnotes(study.read()))
    assert page.startswith("# Results\n\nCells: ours (the paper's).\n")
    assert "| 2 | CNN ‡ | plain | coloured_digits, 5,000 + 1,000 |" in page
    assert "nan" not in page
    assert "None" not in page
