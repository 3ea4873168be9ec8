"""What the report answers: a sentence claims no more than its numbers."""

import pytest

from spikemeter.report.answer import list_answers
from spikemeter.report.runs import group_by_network
from tests.report.made_up import CPU, GPU, SAMPLE, STAND_IN, Study

OTHER_BOARD = GPU | {"board": "Another Board"}
NOISE = (-1, 1, 0)
TIE = {"published": "nhsjs2024/exp1_snn"}


@pytest.fixture
def answered(tmp_path):
    """Give the answers of a study of one pair; changes are of the spiking network."""

    def of(seeds=(0,), plain=None, **changes):
        made = Study(tmp_path / "runs", list(seeds))
        made.add("ann", "ANN", neuron="relu", **(TIE | (plain or {})))
        made.add("snn", "SNN", **(TIE | {"compare_to": "ann"} | changes))
        return said(made)

    return of


def said(made):
    return list_answers(made.tables(), group_by_network(made.read()))


@pytest.mark.parametrize(
    ("pct", "difference"),
    [(92, "2.00 points more"), (89, "1.00 points less"), (90, "as many")],
)
def test_one_seed_on_the_papers_data(answered, pct, difference):
    answers = answered(right_pct=pct)
    assert [answer.title for answer in answers] == [
        "Is the spiking network as accurate?",
        "What did it cost on this hardware?",
        "What would other chips change?",
    ]
    assert answers[0].findings == [
        f"Experiment 1: SNN classifies {pct}.00 % of the test samples correctly, its "
        f"twin ANN 90.00 %: {difference}, with one seed; a different seed could "
        "reverse this."
    ]


@pytest.mark.parametrize(
    ("points", "told"),
    [
        (4, "the spiking network is more accurate."),
        (-4, "the spiking network is less accurate."),
        (0, "the seeds do not show which of the two is more accurate."),
    ],
)
def test_several_seeds(answered, points, told):
    accuracy, _, _ = answered(
        (0, 1, 2), right_pct=lambda seed: 90 + seed + points + NOISE[seed]
    )
    assert accuracy.findings[0].endswith(told)
    # t of 2 degrees of freedom, 4.3027, times 1 / sqrt(3).
    low, high = (f"{points + end:.2f}".replace("-", "−") for end in (-2.48414, 2.48414))
    interval = f"95 % interval of the difference over 3 seeds {low} to {high}: "
    assert interval in accuracy.findings[0]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (
            STAND_IN,
            "coloured_digits, a stand-in: this says nothing about the data set that it "
            "stands in for.",
        ),
        (
            SAMPLE,
            "MNIST (5,000 training and validation and 1,000 test samples), only a part "
            "of the paper's data, or not verified: accuracies do not compare with "
            "those of the paper.",
        ),
    ],
)
def test_what_other_data_does_not_say_about_the_papers(answered, data, told):
    accuracy, _, chips = answered(data=data, plain={"data": data})
    assert accuracy.findings[0].endswith(f"The data is {told}")
    assert ("counted on a stand-in" in chips.findings[0]) == data["stand_in"]


def test_metered_on_a_graphics_board(answered):
    _, cost, _ = answered((0, 1, 2), factor=lambda seed: 2.5 + 0.1 * NOISE[seed])
    found = cost.findings[0]
    assert found.startswith(
        "Experiment 1: SNN (engine snntorch; ANN: plain) takes 2.50 times [2.26, 2.76] "
        "as long per epoch as ANN, and "
    )
    assert " the energy per epoch and " in found
    assert found.endswith("the energy per inference, with 3 seeds.")
    assert cost.caveats == [
        "Machine: Made Board, driver 555, Made CPU, 8.0 GiB of memory, Linux.",
        "Energy is that of the whole GPU, idle power included.",
        "In brackets: 95 % intervals over the seeds.",
        "The interval of an energy includes the meter's error.",
    ]


def test_not_metered_and_not_the_papers_engine(answered):
    _, cost, _ = answered(conditions=CPU, engine="events", plain={"conditions": CPU})
    assert cost.findings == [
        "Experiment 1: SNN (engine events; ANN: plain) takes 1.00 times as long per "
        "epoch as ANN, with one seed. Energy could not be metered: no RAPL on this "
        "machine."
    ]
    assert not [caveat for caveat in cost.caveats if caveat.startswith("Energy")]
    assert cost.caveats[-1].startswith("None of these spiking networks was computed")


def test_different_machines_do_not_compare(answered):
    _, cost, _ = answered(conditions=OTHER_BOARD)
    (found,) = cost.findings
    assert "cannot be compared: the two networks ran on different machines" in found
    assert "times" not in found


def test_estimates_are_called_so(answered):
    chips = answered()[2]
    assert chips.findings[0].startswith("Experiment 1: SNN takes, by estimate, ")
    assert "on 45 nm CMOS: the estimates do not show which" in chips.findings[0]
    assert " µJ on TrueNorth and " in chips.findings[0]
    assert chips.caveats[0].startswith("Estimated, not measured: ")


def test_estimates_that_all_say_the_same(tmp_path):
    made = Study(tmp_path, [0])
    made.add("ann", "ANN", neuron="relu")
    made.add("snn", "SNN", compare_to="ann")
    runs, frames = made.read(), made.tables()
    on_cmos = "times the energy of ANN for an inference on 45 nm CMOS"
    for best, worst, told in (
        (0.1, 0.5, f"0.10 to 0.50 {on_cmos}: less by every estimate"),
        (2.0, 3.0, f"2.00 to 3.00 {on_cmos}: more by every estimate"),
    ):
        ends = ["cmos45_by_twin_best", "cmos45_by_twin_worst"]
        frames["estimates"].loc[1, ends] = best, worst
        assert told in list_answers(frames, group_by_network(runs))[2].findings[0]


@pytest.mark.parametrize(
    ("neuron", "found"),
    [
        ("lif", "No spiking network is compared with a conv"),
        ("relu", "No spiking network ran, so there is nothing to compare."),
    ],
)
def test_without_a_twin_or_a_spiking_network(tmp_path, neuron, found):
    made = Study(tmp_path, [0])
    made.add("one", "1", neuron=neuron)
    made.add("other", "2", neuron=neuron, compare_to="one")
    (answer,) = said(made)
    assert answer.findings[0].startswith(found)
