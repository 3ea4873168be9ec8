import contextlib
import dataclasses
import statistics

import pytest
import torch

from spikemeter.training import testing as module
from spikemeter.training.draws import DRAWS, explain_no_draws
from spikemeter.training.loop import run_pass
from spikemeter.training.run import build_model
from tests.training.conftest import FakeMeter, made_samples, no_bar

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def tallies(monkeypatch):
    """Let every pass take a second; return what the passes gave."""
    made = []

    def run(*args, **keywords):
        made.append(run_pass(*args, **keywords))
        return made[-1]

    monkeypatch.setattr(FakeMeter, "now_s", lambda _meter: float(len(made)))
    monkeypatch.setattr(module, "run_pass", run)
    return made


def result_of(
    settings, can_meter_energy, min_s=2.5, max_passes=10, bar=no_bar, meter=None
):
    model = build_model(settings, 0, CPU)
    meter = meter or FakeMeter(can_meter_energy)
    repetition = module.Repetition(min_s, max_passes)
    samples = dataclasses.replace(
        made_samples(70), encoding=settings.encoding or "direct"
    )
    result, steps = module.test(model, samples, 0, meter, repetition, bar)
    assert meter.names == ["test"]
    return result, steps


@pytest.mark.parametrize(
    ("metered", "min_s", "max_passes", "passes"),
    [
        *[(False, 60, 10, 2), (True, 2.5, 10, 3), (True, 60, 4, 4)],
        *[(True, 0.1, 4, 2), (True, 60, 1, 2)],
    ],
)
def test_repeated_for_two_seconds_or_while_energy_is_metered(
    spiking, tallies, metered, min_s, max_passes, passes
):
    result, _ = result_of(spiking, metered, min_s, max_passes)
    assert result["passes"] == passes
    # The first gives the scores, and two more warm the sensor up.
    assert len(tallies) == (3 if metered else 1) + passes + DRAWS
    # The fake phase lasts 1 s and costs 6 J, however many passes it holds.
    assert result["seconds"] == pytest.approx(1 / passes, rel=0.05)
    energy_j = pytest.approx(6 / passes) if metered else None
    assert result["energy_per_pass_j"] == energy_j
    assert result["reading"]["seconds"] == 1.0
    first, *others = tallies[:-DRAWS]
    for tally in others:  # of the same draw
        assert tally.confusion.tolist() == first.confusion.tolist()
        assert tally.loss == first.loss
        assert tally.spikes_per_neuron_step == first.spikes_per_neuron_step


@pytest.mark.parametrize(("max_passes", "shifts"), [(100, 7), (8, 7), (4, 3)])
def test_passes_are_shifted_against_the_windows_of_the_sensor(
    spiking, max_passes, shifts
):
    result, _ = result_of(spiking, True, 16.0, max_passes)
    # Pauses are no part of a pass. The fake phase lasts 1 s.
    passes = min(max_passes, 16)
    assert result["passes"] == passes
    assert result["seconds"] == pytest.approx((1 - shifts * 0.0125) / passes)


def test_every_sample_is_scored_once_and_the_count_ends_in_the_scores(settings):
    shown = []

    @contextlib.contextmanager
    def bar(title, total):
        shown.append((title, total))
        yield shown.append

    result, steps = result_of(settings.replace(batch_size=33), True, bar=bar)
    assert result["samples"] == 70
    assert [sum(row) for row in result["confusion"]] == [18, 18, 17, 17]
    right = sum(result["confusion"][i][i] for i in range(4))
    assert result["accuracy_lowest_index"] == right / 70
    assert abs(result["correct"] - right) <= result["tied"]
    assert result["accuracy"] == result["correct"] / 70
    assert (result["silent"] is not None) == settings.spiking
    assert len(result["spikes_per_neuron_step"]) == (2 if settings.spiking else 0)
    last = steps.iloc[-1]
    assert (last["correct_lowest_index"], last["tied"]) == (right, result["tied"])
    assert last["correct"] == result["correct"]
    begun = shown.index(("count", 70))
    assert shown[begun + 1 : begun + 4] == [33, 33, 4]
    draws = [(f"draw {number}/10", 70) for number in range(1, 11)]
    expected = [step for draw in draws for step in (draw, 33, 33, 4)]
    assert shown[begun + 4 :] == (expected if settings.spiking else [])


def test_a_random_encoding_is_drawn_ten_times_more_after_the_metered_test(
    spiking, tallies, monkeypatch
):
    keys, meter = [], FakeMeter()
    run = module.run_pass

    def note(*args, **keywords):
        keys.append((args[3], meter.open is not None))
        return run(*args, **keywords)

    monkeypatch.setattr(module, "run_pass", note)
    result, _ = result_of(spiking, False, meter=meter)
    drawn = result["draws"]
    assert drawn["count"] == DRAWS == 10
    (scored, _), *metered = keys[: -drawn["count"]]
    draws = keys[-drawn["count"] :]
    assert metered == [(scored, True)] * result["passes"]
    assert len({key for key, _ in draws} | {scored}) == 11
    assert not any(is_open for _, is_open in draws)
    accuracies = [tally.correct / 70 for tally in tallies[-10:]]
    lowest = [tally.accuracy for tally in tallies[-10:]]
    assert drawn["accuracy_mean"] == pytest.approx(statistics.fmean(accuracies))
    assert drawn["accuracy_sd"] == pytest.approx(statistics.stdev(accuracies))
    assert drawn["accuracy_lowest_index_mean"] == pytest.approx(
        statistics.fmean(lowest)
    )
    assert drawn["accuracy_sd"] > 0
    again, _ = result_of(spiking, False)
    assert again["draws"] == drawn


@pytest.mark.parametrize("encoding", ["latency", "direct", None])
def test_what_is_not_random_is_tested_once_and_says_why(
    spiking, plain, tallies, encoding
):
    settings = spiking.replace(encoding=encoding) if encoding else plain
    result, _ = result_of(settings, False)
    assert result["draws"] is None
    assert len(tallies) == 1 + result["passes"]
    told = f"the encoding {encoding} draws nothing at random"
    expected = told if encoding else "a ReLU network has no encoding"
    assert explain_no_draws(settings) == {"draws": expected}
    assert explain_no_draws(spiking) == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tied", "tied is [0-9]+ after the last step but [0-9]+ in the test"),
        ("silent", "silent is [0-9]+ after the last step but [0-9]+ in the test"),
        ("correct", "correct is [0-9.]+ after the last step but [0-9.]+ in the test"),
        (
            "correct_lowest_index",
            "correct_lowest_index is [0-9]+ after the last step but [0-9]+ in the test",
        ),
        ("stage1_spikes", "stage 1 fires .* per neuron and step but .* in the test"),
    ],
)
def test_a_count_of_other_spikes_is_refused(spiking, monkeypatch, name, message):
    counted = module.count_operations

    def miscount(*args):
        table = counted(*args)
        table[name] += 1
        return table

    monkeypatch.setattr(module, "count_operations", miscount)
    with pytest.raises(RuntimeError, match=f"{message}.*run the same command again"):
        result_of(spiking, True)
