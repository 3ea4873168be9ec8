import dataclasses
import re

import pytest

from spikemeter.files import read_json
from spikemeter.report.answer import list_answers
from spikemeter.report.claims.judgements import judge_claims
from spikemeter.report.conditions import (
    describe_interruptions,
    describe_machines,
    describe_pauses,
)
from spikemeter.report.formats import render_markdown
from spikemeter.report.notes import list_notes
from spikemeter.report.runs import group_by_network
from spikemeter.report.tables import list_table_notes
from tests.report.made_up import (
    CPU,
    GPU,
    SAMPLE,
    STAND_IN,
    Study,
    change,
    change_epochs,
)


def test_notes_of_a_mixed_study(study):
    notes = list_notes(study.read())
    assert {
        "Seeds: one seed (0): how much seeds differ is not known, so there is no "
        "interval over seeds and no test of a difference.",
        "Data (exp2_cnn): coloured_digits: 5,000 training and validation and 1,000 "
        "test samples; source sample, a stand-in, made from a sample that is verified; "
        "licence CC BY-SA 3.0.",
        "– not metered, no RAPL on this machine: power W of training (exp2_cnn, "
        "extra); power W of the test (exp2_cnn, extra); J/epoch of training (exp2_cnn, "
        "extra); J/epoch, net of idle of training (exp2_cnn, extra); J/inference of "
        "the test (exp2_cnn, extra); J/inference, net of idle of the test (exp2_cnn, "
        "extra).",
        "Versions: python 3.11, torch 2.15.",
        "‡ other data than the paper's: accuracies do not compare.",
    } <= set(notes)
    assert any("engine plain" in n and "(the paper: 20)" in n for n in notes)
    assert not any(note.startswith("†") for note in notes)  # `extra` is tied to no row
    study.add("exp1_snn-snntorch", "SNN", data=SAMPLE)
    part = "† only a part of the paper's data, or data that was not verified"
    assert any(note.startswith(part) for note in list_notes(study.read()))


def test_the_gain_of_a_board_is_told_only_where_power_was_metered(study):
    metered, *_, unmetered = study.read()
    assert any("Yang et al." in note for note in list_notes([metered]))
    notes = list_notes([unmetered])
    assert not any("Yang et al." in note for note in notes)
    assert any(note.startswith("° on a CPU") for note in notes)


def test_engines_are_explained_and_those_that_round_are_told(study):
    exact = list_notes(study.read())
    plain = "plain is PyTorch alone"
    paper = "snntorch is snnTorch, one time step after the other"
    assert f"Engine: {plain}; {paper}." in exact
    assert "Arithmetic: float32, without TF32, with deterministic algorithms." in exact
    assert not any("§" in note or "give the same" in note for note in exact)
    for name in ("scan", "scan_tf32"):
        study.add(name, name, engine=name)
    notes = list_notes(study.read())
    assert any("engines that do not round give the same spikes" in n for n in notes)
    (rounding,) = (note for note in notes if note.startswith("§ scan_tf32"))
    assert "multiplies in TF32: other neurons" in rounding
    (arithmetic,) = (note for note in notes if note.startswith("Arithmetic"))
    assert "without TF32 (except for §)" in arithmetic


def test_one_machine_is_one_note(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add("exp1_ann", "ANN", conditions=GPU)
    notes = list_notes(study.read())
    machine = "Made Board, driver 555, Made CPU, 8.0 GiB of memory, Linux"
    assert f"Machine: {machine}." in notes
    assert any("tests: 20.0 to 20.0 W" in note for note in notes)
    (seeds,) = (note for note in notes if note.startswith("Seeds"))
    assert seeds.startswith(
        "Seeds: 2 seeds (0, 1): mean ± half-width of the 95 % CI (Student's t); it "
        "covers what a seed decides"
    )
    assert seeds.endswith("no other machine and no other test samples.")
    assert not any(note.startswith(("°", "†", "‡", "–")) for note in notes)


def test_seeds_on_different_machines_have_no_mean_cost(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add("exp1_ann", "ANN")
    other = GPU | {"board": "Other Board"}
    change(tmp_path / "exp1_ann/seed1/train.json", conditions=other)
    notes = list_notes(study.read())
    assert any("the seeds ran on different machines: s/epoch" in n for n in notes)


def test_energies_that_disagree_are_told(study):
    folder = study.folder / "exp1_snn" / "seed0"
    change_epochs(folder, energy_disagreement_pct=[4.0, -12.0])
    assert [note for note in list_notes(study.read()) if note.startswith("Energy")] == [
        "Energy: in 1 of 2 epochs the sampled power gives more than 10 % more or less "
        "than the counter, which the tables show."
    ]


def test_how_batches_ran_on_a_gpu_and_what_was_checked_are_told(study):
    assert not any("Self-check" in note for note in list_notes(study.read()))
    checks = {
        "exp1_snn": {"execution": "eager", "checked": 1200, "tied": 1},
        "exp1_ann": {"execution": "CUDA graphs", "checked": None, "tied": None},
    }
    for network, check in checks.items():
        for part in ("train", "test"):
            change(study.folder / network / f"seed0/{part}.json", self_check=check)
    notes = list_notes(study.read())
    assert {
        "Batches on the GPU: CUDA graphs (exp1_ann); eager (exp1_snn).",
        "Self-check before the metering: of 2,400 neurons by steps by samples, 2 spike "
        "as float64 does not, within the rounding, and none beyond it.",
    } <= set(notes)


def test_a_test_and_a_whole_training_that_disagree_are_told(study):
    for part, sampled_j in (("train", 70.0), ("test", 140.0)):
        path = study.folder / f"exp1_snn/seed0/{part}.json"
        read = {"energy_counter_j": 100.0, "energy_sampled_j": sampled_j}
        change(path, reading=read_json(path)["reading"] | read)
    told = [note for note in list_notes(study.read()) if note.startswith("Energy")]
    assert told == [
        "Energy: in training (-30 %), in the test (+40 %) the sampled power gives more "
        "than 10 % more or less than the counter, which the tables show."
    ]


@pytest.mark.parametrize(
    ("samples", "seconds", "rule"),
    [(60, 10.0, "kept"), (59, 10.0, "not kept"), (60, 60.5, "not kept")],
)
def test_mlperfs_rule_is_checked(study, samples, seconds, rule):
    path = study.folder / "exp1_ann/seed0/test.json"
    read = {"power_samples": samples, "seconds": seconds}
    change(path, reading=read_json(path)["reading"] | read)
    path = study.folder / "exp1_ann/seed0/train.json"
    change(path, reading=read_json(path)["reading"] | {"power_samples": 100})
    (told,) = (
        note
        for note in list_notes(study.read()[:1])
        if note.startswith("MLPerf Power's rule")
    )
    where = "" if rule == "kept" else " in the test"
    assert told.endswith(f"): {rule}{where}.")


def test_an_earlier_versions_runs_are_told_to_have_no_error(study):
    for part in ("train", "test"):
        path = study.folder / f"exp1_ann/seed0/{part}.json"
        reading = read_json(path)["reading"]
        old = {name: reading[name] for name in reading if "error" not in name}
        found = read_json(path)["conditions"]
        change(path, reading=old, conditions=found | {"power_sensor": None})
    names = ("energy_error_j", "energy_own_error_j", "net_energy_error_j")
    change_epochs(study.folder / "exp1_ann/seed0", **dict.fromkeys(names))
    assert any(
        "Power sensor (exp1_ann): its error was not recorded; delete" in note
        for note in list_notes(study.read())
    )
    rows = study.tables()["energy"]
    assert rows["inference_energy_j"][0] == pytest.approx(170e-6)
    assert rows["inference_energy_j_high"].isna().tolist()[:2] == [True, False]


def test_who_else_computed_is_told_beyond_five_percent(study):
    assert not any("Shared machine" in note for note in list_notes(study.read()))
    for network, pct in {"exp1_ann": 5.1, "exp1_snn": 40.4}.items():
        path = study.folder / network / "seed0" / "train.json"
        change(path, reading=read_json(path)["reading"] | {"others_cpu_pct": pct})
    shared = [note for note in list_notes(study.read()) if "Shared machine" in note]
    assert shared == [
        "Shared machine: in training, other processes used up to 40 % of its CPU "
        "(exp1_ann, exp1_snn): these times are not comparable."
    ]


def test_a_study_that_is_tied_to_no_published_row_speaks_of_none(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add("ann", "ANN", experiment="mine", neuron="relu", conditions=CPU)
    study.add("snn", "SNN", experiment="mine", compare_to="ann", data=STAND_IN)
    runs, frames = study.read(), study.tables()
    page = render_markdown(frames, list_table_notes(runs), list_notes(runs))
    answers = list_answers(frames, group_by_network(runs))
    assert "| mine | SNN | snntorch |" in page
    assert "(the published value" not in page
    assert not re.search("paper|published (fig|rat)|[‡†]", f"{page} {answers}")
    assert not [c for frame in frames.values() for c in frame if "_published" in c]
    assert judge_claims(runs) == []


def record(seconds, energy_j, energy_missing=None):
    return {"seconds": seconds, "energy_j": energy_j, "energy_missing": energy_missing}


DAMAGED = "unsaved.json was damaged"
LOST = [
    ([record(12.0, 30.0), record(4.5, 8.0)], {}, "took 16.5 s and 38.0 J, which"),
    (
        *([record(12.0, 30.0), record(0.5, None, "shorter than 1 s")], {}),
        "took 12.5 s and at least 30.0 J (shorter than 1 s), which",
    ),
    ([record(3, None, "no RAPL")], {}, "took 3.0 s and an unknown energy (no RAPL),"),
    ([], {}, "no epoch had to be repeated"),
    ([], {"lost": DAMAGED}, f"what was lost is not known ({DAMAGED})"),
]


@pytest.mark.parametrize(("lost", "missing", "said"), LOST)
def test_what_an_interrupted_run_lost(study, lost, missing, said):
    run = study.read()[0]
    assert describe_interruptions([run]) == []
    train = {**run.train, "sessions": 3, "lost": lost, "missing": missing}
    (note,) = describe_interruptions([dataclasses.replace(run, train=train)])
    assert note.startswith("Interrupted (exp1_ann, seed 0): trained in 3 processes; ")
    assert said in note


@pytest.mark.parametrize("sessions", [1, 2])
def test_pauses_and_a_quota_are_stated(study, sessions):
    run = study.read()[0]
    assert describe_pauses([run]) == []
    reading = run.train["reading"] | {"paused_s": 25.0, "throttled_s": 1.5}
    train = {**run.train, "sessions": sessions, "reading": reading}
    epochs = run.epochs.assign(paused_s=[30.0, 5.0], throttled_s=[1.0, None])
    paused = dataclasses.replace(run, train=train, epochs=epochs)
    lengths = (25, 1.5) if sessions == 1 else (35, 1)
    assert describe_pauses([paused]) == [
        f"Paused (exp1_ann, seed 0): training was stopped or asleep for "
        f"{lengths[0]:.1f} s, which no number includes",
        f"Throttled (exp1_ann, seed 0): training was held back by a CPU quota for "
        f"{lengths[1]:.1f} s, added up over the CPUs: its times include that",
    ]
    assert describe_pauses([paused])[0] + "." in list_notes([paused])


def test_limits_of_a_container_stand_with_the_machine(study):
    run = study.read()[0]
    limits = {"device": "cpu", "cpu_quota": 1.5, "memory_limit_bytes": 2**31}
    parts = {
        part: {**getattr(run, part), "conditions": run.conditions(part) | limits}
        for part in ("train", "test")
    }
    (note,) = describe_machines([dataclasses.replace(run, **parts)])
    assert "a quota of 1.5 CPUs" in note
    assert "of which the process may use 2.0 GiB" in note
