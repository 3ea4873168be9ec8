"""The checks of a GPU: they run to the end, and find what is wrong."""

import dataclasses
import json
import zipfile
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from benchmarks.gpu import __main__ as runner
from benchmarks.gpu import engines, inputs, kernels, times, training
from benchmarks.gpu.inputs import CheckError, Place
from benchmarks.gpu.plan import CHECKS, Check

from spikemeter.engines.reference import ReferenceEngine

HERE = Place(torch.device("cpu"), Path("no-wheels"), tiny=True)
# Kernels run in Triton's interpreter.
QUICK = ("neurons", "events")
SLOW = ("memory", "spikes", "replays", "gradients", "counts", "times", "epochs")


def make_check(name, limit_s=60.0):
    return Check(f"It {name}", f"tests.benchmarks.gpu_faults:{name}", limit_s)


def test_all_run_to_the_end_however_one_ends(tmp_path):
    checks = {name: make_check(name) for name in ("fails", "dies", "passes")}
    checks["hangs"] = make_check("hangs", 3.0)
    output = tmp_path / "results" / "check"
    results = runner.run_all(checks, output, tmp_path, ["--cpu"])
    assert json.loads(output.with_suffix(".json").read_text()) == results
    assert list(results) == list(checks)
    passed = [one["passed"] for one in results.values()]
    assert passed == [False, False, True, False]
    assert results["passes"]["found"]["device"] == "cpu"
    assert "AssertionError: 3 of 4" in results["fails"]["trace"]
    assert "ended with -6" in results["dies"]["reason"]
    assert "last words" in results["dies"]["trace"]
    assert results["hangs"]["reason"] == "not finished within 3 s"
    page = output.with_suffix(".md").read_text()
    assert "1 of 4 checks passed" in page
    assert "| It fails | **failed** |" in page
    assert r"3 of 4 \| words differ |" in page
    assert "- nested value: 0.3333" in page


@pytest.mark.parametrize("failing", CHECKS)
def test_whichever_single_check_fails_the_others_are_reported(
    failing, tmp_path, monkeypatch
):
    def run_check(target, *_given):
        if target == CHECKS[failing].target:
            return runner.fail("the device is gone", 1.0, "a trace")
        return {"passed": True, "found": {"worst": 0.5}, "seconds": 2.0}

    monkeypatch.setattr(runner, "run_check", run_check)
    results = runner.run_all(CHECKS, tmp_path / "check", tmp_path, [])
    assert [name for name, one in results.items() if not one["passed"]] == [failing]
    page = (tmp_path / "check.md").read_text()
    assert f"{len(CHECKS) - 1} of {len(CHECKS)} checks passed" in page
    assert page.count("| passed | 2.0 |") == len(CHECKS) - 1
    assert (
        f"| {CHECKS[failing].title} | **failed** | 1.0 | the device is gone |" in page
    )


def test_what_the_time_does_not_allow_is_reported_as_not_run(tmp_path):
    checks = {"passes": make_check("passes")}
    (one,) = runner.run_all(checks, tmp_path / "c", tmp_path, [], 0.0).values()
    assert (one["passed"], one["reason"]) == (False, "not run: the time was used up")


def test_every_check_names_a_function_and_has_a_limit():
    for check in CHECKS.values():
        module, function = check.target.split(":")
        source = Path(runner.__file__).with_name(f"{module}.py").read_text()
        assert f"def {function}(place: Place)" in source
        assert 0 < check.limit_s < runner.BUDGET_S


def test_wheels_are_unpacked_the_two_releases_apart(tmp_path):
    for part in ("wheels", "wheels/for-cupy"):
        (tmp_path / part).mkdir()
        with zipfile.ZipFile(tmp_path / part / "a.whl", "w") as archive:
            archive.writestr("a/b.py", part)
    runner.unpack_wheels(tmp_path / "wheels", tmp_path / "out")
    assert (tmp_path / "out/a/b.py").read_text() == "wheels"
    assert (tmp_path / "out/for-cupy/a/b.py").read_text() == "wheels/for-cupy"
    # A folder of its name would pass for CuPy itself.
    assert PathFinder.find_spec("cupy", [str(tmp_path / "out")]) is None


@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(n, marks=pytest.mark.slow) for n in SLOW)]
)
def test_checks_pass_where_all_is_well(name, tmp_path, monkeypatch):
    pytest.importorskip("triton", reason="Triton comes with torch on Linux only")
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    found = runner.run_check(CHECKS[name].target, tmp_path, ["--cpu", "--tiny"], 280)
    assert found["passed"], found


def test_trainings_repeat_and_resume(monkeypatch):
    assert len(training.check_trainings(HERE)["loss"]) == 3
    run = training.run_training
    seen = []

    def change_the_second(*given):
        history = run(*given)
        seen.append(history)
        if len(seen) == 2:
            history.best_state["layers.0.weight"][0, 0] += 1e-6
        return history

    monkeypatch.setattr(training, "run_training", change_the_second)
    with pytest.raises(CheckError, match=r"layers.0.weight differs when repeated"):
        training.check_trainings(HERE)


def test_a_metered_test_of_the_checks_ends_after_one_pass():
    assert training.ONCE.share(seconds=2.5, passes=1, metered=True) >= 1


def test_cupy_is_not_timed_where_it_is_not_installed():
    if find_spec("cupy") is not None:
        pytest.skip("CuPy is installed")
    assert times.time_cupy(HERE) == {"CuPy": "not installed"}


def test_a_wrong_word_is_found(monkeypatch):
    def draw(pixels, *given):
        words = kernels.words_by_torch(pixels, *given)
        words[2, 300, 0] ^= 4
        return words

    monkeypatch.setattr(kernels, "words_on_gpu", draw)
    with pytest.raises(CheckError, match=r"exp1_snn: 1 of [0-9]+ words differ"):
        kernels.check_words(HERE)


def test_a_wrong_spike_is_found():
    network = inputs.read_networks(HERE)["exp3_snn_nmnist"]
    samples = inputs.make_samples(network, 8, HERE)
    batch = samples.encoded(inputs.first(samples, 8), 0)
    synapses = inputs.make_synapses(network, HERE)
    trains = ReferenceEngine(network.neuron).spike_trains(synapses, batch)
    rates = engines.judge(synapses, batch, trains, network.neuron)
    assert all(0 < rates[f"stage {n}"]["rate"] < 1 for n in (1, 2, 3))
    trains[2][-1, 0, 0] ^= 1
    with pytest.raises(CheckError, match=r"stage 3: .* wrong=1"):
        engines.judge(synapses, batch, trains, network.neuron)


def test_the_check_of_a_gpu_says_where_there_is_none(tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    found = runner.run_check(CHECKS["neurons"].target, tmp_path, [], 60)
    assert "torch finds no CUDA device" in found["reason"]


def test_full_size_differs_from_tiny_in_size_alone():
    full = inputs.read_networks(dataclasses.replace(HERE, tiny=False))
    tiny = inputs.read_networks(HERE)
    assert full["exp3_snn_nmnist"].steps == 300
    assert full["exp3_snn_nmnist"].batch_size == 128
    for name, one in tiny.items():
        changes = {"steps": full[name].steps, "batch_size": 128}
        assert one.replace(**changes) == full[name]
