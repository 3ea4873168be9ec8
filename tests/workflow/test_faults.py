"""What is left after something went wrong, and what the next run makes of it."""

import pandas as pd
import pytest

from tests.workflow.comparison import learned, scored
from tests.workflow.study import TABLES

RUN = "results/runs/snn/seed0"


def test_no_table_mixes_old_and_new_numbers(study):
    """A training fails while another network changes: both stay planned for."""
    before = (study / TABLES).read_text()
    study.configure(networks__snn__beta=0.5, networks__ann__learning_rate=0.01)
    (study / RUN / "resume").touch()  # where the folder of checkpoints would be
    failed = study.run("-k", TABLES)
    assert failed.code != 0
    assert failed.jobs == ["test[ann, 0]", "train[ann, 0]", "train[snn, 0]"]
    assert (study / TABLES).read_text() == before
    left = ["tables", "test[snn, 0]", "train[snn, 0]"]
    assert study.plan(TABLES) == left
    assert study.plan() == ["curves[1]", *left]

    (study / RUN / "resume").unlink()
    repaired = study.run(TABLES)
    assert repaired.code == 0, repaired.text
    assert repaired.jobs == left
    page = (study / TABLES).read_text()
    assert "Settings (snn): 16-10, lif, 5 steps, rate encoding, beta 0.5" in page
    assert "learning rate 0.01, 1 epochs" in page
    accuracy = 100 * scored(study, "snn")["accuracy"]
    table = pd.read_csv(study / "results/tables/test.csv", index_col="network")
    assert table.loc["snn", "accuracy_pct"] == pytest.approx(accuracy)


REMAKE = "--forcerun tables"
AGAIN = ["curves[1]", "tables", "test[snn, 0]", "train[snn, 0]"]
DAMAGED = {
    "an input": (
        "results/data/digits.npz",
        "train",
        [
            *("examples", "prepare_images[digits]", "curves[1]", "tables"),
            *("test[ann, 0]", "test[snn, 0]", "train[ann, 0]", "train[snn, 0]"),
        ],
    ),
    "a model": (f"{RUN}/model.pt", "test", AGAIN),
    "a training's summary": (f"{RUN}/train.json", "test", AGAIN),
    "a table of epochs": (f"{RUN}/epochs.csv", "tables", AGAIN),
    "a test's summary": (
        f"{RUN}/test.json",
        "tables",
        ["curves[1]", "tables", "test[snn, 0]"],
    ),
}


@pytest.mark.parametrize(("name", "rule", "again"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_stops_what_reads_it(study, name, rule, again):
    study.cut(name)
    outcome = study.run(TABLES)
    assert outcome.code != 0
    line = next(s for s in outcome.text.splitlines() if s.startswith(f"{rule}: "))
    assert line.startswith(f"{rule}: {name} is damaged (")
    assert f"): delete it and run the same command again with {REMAKE} at" in line
    log = line.rpartition("details: ")[2].rstrip(")")
    assert "Traceback" in (study / log).read_text()
    assert "Traceback" not in "".join(outcome.text.splitlines()[-5:])

    (study / name).unlink()
    assert study.plan(TABLES, "figures", *REMAKE.split()) == sorted(again)


@pytest.mark.slow
def test_what_is_made_again_is_the_same(study):
    before = learned(study, "snn"), scored(study, "snn")
    study.cut(f"{RUN}/model.pt")
    assert study.run(TABLES).code != 0
    (study / RUN / "model.pt").unlink()
    outcome = study.run(TABLES, *REMAKE.split())
    assert outcome.code == 0, outcome.text
    assert outcome.jobs == ["tables", "test[snn, 0]", "train[snn, 0]"]
    pd.testing.assert_frame_equal(learned(study, "snn"), before[0])
    assert scored(study, "snn") == before[1]


def test_a_killed_training_continues(study, complete):
    """Killed while it writes the state after its second epoch."""
    study.edit(
        "workflow_scripts/spikemeter/training/checkpoint.py",
        '            torch.save({"key": self.key, **state}, temporary)\n',
        '            torch.save({"key": self.key, **state}, temporary)\n' + KILL,
    )
    (study / "kill").touch()
    killed = study.run(f"{RUN}/train.json")
    assert killed.code != 0
    assert "SIGKILL" in killed.text
    assert (study / RUN / "resume/state.pt").exists()
    assert not (study / RUN / "model.pt").exists()

    (study / "kill").unlink()
    outcome = study.run(f"{RUN}/train.json")
    assert outcome.code == 0, outcome.text
    assert "continuing after epoch 1" in study.log("train/snn/seed0")
    pd.testing.assert_frame_equal(learned(study, "snn"), learned(complete, "snn"))
    assert not list((study / "results").rglob(".*"))
    assert not list((study / "results").rglob("resume"))


KILL = """
        import os, signal
        if Path("kill").exists() and len(state["history"]["rows"]) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
""".replace("\n    ", "\n        ")
