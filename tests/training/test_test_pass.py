import contextlib

import pytest
import torch

from spikemeter.training import testing as module
from spikemeter.training.loop import run_pass
from spikemeter.training.run import build_model
from tests.training.conftest import FakeMeter, made_samples, no_bar

CPU = torch.device("cpu")


class Clock:
    """Every pass takes a second."""

    def __init__(self, monkeypatch):
        self.now_s = 0.0
        self.tallies = []
        monkeypatch.setattr(module.time, "perf_counter", lambda: self.now_s)
        monkeypatch.setattr(module, "run_pass", self.run_pass)

    def run_pass(self, *args, **keywords):
        self.now_s += 1
        self.tallies.append(run_pass(*args, **keywords))
        return self.tallies[-1]


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def result_of(settings, can_meter_energy, min_s=2.5, max_passes=10):
    model = build_model(settings, 0, CPU)
    meter = FakeMeter(can_meter_energy)
    samples = made_samples(70)
    repetition = module.Repetition(min_s, max_passes)
    return module.test(model, samples, 0, meter, repetition, no_bar), meter


def test_two_seconds_where_no_energy_is_metered(spiking, clock):
    result, meter = result_of(spiking, can_meter_energy=False)
    assert meter.names == ["test"]
    assert len(clock.tallies) == 3  # the first warms up
    assert result["passes"] == 2
    assert result["seconds"] == 0.5  # the fake phase lasts 1 s
    assert result["energy_per_pass_j"] is None


@pytest.mark.parametrize(
    ("min_s", "max_passes", "passes"),
    [(2.5, 10, 3), (60, 4, 4), (0.1, 4, 2), (60, 1, 2)],
)
def test_repeated_where_energy_is_metered(spiking, clock, min_s, max_passes, passes):
    result, _ = result_of(spiking, True, min_s, max_passes)
    assert result["passes"] == passes
    assert len(clock.tallies) == passes + 1
    # The fake phase lasts 1 s and costs 6 J, however many passes it holds.
    assert result["seconds"] == pytest.approx(1 / passes)
    assert result["energy_per_pass_j"] == pytest.approx(6 / passes)
    assert result["reading"]["seconds"] == 1.0


def test_all_passes_are_the_same_draw(spiking, clock):
    result_of(spiking, True)
    first, *others = clock.tallies
    for tally in others:
        assert tally.confusion.tolist() == first.confusion.tolist()
        assert tally.loss == first.loss
        assert tally.spikes_per_neuron_step == first.spikes_per_neuron_step


def test_every_sample_is_scored_once(settings, clock):
    result, _ = result_of(settings.replace(batch_size=33), True)
    assert result["samples"] == 70
    assert [sum(row) for row in result["confusion"]] == [18, 18, 17, 17]
    right = sum(result["confusion"][i][i] for i in range(4))
    assert result["accuracy"] == right / 70
    assert (result["silent"] is not None) == settings.spiking
    assert len(result["spikes_per_neuron_step"]) == (2 if settings.spiking else 0)


def test_the_count_ends_in_the_scores(settings, clock):
    settings = settings.replace(batch_size=33)
    result, meter = result_of(settings, True)
    model, passes = build_model(settings, 0, CPU), len(clock.tallies)
    shown = []

    @contextlib.contextmanager
    def bar(title, total):
        shown.append((title, total))
        yield shown.append

    table = module.count(model, made_samples(70), 0, result, bar)
    last = table.iloc[-1]
    right = sum(result["confusion"][i][i] for i in range(4))
    assert (last["correct"], last["tied"]) == (right, result["tied"])
    assert shown == [("count", 70), 33, 33, 4]
    assert meter.names == ["test"]  # nothing of it is metered
    assert len(clock.tallies) == passes


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("tied", 71, "tied is [0-9]+ after the last step but 71 in the test"),
        ("silent", None, "silent is [0-9]+ after the last step but None"),
        ("confusion", [[70, 0], [0, 0]], "correct is [0-9]+ after the last .* but 70"),
        ("spikes_per_neuron_step", [0.9], "stage 1 fires .* per neuron and step but"),
    ],
)
def test_a_count_of_other_spikes_is_refused(spiking, clock, name, value, message):
    result, _ = result_of(spiking, True)
    model = build_model(spiking, 0, CPU)
    module.count(model, made_samples(70), 0, result, no_bar)
    with pytest.raises(RuntimeError, match=message) as caught:
        module.count(model, made_samples(70), 0, result | {name: value}, no_bar)
    assert "run the same command again" in str(caught.value)
