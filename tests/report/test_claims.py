from dataclasses import replace
from math import inf

import numpy as np
import pytest

from spikemeter.networks.neurons.lif import Lif
from spikemeter.report.claims.claim import (
    NOT_REPRODUCED,
    NOT_TESTABLE,
    REPRODUCED,
    RULE,
    SAME,
    Claim,
)
from spikemeter.report.claims.claims_page import (
    OURS,
    describe_contradiction,
    format_claims,
    make_claim_frame,
    render_claims,
)
from spikemeter.report.claims.judgements import CHECKS, judge_claims
from spikemeter.report.ties import find_tie
from tests.report.made_up import CPU, GPU, Study
from tests.report.paper_runs import (
    ALONE,
    changed,
    on,
    paper_runs,
    unmetered,
    with_data,
    with_spec,
)

EXP1 = ("exp1_ann", "exp1_snn")
PAPER = find_tie("nhsjs2024/exp1_ann").study
CLAIMS = [Claim(PAPER, stated) for stated in PAPER.claims]


def of(runs, name, network=None):
    """Return the row of a claim, the first or that of a network."""
    rows = [row for row in judge_claims(runs) if row.claim.name == name]
    return next(row for row in rows if network in (None, *row.networks))


def pair(seeds=3, networks=EXP1):
    return [run for name in networks for run in paper_runs(name, seeds)]


def paper_pair(**by_seed):
    """Return runs of a network and its twin; ``by_seed`` are of the spiking one."""
    return [*paper_runs("exp1_ann"), *paper_runs("exp1_snn", **by_seed)]


def verdict(runs, name):
    return of(runs, name).verdict


def near(ratio):
    return ratio, ratio / 1.25, ratio * 1.25


def sampled(ours_pct, other_pct):
    """Return the difference of two accuracies of 10,000 samples, and its interval."""
    variance = sum(pct * (100 - pct) / 10_000 for pct in (ours_pct, other_pct))
    difference, error = ours_pct - other_pct, 1.959964 * variance**0.5
    return difference, difference - error, difference + error


# What the paper claims, from its tables by hand: figure, and the range around it. Then
# a number of the spiking network on either side of a border, and its reference's.
CLAIMED = {
    "exp1_snn_accuracy_pct": (*sampled(98.05, 97.81), "accuracy", 0.9863, 0.9864, 0.98),
    "exp1_snn_epoch_s": (*near(26.38 / 9.39), "seconds", 3.51, 3.52, 1.0),
    "exp1_snn_power_w": (
        *(21.1 / 16.2, (21.1 / 16.2) ** 0.5, (21.1 / 16.2) ** 1.5),
        *("power_w", 14.8, 14.9, 10.0),
    ),
    "exp1_snn_memory_pct": (1.0, 0.9, 1.1, "memory_pct", 10.9, 11.1, 10.0),
    "exp1_ann_gap_points": (
        *((99.86 - 97.84) - (99.93 - 98.25), 0, inf),
        *("train_accuracy", 0.9899, 0.9901, 0.99),
    ),
    "exp1_snn_epoch_energy_j": (
        *(26.38 * 21.1 / (9.39 * 16.2), 1, inf),
        *("power_w", 50.1, 49.9, 50.0),
    ),
    "exp1_snn_inference_energy_j": (
        *(3.16 * 44.4 / (1.33 * 41.8), 1, inf),
        *("pass_j", 100.1, 99.9, 100.0),
    ),
    "exp2_snn_epoch_s": (*near(81.15 / 6.42), "seconds", 15.8, 15.9, 1.0),
    "exp2_snn_power_w": (*near(133.2 / 58.5), "power_w", 28.4, 28.5, 10.0),
    "exp2_snn_memory_pct": (*near(39.3 / 16.2), "memory_pct", 30.3, 30.4, 10.0),
    "exp2_snn_epoch_energy_j": (
        *(81.15 * 133.2 / (6.42 * 58.5), 1, inf),
        *("seconds", 1.01, 0.99, 1.0),
    ),
    "exp2_snn_inference_energy_j": (
        *(7.93 * 114.4 / (1.11 * 52.3), 1, inf),
        *("pass_j", 100.1, 99.9, 100.0),
    ),
    "exp3_snn_nmnist_accuracy_pct": (
        *sampled(97.52, 98.61),
        "accuracy",
        0.9654,
        0.9652,
        0.98,
    ),
    "exp3_snn_nmnist_best_epoch": (1, -2, 2, "best_epoch", 6.99, 7.01, 5),
    "exp3_snn_nmnist_power_w": (72.7 / 80.2, -inf, 1, "power_w", 49.9, 50.1, 50.0),
    "exp3_snn_nmnist_epoch_s": (*near(583.76 / 285.87), "seconds", 2.55, 2.56, 1.0),
    "exp3_snn_nmnist_memory_pct": (82.4 / 50.0, 1, inf, "memory_pct", 50.1, 49.9, 50.0),
    **{
        f"{network}_{name}": (np.nan, 1, inf, number, 1.1 * low, 0.9 * low, low)
        for network in ("exp3_snn_mnist", "exp3_snn_nmnist")
        for name, number, low in (
            ("epoch_energy_j", "seconds", 1.0),
            ("inference_energy_j", "pass_j", 100.0),
        )
    },
    "exp3_snn_nmnist_first_epoch_ratio": (np.nan, 1, inf),
}
# By the figures that chose a setting.
FITTED = {
    "exp2_snn_memory_pct": "steps of exp2_snn was chosen by exp2_snn/train.memory_pct",
    "exp3_snn_nmnist_memory_pct": (
        "steps of exp3_snn_mnist was chosen by exp3_snn_mnist/train.memory_pct, "
        "exp3_snn_nmnist/train.memory_pct"
    ),
}
OUTCOMES = [(name, *stated[3:]) for name, stated in CLAIMED.items() if stated[3:]]
OUTCOMES += [("exp1_ann_gap_points", "val_accuracy", 0.971, 0.969, 0.97)]


def test_every_claim_its_figure_and_its_range():
    found = {c.name: (c.published, *c.range) for c in CLAIMS}
    assert list(found) == list(CLAIMED)
    for name, stated in CLAIMED.items():
        assert found[name] == pytest.approx(stated[:3], nan_ok=True), name
    # The paper holds what it claims.
    assert all(c.range.holds(c.published) for c in CLAIMS if c.figures)


@pytest.mark.parametrize(("name", "number", "good", "bad", "reference"), OUTCOMES)
def test_both_sides_of_a_border_of_every_claim(name, number, good, bad, reference):
    claim = next(c for c in CLAIMS if c.name == name)
    spiking = next(n for n in claim.stated.networks if "snn" in n)
    other = next(n for n in claim.stated.networks if n != spiking)
    plain = paper_runs(other, **{number: [reference] * 3})
    for value, word in ((good, REPRODUCED), (bad, NOT_REPRODUCED)):
        runs = [*plain, *paper_runs(spiking, **{number: [value] * 3})]
        found = verdict(runs, name)
        if name in FITTED:  # whatever the number
            assert found == (NOT_TESTABLE, (f"fitted to this figure: {FITTED[name]}",))
        else:
            assert found == (word, ())


def test_a_ratio_and_its_interval_by_hand():
    runs = [
        *paper_runs("exp1_ann", seconds=[1, 1, 1]),
        *paper_runs("exp1_snn", seconds=[2, 4, 8]),
    ]
    # log2 1, 2, 3: mean 2, half width 4.302653 × 1 / √3
    half = 4.30265273 / np.sqrt(3)
    for name in (
        "exp1_snn_epoch_s",
        "exp1_snn_epoch_energy_j",
    ):  # the power is the same
        row = of(runs, name)
        assert row.ours == pytest.approx((4, 2 ** (2 - half), 2 ** (2 + half)))
        assert row.seeds == 3


def test_a_difference_and_its_interval_by_hand():
    runs = [
        *paper_runs("exp1_ann", accuracy=[0.97, 0.97, 0.97]),
        *paper_runs("exp1_snn", accuracy=[0.972, 0.973, 0.974]),
    ]
    half = 4.30265273 * 0.1 / np.sqrt(3)
    row = of(runs, "exp1_snn_accuracy_pct")
    assert row.ours == pytest.approx((0.3, 0.3 - half, 0.3 + half), rel=1e-5)
    assert row.verdict == (REPRODUCED, ())


def test_the_gap_is_the_highest_of_each_over_the_epochs():
    plain, spiking = paper_runs("exp1_ann"), paper_runs("exp1_snn")
    for run in plain:
        run.epochs.loc[3, "train_accuracy"] = 0.995  # and 0.97 in another epoch
    row = of([*plain, *spiking], "exp1_ann_gap_points")
    assert row.ours == pytest.approx((0.5, 0.5, 0.5), rel=1e-5)
    assert row.verdict.word == REPRODUCED


def test_a_network_that_did_not_run():
    rows = {row.claim.name: row for row in judge_claims(paper_runs("exp1_snn"))}
    assert list(rows) == list(CLAIMED)
    assert {row.verdict.word for row in rows.values()} == {NOT_TESTABLE}
    assert rows["exp1_snn_epoch_s"].verdict.reasons == ("exp1_ann did not run",)
    assert np.isnan(rows["exp1_snn_epoch_s"].ours.mean)
    both = ("exp2_snn did not run", "exp2_cnn did not run")
    assert rows["exp2_snn_epoch_s"].verdict.reasons == both


# --- What leaves no verdict -----------------------------------------------------------

STAND_IN = "other data than the paper's"
PART = "only a part of the paper's data, or data that was not verified"


def spec(**settings):
    return lambda run: with_spec(run, **settings)


def data(**values):
    return lambda run: with_data(run, **values)


def part(name, **values):
    return lambda run: changed(run, name, **values)


def prepared(**values):
    stated = {"denoise_us": 10_000, "window_us": 1000}
    return data(prepared=stated | values)


PLAIN = Lif().model_dump() | {"name": "relu"}
OF_ONE_NETWORK = {
    "exp1_snn": [
        (data(stand_in=True), STAND_IN),
        (data(dataset="other"), STAND_IN),
        (data(source="sample"), PART),
        (data(verified=False), PART),
        (data(test_samples=9999), PART),
        (spec(epochs=19), "epochs 19, the paper 20"),
        (spec(beta=0.9), "beta 0.9, the paper 0.8"),
        (spec(layers="128-10"), "layers 128-10, the paper 256-256-10"),
        (spec(input_shape=[1, 32, 32]), "input_shape 1 × 32 × 32, the paper 1 × 28"),
        (spec(learning_rate=0.01), "learning_rate 0.01, the paper 0.001"),
        (spec(validation_fraction=0.1), "validation_fraction 0.1, the paper 0.2"),
        (spec(reset="zero"), "reset zero, the paper subtract"),
        (spec(surrogate="sigmoid"), "surrogate sigmoid, the paper atan or atan_paper"),
        (spec(encoding="latency"), "encoding latency, the paper rate"),
        (spec(loss="cross_entropy"), "loss cross_entropy, the paper mse_count"),
        (spec(neuron=PLAIN), "neuron relu, the paper lif"),
        (part("train", engine="scan_tf32"), "engine scan_tf32 rounds"),
        (part("test", engine="scan_tf32"), "engine scan_tf32 rounds"),
    ],
    "exp2_cnn": [
        (spec(layers="8C5-P2-" * 4 + "64-10"), "layers 8C5-P2"),
        (spec(layers="8C3-P2-" + "8C5-P2-" * 4 + "64-10"), "layers 8C3-P2"),
        (spec(layers="8C5-P2-" * 5 + "10"), "layers 8C5-P2"),
    ],
    "exp2_snn": [
        (spec(padding="valid"), "padding valid, the paper same"),
        (spec(input_shape=[1, 28, 28]), "input_shape 1 × 28 × 28"),
    ],
    "exp3_snn_mnist": [
        (spec(layers="8C5-P2-32C5-P2-10"), "layers 8C5-P2"),
        (spec(padding="same"), "padding same, the paper valid"),
        (spec(input_shape=[1, 28, 28]), "input_shape 1 × 28 × 28, the paper 1 × 32"),
    ],
    "exp3_snn_nmnist": [
        (spec(encoding="delta"), "encoding delta, the paper direct"),
        (spec(steps=299), "steps 299, the paper about 300"),
        (spec(epochs=11), "epochs 11, the paper 10"),
        (prepared(denoise_us=0), "denoise_us 0, the paper 10000"),
        (prepared(window_us=5000), "window_us 5000, the paper 1000"),
    ],
}


@pytest.mark.parametrize(
    ("network", "change", "reason"),
    [(name, *case) for name, cases in OF_ONE_NETWORK.items() for case in cases],
)
def test_one_network_that_is_not_as_the_paper_had_it(network, change, reason):
    networks = next(c.stated.networks for c in CLAIMS if network in c.stated.networks)
    runs = pair(networks=networks)
    other = [change(r) if r.network == network else r for r in runs]
    for quantity in ("power_w", "epoch_s" if "exp2" in network else "accuracy_pct"):
        name = f"{networks[0]}_{quantity}"
        assert not verdict(runs, name).reasons or "crosses" in verdict(runs, name)[1][0]
        row = of(other, name)
        (found,) = row.verdict.reasons
        assert found.startswith(reason) and found.endswith(f" ({network})")
        assert row.verdict.word == NOT_TESTABLE
        assert not np.isnan(row.ours.mean)
    if " data" in reason:  # what holds for all networks names none
        assert verdict(list(map(change, runs)), name).reasons == (reason,)


def shared(others):
    return lambda run: on(run, GPU | {"other_compute_processes": others})


def busy(pct):
    return part("train", reading={"power_w": None, "others_cpu_pct": pct})


TIMED = ("exp1_snn_epoch_s", "exp1_snn_power_w", "exp1_snn_epoch_energy_j")
COSTS = (*TIMED, "exp1_snn_memory_pct")
OF_ALL_NETWORKS = [
    (shared(2), COSTS, "the GPU was shared with 2 processes"),
    (shared(None), COSTS, "whether other processes used"),
    (busy(5.1), TIMED, "other processes used the CPU"),
    (busy(None), TIMED, "how much other processes used the CPU is not known"),
    (lambda run: on(run, CPU), COSTS, "the paper's figure is a GPU's"),
]


@pytest.mark.parametrize(("change", "names", "reason"), OF_ALL_NETWORKS)
def test_costs_that_the_paper_did_not_meter(change, names, reason):
    runs = list(map(change, pair()))
    for name in names:
        row = of(runs, name)
        (found,) = row.verdict.reasons
        assert found.startswith(reason)
        assert row.ours.mean == pytest.approx(1)
    assert verdict(runs, "exp1_snn_accuracy_pct").word == REPRODUCED
    if names is TIMED:  # neither memory nor the test suffer
        assert verdict(runs, "exp1_snn_memory_pct").word == REPRODUCED
        assert reason not in verdict(runs, "exp1_snn_inference_energy_j").reasons


def test_recordings_of_which_nothing_is_recorded():
    networks = ("exp3_snn_mnist", "exp3_snn_nmnist")
    runs = [with_data(run, prepared={}) for run in pair(networks=networks)]
    found = verdict(runs, "exp3_snn_nmnist_accuracy_pct").reasons
    assert [reason.split()[0] for reason in found] == ["denoise_us", "window_us"]


def test_what_the_paper_leaves_open_may_be_anything():
    free = {"steps": 7, "threshold": 0.5, "batch_size": 3, "surrogate": "atan_paper"}
    runs = [*paper_runs("exp1_ann")]
    runs += [with_spec(run, **free) for run in paper_runs("exp1_snn")]
    assert verdict(runs, "exp1_snn_accuracy_pct").word == REPRODUCED
    layers = "8C5-P2-8C5-P2-8C5-P2-8C5-P2-8C5-P2-64-10"
    networks = ("exp2_snn", "exp2_cnn")
    runs = [with_spec(run, layers=layers) for run in pair(networks=networks)]
    assert not verdict(runs, "exp2_snn_epoch_s").reasons


def test_other_work_beside_a_training_of_several_processes_is_that_of_its_epochs():
    run = changed(pair()[0], "train", sessions=2)
    epochs = run.epochs.assign(others_cpu_pct=[30.0, *[None] * (len(run.epochs) - 1)])
    assert replace(run, epochs=epochs).others_cpu_pct("train") == 30
    assert replace(run, epochs=epochs.iloc[1:]).others_cpu_pct("train") is None


def test_the_device_that_counts_is_that_of_the_part():
    runs = [changed(run, "test", conditions=CPU) for run in pair()]
    assert "crosses ×1.00" in verdict(runs, "exp1_snn_epoch_energy_j").reasons[0]
    assert "is a GPU's" in verdict(runs, "exp1_snn_inference_energy_j").reasons[0]


def other_board(run):
    return on(run, ALONE | {"board": "Another Board"})


UNPAIRED = [
    (other_board, ["on different machines"]),
    (
        data(train_samples=100),
        [f"{PART} (exp1_snn)", "different numbers of samples, or a reading of 0"],
    ),
]


@pytest.mark.parametrize(("change", "reasons"), UNPAIRED)
def test_costs_of_other_machines_or_numbers_of_samples_are_no_pair(change, reasons):
    runs = [change(run) if run.network == "exp1_snn" else run for run in pair()]
    row = of(runs, "exp1_snn_epoch_s")
    assert row.verdict == (NOT_TESTABLE, tuple(reasons))
    assert np.isnan(row.ours.mean)
    if change is other_board:
        assert verdict(runs, "exp1_snn_accuracy_pct").word == REPRODUCED


def test_two_energies_that_differ_by_40_percent_give_no_verdict():
    name = "exp1_snn_inference_energy_j"
    differing = {"energy_counter_j": 100.0, "energy_sampled_j": 140.0}
    runs = [
        changed(run, "test", reading=run.test["reading"] | differing)
        if run.network == "exp1_snn"
        else run
        for run in paper_pair(pass_j=[200.0] * 3)
    ]
    reason = "sampled and counted energy differ by +40 % (exp1_snn)"
    assert verdict(runs, name) == (NOT_TESTABLE, (reason,))
    # A whole training is two readings too, whatever its epochs say.
    runs = [
        changed(run, "train", reading=run.train["reading"] | differing)
        for run in paper_pair(power_w=[60.0] * 3)
    ]
    found = verdict(runs, "exp1_snn_epoch_energy_j")
    assert found == (NOT_TESTABLE, ("sampled and counted energy differ by +40 %",))


def test_the_meters_own_error_may_leave_a_claim_open():
    name = "exp1_snn_inference_energy_j"  # more than the twin's, of 100 J
    runs = paper_pair(pass_j=[102.0] * 3)
    assert verdict(runs, name).word == REPRODUCED

    def err(run, joules, **conditions):
        reading = run.test["reading"] | {"energy_own_error_j": joules}
        found = run.test["conditions"] | conditions
        return changed(run, "test", reading=reading, conditions=found)

    advice = "crosses ×1.00; a longer metered phase, or another meter"
    assert advice in verdict([err(r, 3.0) for r in runs], name).reasons[0]
    # The gains of two boards do not cancel: 5 % of 100 J each.
    boards = [err(r, 0.0, uuid=f"GPU-{r.network}") for r in runs]
    assert advice in verdict(boards, name).reasons[0]
    # Seeds that differ by more than the meter errs.
    apart = paper_pair(pass_j=[99.0, 102.0, 105.0])
    found = verdict([err(r, 3.0) for r in apart], name)
    assert "crosses ×1.00; more seeds" in found.reasons[0]
    unknown = [err(r, None) for r in runs]
    found = verdict(unknown, name)
    assert found == (NOT_TESTABLE, ("how far the meter errs is not known",))


def test_the_meters_error_is_no_interval_where_all_seeds_give_the_same():
    runs = [
        changed(run, "test", energy_per_pass_j=joules)
        for name, joules in zip(EXP1, (100.0, 150.0), strict=True)
        for run in paper_runs(name)
    ]
    row = of(runs, "exp1_snn_inference_energy_j")
    assert row.verdict == (NOT_TESTABLE, (SAME,))
    assert row.ours.mean == pytest.approx(1.5)
    assert np.isnan(row.ours.high)


def test_all_reasons_the_most_basic_first():
    runs = [
        with_data(with_spec(unmetered(r), epochs=1), stand_in=True) for r in pair(1)
    ]
    runs = [changed(r, "test", engine="scan_bf16") for r in runs]
    for name, what in (
        ("exp1_snn_power_w", "power W of training"),
        ("exp1_snn_inference_energy_j", "J/inference of the test"),
    ):
        row = of(runs, name)
        assert row.verdict.reasons == (
            STAND_IN,
            "epochs 1, the paper 20",
            "engine scan_bf16 rounds",
            "the paper's figure is a GPU's",
            f"{what} not metered: no RAPL on this machine",
            "one seed gives no interval",
        )
        assert np.isnan(row.ours.mean)
    assert len(CHECKS) == 11


def test_the_first_epoch_is_shown_but_not_judged():
    seconds = [10.0, *[2.0] * 5, *[4.0] * 4]
    runs = paper_runs("exp3_snn_nmnist")
    for run in runs:
        run.epochs["seconds"] = seconds
    runs += paper_runs("exp3_snn_mnist")
    row = of(runs, "exp3_snn_nmnist_first_epoch_ratio")
    assert row.ours.mean == pytest.approx(10 / 2)  # the median of nine
    why = "the data is loaded before the first epoch"
    assert row.verdict == (NOT_TESTABLE, (why,))
    assert row.not_on_published_engine == ()
    engines = make_claim_frame([row])[["engine", "reference_engine"]].iloc[0]
    assert engines.tolist() == ["scan", "scan"]


def test_a_row_for_each_engine_that_computed():
    slow = paper_runs("exp1_snn-snntorch", seconds=[5.6] * 3)
    rows = [
        r for r in judge_claims([*pair(), *slow]) if r.claim.name == "exp1_snn_epoch_s"
    ]
    assert [row.networks[0] for row in rows] == ["exp1_snn", "exp1_snn-snntorch"]
    assert [row.engines for row in rows] == [("scan", "plain"), ("snntorch", "plain")]
    assert [row.verdict.word for row in rows] == [NOT_REPRODUCED, REPRODUCED]
    assert [row.not_on_published_engine for row in rows] == [(), ()]
    shown = format_claims(rows)["verdict"].tolist()
    assert shown == ["**not reproduced** with scan", "**reproduced** with snntorch"]


def test_where_only_ours_ran_the_row_tells_how_to_run_the_papers():
    networks = ("exp3_snn_mnist", "exp3_snn_nmnist")
    runs = pair(networks=networks)
    row = of(runs, "exp3_snn_nmnist_epoch_s")
    assert format_claims([row])["engines"][0] == (
        "scan / scan (the paper's engine did not run: `also_on: [snntorch]` in "
        "exp3_snn_nmnist and exp3_snn_mnist)"
    )
    assert of(runs, "exp3_snn_nmnist_accuracy_pct").not_on_published_engine == ()
    theirs = [changed(run, "train", engine="snntorch") for run in runs]
    assert of(theirs, "exp3_snn_nmnist_epoch_s").not_on_published_engine == ()
    half = [*runs, *paper_runs("exp3_snn_mnist-snntorch")]
    assert of(half, "exp3_snn_nmnist_epoch_s").not_on_published_engine == (
        "exp3_snn_nmnist",
    )
    both = [*half, *paper_runs("exp3_snn_nmnist-snntorch")]
    row = of(both, "exp3_snn_nmnist_epoch_s", "exp3_snn_nmnist-snntorch")
    assert row.networks == ("exp3_snn_nmnist-snntorch", "exp3_snn_mnist-snntorch")


def test_cells_of_a_row():
    runs = [*paper_runs("exp1_ann", seconds=[1] * 3)]
    runs += paper_runs("exp1_snn-snntorch", seconds=[2.8] * 3)
    assert format_claims([of(runs, "exp1_snn_epoch_s")]).iloc[0].to_dict() == {
        "claim": "the SNN takes 181 % more time per epoch",
        "the paper": "×2.81 (Table I: 26.38 / 9.39)",
        OURS: "×2.80 [2.80, 2.80]",
        "seeds": "3",
        "engines": "snntorch / plain",
        "reproduced if": "×2.25 to 3.51",
        "verdict": "**reproduced** with snntorch",
    }
    row = format_claims([of(pair(seeds=1), "exp1_ann_gap_points")]).iloc[0]
    assert row["the paper"] == "+0.34 points (Table I: 2.02 − 1.68)"
    assert row[OURS] == "0.00 points"  # nothing has no sign
    assert row["reproduced if"] == "more than 0.00 points"
    assert row["verdict"] == "not testable here: one seed gives no interval"


def test_cells_of_claims_of_a_study_that_did_not_run():
    shown = format_claims(judge_claims(paper_runs("exp1_ann"))).set_index("claim")
    row = shown.loc["N-MNIST draws less power in training"]
    assert row["reproduced if"] == "less than ×1.00"
    assert (row[OURS], row["seeds"], row["engines"]) == ("–", "0", "–")
    best = "N-MNIST is best after a similar number of epochs"
    assert shown.loc[best, "the paper"] == "+1.0 epochs (Table I: 10 − 9)"
    first = "the first epoch is slower: data is loaded while training"
    assert shown.loc[first, "the paper"] == "no number (text)"
    times = ("the SNN takes 12.6 times the", "N-MNIST takes 2.04 times the")
    assert {f"{words} time per epoch" for words in times} < set(shown.index)


def test_the_abstract_contradicts_table_1():
    (paragraph,) = describe_contradiction(PAPER, "2")
    for part in (
        "power +142 % in the abstract but +128 % in Table I (133.2 / 58.5)",
        "memory +128 % in the abstract but +143 % in Table I (39.3 / 16.2)",
        "The abstract has the two the other way round",
        "Each figure of the abstract lies in the range of its row",
    ):
        assert part in paragraph
    assert not describe_contradiction(PAPER, "1") + describe_contradiction(PAPER, "3")
    shown = format_claims(judge_claims(paper_runs("exp1_ann")))["the paper"].tolist()
    assert "×2.28 (Table I: 133.2 / 58.5); abstract: 142 % more" in shown


def test_unrounded_numbers():
    runs = [*paper_runs("exp1_ann", 2, seconds=[3, 3]), *paper_runs("exp1_snn", 2)]
    table = make_claim_frame(judge_claims(runs))
    assert table["claim"].tolist() == list(CLAIMED)
    row = table.set_index("claim").loc["exp1_snn_epoch_s"]
    assert row[["ours", "low", "high"]].tolist() == pytest.approx([2 / 3] * 3)
    ends = row[["published", "range_low", "range_high"]].tolist()
    assert ends == pytest.approx(CLAIMED["exp1_snn_epoch_s"][:3])
    names = ("network", "reference", "engine", "reference_engine", "seeds", "verdict")
    assert row[[*names]].tolist() == [
        *("exp1_snn", "exp1_ann", "scan", "plain", 2, NOT_REPRODUCED)
    ]
    first = table.set_index("claim").loc["exp3_snn_nmnist_first_epoch_ratio"]
    assert first["range_high"] == inf
    assert np.isnan(first["published"]) and np.isnan(first["ours"])
    assert first["reasons"] == "exp3_snn_nmnist did not run"


def test_the_page_of_runs_as_they_are_written(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add("exp1_ann", "ANN", neuron="relu")
    study.add("exp1_snn", "SNN", factor=2.5)
    runs = study.read()
    rows = judge_claims(runs)
    page = render_claims(rows, runs)
    parts = page.split("\n## Experiment ")[1:]
    assert [part[0] for part in parts] == ["1", "2", "3"]
    assert [part.count("| not testable here: ") for part in parts] == [7, 5, 10]
    for part in (
        "\n\nOf 22 rows: 0 reproduced, 0 not reproduced, 22 not testable here. ",
        *(RULE, "factor 1.25", "| ours [95 % interval] |"),
        *(f"\n- {check.format(study='the paper')}\n" for check in CHECKS),
        *(f"\n| {claim.words} | " for claim in CLAIMS),
        "×2.50 | 2 | snntorch / plain | ×2.25 to 3.51 |",
        "epochs 2, the paper 20; layers 4-10, the paper 256-256-10 |",
        *describe_contradiction(PAPER, "2"),
        *("\n- Data: MNIST: 60,000", "\n- Seeds: 0, 1.", "\n- Machine: Made Board"),
        "\n- Versions: python 3.11",
    ):
        assert part in page
    further = page.count("not testable here (a call for further work)")
    assert further == len(PAPER.calls)


def test_a_table_of_no_claims_has_its_columns():
    rows = judge_claims(paper_runs("exp1_ann"))
    assert list(make_claim_frame([])) == list(make_claim_frame(rows))
