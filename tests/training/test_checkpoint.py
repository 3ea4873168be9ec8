import itertools
import random

import pytest
import torch

from spikemeter.training import checkpoint as module
from spikemeter.training.checkpoint import Checkpoint

STATE = {
    "synapses": {"weight": torch.linspace(0, 1, 300).reshape(20, 15)},
    "history": {"rows": [{"epoch": 1, "note": None, "loss": 0.5}], "best_epoch": 1},
}


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / "resume" / "state.pt", "key")


def test_round_trip(checkpoint, caplog):
    checkpoint.remove()
    assert checkpoint.load() is None
    checkpoint.save(STATE)
    state = checkpoint.load()
    assert torch.equal(state["synapses"]["weight"], STATE["synapses"]["weight"])
    assert state["history"] == STATE["history"]
    assert [p.name for p in checkpoint.path.parent.iterdir()] == ["state.pt"]
    assert not caplog.records
    assert Checkpoint(checkpoint.path, "other").load() is None
    said = "is of other settings, another version of the code or another machine"
    assert said in caplog.text
    checkpoint.remove()
    assert not checkpoint.path.parent.exists()


def test_any_damage_is_ignored_and_logged(checkpoint, caplog):
    checkpoint.save(STATE)
    whole = checkpoint.path.read_bytes()
    chance = random.Random(0)
    for _ in range(250):
        damaged = bytearray(whole)
        if chance.random() < 0.5:
            damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        else:
            damaged = damaged[: chance.randrange(len(whole))]
        checkpoint.path.write_bytes(damaged)
        caplog.clear()
        state = checkpoint.load()
        if state is None:
            assert "starting afresh" in caplog.text
        else:  # a bit that carries nothing: padding, or a date
            assert torch.equal(state["synapses"]["weight"], STATE["synapses"]["weight"])
            assert state["history"] == STATE["history"]
    for other in (b"", b"text\n", b"\x80\x02]q\x00.", b"PK\x03\x04", bytes(5000)):
        checkpoint.path.write_bytes(other)
        caplog.clear()
        assert checkpoint.load() is None
        assert "is damaged" in caplog.text


def test_a_failed_save_keeps_the_last_state(checkpoint):
    checkpoint.save(STATE)
    with pytest.raises(AttributeError):
        checkpoint.save({"function": lambda: None})
    assert checkpoint.load()["history"] == STATE["history"]
    assert [p.name for p in checkpoint.path.parent.iterdir()] == ["state.pt"]


def test_saving_takes_a_small_share_of_the_time(checkpoint, monkeypatch):
    clock = itertools.count()  # saving reads it twice, and so lasts a second
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(clock))
    checkpoint = Checkpoint(checkpoint.path, "key")
    saved_at = []
    while len(saved_at) < 5:
        if checkpoint.is_due():
            checkpoint.save(STATE)
            saved_at.append(next(clock))
    assert saved_at[0] < 10
    assert all(n <= module.SHARE * at for n, at in enumerate(saved_at[1:], 2))
    assert saved_at[-1] < 5.2 / module.SHARE
