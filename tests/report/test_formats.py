import io
import re
from dataclasses import replace

import pandas as pd
import pytest

from spikemeter.report.formats import (
    format_table,
    render_latex,
    render_markdown,
)
from spikemeter.report.notes import list_notes
from spikemeter.report.tables import build_tables, list_table_notes
from spikemeter.report.tables.cells import count_decimals, format_number
from spikemeter.report.tables.ratios import TITLE
from tests.report.made_up import CPU, Study, change


@pytest.fixture
def frames(study):
    return study.tables()


def test_training_cells(frames):
    rows = format_table("training", frames["training"])
    # Memory: (25 × 2.5 + 50 × 7.5) / 10. Power: 250 J / 10 s.
    assert " | ".join(rows.iloc[1]) == (
        "1 | SNN | snntorch | MNIST, 60,000 + 10,000 | 75.00 (99.93) | 70.00 (98.25) | "
        "2 (13) | 5.00 (26.38) | 43.8 (13.6) | 25.0 ± 2.5 (21.1)"
    )
    data = "coloured_digits, 5,000 + 1,000"
    assert rows.iloc[2].tolist()[1:4] == ["CNN ‡", "plain", data]
    assert rows.iloc[2].tolist()[-2:] == ["17.5° (16.2)", "– (58.5)"]
    assert rows.iloc[3].tolist()[-2:] == ["17.5°", "–"]


def test_test_cells(frames):
    row = format_table("test", frames["test"]).iloc[0]
    names = ["Wilson 95 %", "s", "F1 (macro)", "F1 (from accuracy)"]
    assert row[names].tolist() == [
        "89.4–90.6",
        "0.034 (1.33)",
        "0.912",
        "0.900 (0.977)",
    ]


def test_cells_of_several_seeds(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add("exp3_snn_nmnist", "SNN")
    frames = study.tables()
    row = format_table("test", frames["test"]).iloc[0]
    # Half the interval: 12.7062 standard errors, of 90 and 91 % each 0.5 points.
    assert row[["test acc %", "Wilson 95 %", "F1 (from accuracy)"]].tolist() == [
        *("90.50 ± 6.35 (97.52)", "89.9–91.1", "0.905 ± 0.064 (0.9765)")
    ]
    best = format_table("training", frames["training"])["epochs to best val"]
    assert best[0] == "2.0 (10)"


def test_ratio_cells(frames):
    # J/inference: 2.5 times as long at 2.5 times the power.
    first, row = format_table("ratios", frames["ratios"]).iloc
    assert " | ".join(first) == (
        "exp 1: SNN / ANN | snntorch / plain | 2.50 (2.81) | 2.50 (1.00) | "
        "1.00 [0.97, 1.03] (1.30) | 2.50 [2.43, 2.57] (3.66) | 2.50 (2.38) | "
        "6.25 [6.08, 6.43] (2.52) | 0.00 (0.24) | –"
    )
    assert row["memory ×"] == "1.00°"
    assert row["J/inference ×"] == "–"


def test_ratio_cells_of_several_seeds(make_pair):
    right = {"right_pct": lambda seed: 89 + [0, 3, 2][seed]}
    right["factor"] = lambda seed: 2 + 0.1 * seed
    study = make_pair(0, 1, 2, plain={"conditions": CPU}, conditions=CPU, **right)
    row = format_table("ratios", study.tables()["ratios"]).iloc[0]
    # Logarithms 0.6931, 0.7419, 0.7885: mean 0.7412, half the interval 0.1184.
    assert row[["s/epoch ×", "memory ×", "power ×"]].tolist() == [
        *("2.10 [1.86, 2.36] (2.81)", "2.10 [1.86, 2.36]° (1.00)", "– (1.30)")
    ]
    # Differences of −1, 1 and −1 points.
    assert row.tolist()[-2:] == ["−0.33 ± 2.87 (0.24)", "0.667"]


def test_ratios_of_a_test_on_a_processor_are_marked(study):
    for network in ("exp1_ann", "exp1_snn"):
        change(study.folder / network / "seed0" / "test.json", conditions=CPU)
    row = format_table("ratios", study.tables()["ratios"]).iloc[0]
    found = row[["J/inference ×", "J/epoch ×"]].tolist()
    assert found == ["6.25 [6.08, 6.43]° (2.52)", "2.50 [2.43, 2.57] (3.66)"]


@pytest.mark.parametrize(
    ("points", "text"), [((2, 2, 3, 2), "0.003"), ((8, 8, 8, 7), "< 0.001")]
)
def test_p_cells(points, text, make_pair):
    study = make_pair(
        0, 1, 2, 3, plain={"right_pct": 90}, right_pct=lambda seed: 90 + points[seed]
    )
    cells = format_table("ratios", study.tables()["ratios"])
    assert cells["p (paired t-test)"][0] == text


def test_an_engine_that_rounds_is_marked_in_every_table(study):
    study.add("rounded", "SNN 2", engine="scan_bf16", compare_to="exp1_ann")
    frames = study.tables()
    for name in ("training", "test", "activity"):
        assert format_table(name, frames[name])["engine"].iloc[-1] == "scan_bf16 §"
        assert frames[name]["engine"].iloc[-1] == "scan_bf16"  # as the CSV has it
        assert "scan\\_bf16 \\S{}" in render_latex(name, frames[name], [])
    marked = format_table("ratios", frames["ratios"])["engines"].tolist()
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
    assert format_number(value, count_decimals(value, decimals)) == text


def test_what_is_rounded_to_zero_has_no_sign():
    assert format_number(-0.001, 2) == "0.00"


def test_csv_keeps_every_digit_and_leaves_missing_cells_empty(frames):
    for frame in frames.values():
        again = pd.read_csv(
            io.StringIO(frame.to_csv(index=False)), dtype={"experiment": str}
        )
        again = again.assign(mark=again["mark"].astype(object).fillna(""))
        pd.testing.assert_frame_equal(again, frame, check_dtype=False, check_exact=True)
    assert frames["training"].to_csv(index=False).splitlines()[3].endswith(",,,58.5")


def test_latex_is_escaped_and_small_with_smaller_notes(frames):
    text = render_latex("training", frames["training"], ["5 % of a_b & ± 1 ~ \\ {x}"])
    assert text.startswith("\\begin{table}[htbp]\n\\centering\\footnotesize")
    for part in (
        *(r"\toprule", r"highest train acc \%", r"coloured\_digits"),
        *(r"CNN \textdaggerdbl{}", r"A\_B & snntorch"),
        r"17.5\textdegree{} (16.2) & \textendash{} (58.5) \\",
    ):
        assert part in text
    note = r"5 \% of a\_b \& $\pm$ 1 \textasciitilde{} \textbackslash{} \{x\}\par"
    assert f"\\raggedright\\scriptsize\n{note}\n\\end{{table}}" in text


def test_latex_knows_every_sign(study, frames):
    under = list_table_notes(study.read())
    for name, frame in frames.items():
        text = render_latex(name, frame, under[name])
        assert not {sign for sign in text if not (sign.isascii() or sign.isalpha())}
    assert r"\textmu{}J" in render_latex("estimates", frames["estimates"], [])


def test_a_table_without_rows_is_left_out(study):
    runs = [replace(run, compare_to=None) for run in study.read()]
    frames = build_tables(runs)
    assert "its twin" not in render_markdown(frames, dict.fromkeys(frames, ()), [])
    assert render_latex("ratios", frames["ratios"], []) == f"% {TITLE}: no rows\n"


def test_the_page_with_its_notes(study, frames):
    runs = study.read()
    frames["training"].loc[0, "label"] = "A|B"
    under = list_table_notes(runs) | {"test": ["first.", "second."]}
    page = render_markdown(frames, under, [*list_notes(runs), "of all."])
    assert page.startswith("# Results\n\nCells: ours; several seeds: mean ± half-width")
    assert "| 2 | CNN ‡ | plain | coloured_digits, 5,000 + 1,000 |" in page
    assert not re.search(r"\b(nan|None)\b", page)
    lines = page.splitlines()
    table = lines[lines.index("## Table I. Training and validation") + 2 :][:6]
    assert [line.replace(r"\|", "").count("|") for line in table] == [11] * 6
    rows = page[page.index("## Table II. Test set") : page.index("- first.")]
    assert rows.endswith("|\n\n")
    assert rows.count("##") == 1
    assert "- first.\n- second.\n\n## " in page
    assert page[page.index("## Notes\n\n- ") :].endswith("\n- of all.\n")
