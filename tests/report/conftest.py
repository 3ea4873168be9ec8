import pytest

from tests.report.made_up import CPU, SAMPLE, STAND_IN, Study


@pytest.fixture
def study(tmp_path) -> Study:
    """Experiment 1 on a GPU, experiment 2 on a CPU without power; one seed.

    All but `extra` are tied to the study that config.yaml reproduces.
    """
    made = Study(tmp_path / "study", [0])
    made.add("exp1_ann", "ANN", neuron="relu")
    made.add("exp1_snn", "SNN", compare_to="exp1_ann", factor=2.5)
    small = {"experiment": "2", "conditions": CPU}
    made.add("exp2_cnn", "CNN", neuron="relu", data=STAND_IN, **small)
    made.add("extra", "A_B", data=SAMPLE, **small, compare_to="exp2_cnn")
    return made


@pytest.fixture
def make_pair(tmp_path):
    """Return a maker of a study of two networks; changes are of the spiking one."""

    def make(*seeds, plain=None, **changes) -> Study:
        made = Study(tmp_path, list(seeds))
        made.add("exp1_ann", "ANN", **(plain or {}))
        made.add("exp1_snn", "SNN", compare_to="exp1_ann", **changes)
        return made

    return make
