"""The report says what was measured, what was not, and what not to quote."""

import copy

import pytest
from benchmarks import report

SERIES = {"train_s": [0.060, 0.062, 0.064], "infer_s": [0.02, 0.02, 0.02]}
FASTER = {"train_s": [0.019, 0.020, 0.021], "infer_s": [0.005, 0.005, 0.005]}
OTHER = {"train_s": [0.031, 0.031, 0.031], "infer_s": [0.01, 0.01, 0.01]}
AGREEING = {"loss": 1.0, "spikes": 9, "values": 90, "differing": 0, "gradient": 1e-7}
PLACE = {
    "title": "1 thread",
    "device": "cpu",
    "seconds": {"snntorch": SERIES, "events": FASTER, "jax": OTHER},
    "agreement": {"snntorch": AGREEING, "events": AGREEING, "jax": AGREEING},
    "others_share": 0.0,
    "idle_share": 0.0,
}
RESULTS = {
    "conditions": {
        "date": "2026-11-01T10:00:00+00:00",
        "processor": "Abacus 7",
        "GPU": None,
        "platform": "Linux",
        "processors": 2,
        "load": [0.0, 0.1, 0.2],
        "versions": {"torch": "2"},
        "not_installed": ["norse"],
        "quick": False,
    },
    "workloads": {
        "fc": {
            "title": "FC",
            "layers": "20-10 on 1×28×28 inputs",
            "steps": 25,
            "batch": 128,
            "updates": 3,
            "training_batch": 8,
            "data": "made-up digits",
            "accuracy": 0.9,
            "held_out": 10,
            "densities": [0.1, 0.2],
            "operations": {
                "train": 4e9,
                "infer": 2e9,
                "sparse_train": 1e9,
                "sparse_infer": 5e8,
                "state_bytes": 1e6,
            },
            "timings": [PLACE],
            "alone": {
                "cpu": {
                    "snntorch": {"peak_bytes": 40 << 20, "step_s": 0.06},
                    "events": {"peak_bytes": 8 << 20, "step_s": 0.02},
                    "jax": {"peak_bytes": 50 << 20, "step_s": 0.03},
                    "spyx": {"error": "not finished within 90 s"},
                    "sinabs": {"peak_bytes": 50 << 20, "step_s": 27.0},
                }
            },
        }
    },
    "machines": [
        {
            "title": "1 thread",
            "device": "cpu",
            "multiply_flops": 1e11,
            "convolve_flops": 2e11,
            "fma_flops": 2.5e11,
            "copy_bytes_per_s": 3e10,
        }
    ],
    "coding": {"error": "spikegen is missing"},
    "preprocessing": {"lines": ["| a table |"]},
    "planning": {"lines": ["| plans |"]},
}


@pytest.fixture
def results():
    return copy.deepcopy(RESULTS)


@pytest.fixture
def place(results):
    return results["workloads"]["fc"]["timings"][0]


def test_the_sentence_to_quote_has_its_conditions(results):
    sentence = report.write(results).split("\n\n")[1]
    assert "**3.1 times as fast**" in sentence
    assert "as snnTorch (0 of 90 output values differ)" in sentence
    assert "plain JAX, our code: 2.0" in sentence
    for stated in ("Abacus 7", "25 steps", "batches of 128", "made-up", "2026-11-01"):
        assert stated in sentence
    assert "not to be quoted" not in sentence


def test_differing_spikes_are_said(place, results):
    place["agreement"]["events"]["differing"] = 4
    text = report.write(results)
    assert "(4 of 90 output values differ)" in text
    assert "| **4.0** | plain JAX, our code: 2.0 | 4 of 90 |" in text


@pytest.mark.parametrize(("why", "value"), {"others_share": 0.5, "quick": True}.items())
def test_what_is_not_to_be_quoted_says_so(place, results, why, value):
    (place if why in place else results["conditions"])[why] = value
    assert "not to be quoted" in report.write(results).split("\n\n")[1]


def test_tables_hold_medians_ratios_and_quartiles(results):
    text = report.write(results)
    assert "| 20 (19.5–20.5) | 3.10 | 5 (5–5) | 4.00 | 3 |" in text
    assert "| 0 of 90 | 1e-07 | 8 | 5.0 |" in text
    assert "| FC | 20 | 4 | 0.0333 | 20 | 100 % | 20 % |" in text
    assert "## Planning" in text
    assert text.endswith("| plans |\n")


def test_what_could_not_be_measured_says_why(results):
    text = report.write(results)
    assert "not run: not finished within 90 s" in text
    assert "not timed: a training step takes 27.0 s" in text
    assert "Not measured: spikegen is missing" in text
    assert "not installed, so not compared: norse" in text
    results["workloads"]["fc"] |= {"timings": [], "alone": {}, "error": "no data"}
    assert "Not measured: no data" in report.write(results)


def test_a_table_that_failed_leaves_the_others(results):
    failed = {"title": "2 threads", "device": "cpu", "error": "killed"}
    results["workloads"]["fc"]["timings"].append(failed)
    text = report.write(results)
    assert "Not measured: killed" in text
    assert "| FC | 2 threads | not measured |" in text
