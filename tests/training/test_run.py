import os
import subprocess
import sys
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch

from spikemeter.networks.neurons.lif import Lif
from spikemeter.training import checkpoint as module
from spikemeter.training import run
from spikemeter.training.checkpoint import Checkpoint
from spikemeter.training.loop import Tally, run_pass
from spikemeter.training.model import name_engine
from spikemeter.training.run import build_model, train
from tests.engines.exactness import describe
from tests.training.conftest import CLASSES, SHAPE, FakeMeter, made_samples, no_bar

CPU = torch.device("cpu")


class Killed(BaseException):
    """Stands for a signal that ends the process."""


class EagerCheckpoint(Checkpoint):
    """Saves after every epoch, however short."""

    def is_due(self):
        return True


class DyingCheckpoint(EagerCheckpoint):
    """Saves, and then the process is gone."""

    def save(self, state):
        super().save(state)
        raise Killed


def trained(settings, samples, path, seed=0, checkpoint=EagerCheckpoint, meter=None):
    model = build_model(settings, seed, CPU)
    meter = meter or FakeMeter()
    return train(model, samples, seed, meter, checkpoint(path, "key"), no_bar)


def learned_columns(history):
    """Return the rows without what a meter reads."""
    names = ("accuracy", "loss", "silent_share", "tied_share", "spikes_per_neuron")
    return [
        {key: v for key, v in row.items() if any(name in key for name in names)}
        for row in history.rows
    ]


def assert_same_states(one, other):
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "resume" / "state.pt"


class ImportMeter(FakeMeter):
    """Notes which modules are imported before it meters."""

    early = None

    def phase(self, name):
        self.early = self.early or set(sys.modules)
        return super().phase(name)


def list_late_imports(folder):
    """Return the modules that a training imports while it is metered."""
    sizes = {"layers": f"20-{CLASSES}", "input_shape": SHAPE, "classes": CLASSES}
    settings = describe(Lif(), **sizes, steps=5, encoding="rate", engine="auto")
    meter = ImportMeter()
    trained(settings, made_samples(), folder / "state.pt", meter=meter)
    return sorted(set(sys.modules) - meter.early)


def test_nothing_of_the_encoding_is_loaded_or_compiled_while_metered(tmp_path):
    code = (
        "from pathlib import Path; from tests.training import test_run; "
        "print(*test_run.list_late_imports(Path.cwd()))"
    )
    root = Path(__file__).parents[2]
    path = os.pathsep.join(map(str, (root, root / "workflow_scripts")))
    command, environment = [sys.executable, "-c", code], {"PYTHONPATH": path}
    late = subprocess.check_output(
        command, text=True, cwd=tmp_path, env=os.environ | environment
    ).split()
    assert not [name for name in late if "encodings" in name or "numba" in name]


def test_twins_start_from_the_same_weights(spiking, plain):
    for seed in (0, 1):
        one = build_model(spiking, seed, CPU).synapses.state_dict()
        other = build_model(plain, seed, CPU).synapses.state_dict()
        assert_same_states(one, other)
    assert name_engine(plain, CPU) == "plain"
    assert name_engine(spiking, CPU) == "events"
    assert name_engine(spiking, torch.device("cuda")) == "scan"
    reference = spiking.replace(engine="snntorch")
    assert name_engine(reference, torch.device("cuda")) == "snntorch"
    assert build_model(plain, 0, CPU).engine is None


def test_learns_meters_and_reports_every_epoch(settings, samples, path, meter, caplog):
    history = trained(settings, samples, path, meter=meter)
    assert meter.names == ["training", *["epoch", "train", "validation"] * 4]
    assert meter.shifts == 4  # against the windows of the power sensor
    assert history.samples == [(1, *sample) for sample in meter.samples()]
    assert history.reading.seconds == 13
    assert [row["epoch"] for row in history.rows] == [1, 2, 3, 4]
    losses = [row["train_loss"] for row in history.rows]
    assert losses[-1] < 0.7 * losses[0]
    assert history.rows[-1]["val_accuracy"] > 0.6
    spiking, row = settings.spiking, history.rows[0]
    # Phase k of the fake meter lasts as many seconds as phases began before its end.
    assert (row["train_seconds"], row["val_seconds"], row["seconds"]) == (3, 4, 4)
    assert (row["train_silent_share"] is None) != spiking
    assert ("val_spikes_per_neuron_step_2" in row) == spiking
    assert "val_spikes_per_neuron_step_3" not in row
    assert history.sessions == 1
    assert history.missing == {"energy_j": "a fake meter measures nothing"}
    assert f"epoch 1: training accuracy {row['train_accuracy']:.4f}, " in caplog.text


def test_follows_the_seed_and_resumes_as_if_never_stopped(settings, samples, tmp_path):
    whole = trained(settings, samples, tmp_path / "whole" / "state.pt")
    other = trained(settings, samples, tmp_path / "other" / "state.pt", seed=1)
    assert learned_columns(other) != learned_columns(whole)
    path = tmp_path / "killed" / "state.pt"
    torch.rand(3)  # the global generator plays no part
    for _ in range(settings.epochs):
        with pytest.raises(Killed):
            trained(settings, samples, path, checkpoint=DyingCheckpoint)
    history = trained(settings, samples, path)
    assert learned_columns(history) == learned_columns(whole)
    assert history.best_epoch == whole.best_epoch
    assert_same_states(history.best_state, whole.best_state)
    assert history.sessions == settings.epochs + 1
    # The samples of all processes are kept.
    kept = [(session, phase) for session, _, phase in history.samples[1:]]
    kept = [(session, phase) for session, phase in kept if phase != "training"]
    phases = [phase for *_, phase in whole.samples[1:]]
    assert kept == list(zip(np.repeat(range(1, 5), 3), phases, strict=True))
    last = Checkpoint(path, "key").load()["synapses"]
    assert_same_states(
        last, Checkpoint(tmp_path / "whole/state.pt", "key").load()["synapses"]
    )


def test_checkpoint_of_other_settings_or_damaged_starts_afresh(
    plain, samples, path, caplog
):
    trained(plain, samples, path)
    other = EagerCheckpoint(path, "other key")
    model = build_model(plain, 0, CPU)
    history = train(model, samples, 0, FakeMeter(), other, no_bar)
    assert history.sessions == 1
    assert "is of other settings, another version of the code or" in caplog.text
    whole = trained(plain, samples, path)
    content = path.read_bytes()
    caplog.clear()
    path.write_bytes(content[: len(content) // 2])
    history = trained(plain, samples, path)
    assert history.sessions > 1
    assert history.missing["lost"] == "4 epochs whose checkpoint could not be used"
    assert "starting afresh" in caplog.text
    assert learned_columns(history) == learned_columns(whole)


class DyingMeter(FakeMeter):
    """The process is gone when the phase with this number begins."""

    def __init__(self, number):
        super().__init__(can_meter_energy=True)
        self.number = number

    def phase(self, name):
        if len(self.names) == self.number:
            raise Killed
        return super().phase(name)


def test_what_a_killed_process_used_for_nothing_is_kept(
    plain, samples, path, monkeypatch
):
    """Killed in epochs 1, 3 and 3; each epoch begins three phases."""
    monkeypatch.setattr(module, "EVERY_S", 0.0)
    for number in (3, 9, 3):
        with pytest.raises(Killed):
            trained(plain, samples, path, meter=DyingMeter(number))
    history = trained(plain, samples, path)
    assert history.sessions == 4
    unfinished = {"seconds": 2.0, "energy_j": 12.0, "energy_missing": None}
    assert history.lost == [
        {"session": 1, "after_epoch": 0, **unfinished},
        {"session": 2, "after_epoch": 2, **unfinished},
        {"session": 3, "after_epoch": 2, **unfinished},
    ]
    assert "lost" not in history.missing


def test_what_a_checkpoint_holds_was_not_lost(plain, samples, path):
    """Killed after the checkpoint was saved and before the journal was."""
    with pytest.raises(Killed):
        trained(plain, samples, path, checkpoint=DyingCheckpoint)
    assert trained(plain, samples, path).lost == []


def test_what_was_lost_is_unknown_where_the_journal_is_damaged(plain, samples, path):
    with pytest.raises(Killed):
        trained(plain, samples, path, meter=DyingMeter(9))
    path.with_name("unsaved.json").write_text("{")
    history = trained(plain, samples, path)
    assert history.lost == []
    assert history.missing["lost"] == "unsaved.json was damaged"


def test_best_epoch_validates_best_and_is_the_earliest(
    plain, samples, tmp_path, monkeypatch
):
    def validated(*accuracies):
        """Return the history of a training with these, and 1 where it learns."""
        given = chain.from_iterable((1.0, accuracy) for accuracy in accuracies)
        monkeypatch.setattr(Tally, "accuracy", property(lambda _: next(given)))
        epochs = len(accuracies)
        path = tmp_path / str(epochs) / "state.pt"
        return trained(plain.replace(epochs=epochs), samples, path)

    history = validated(0.2, 0.9, 0.9, 0.5)
    assert [row["val_accuracy"] for row in history.rows] == [0.2, 0.9, 0.9, 0.5]
    assert history.best_epoch == 2
    assert_same_states(history.best_state, validated(0.2, 0.9).best_state)
    first, best = validated(0.2).best_state, history.best_state
    assert not torch.equal(first["layers.0.weight"], best["layers.0.weight"])


def test_the_validation_part_is_never_learned_from(plain, samples, path, monkeypatch):
    """Every pass draws with a key of its own."""
    seen, keys = {"train": set(), "validation": set()}, []

    def spy(model, samples, order, key, optimiser=None, progress=None):
        part = "validation" if optimiser is None else "train"
        seen[part] |= set(order.tolist())
        keys.append(key)
        assert len(order) == {"validation": 40, "train": 160}[part]
        return run_pass(model, samples, order, key, optimiser, progress)

    monkeypatch.setattr(run, "run_pass", spy)
    trained(plain, samples, path)
    assert not seen["train"] & seen["validation"]
    assert len(seen["train"] | seen["validation"]) == 200
    assert len(set(keys)) == 2 * plain.epochs
