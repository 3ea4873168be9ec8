"""Published studies: what a file holds, and what is refused in it."""

import copy

import pytest
import yaml

from spikemeter.report.published import StatedSetting
from spikemeter.report.ties import FOLDER, find_tie, read_published
from spikemeter.study.strict_yaml import ConfigError, read_yaml


@pytest.fixture
def content():
    return copy.deepcopy(read_yaml(FOLDER / "nhsjs2024.yaml"))


def refusal(tmp_path, content):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError) as caught:
        read_published(path)
    return str(caught.value)


def test_a_tie_names_a_study_and_a_row():
    tie = find_tie("nhsjs2024/exp3_snn_mnist")
    assert tie.figures["train.epoch_s"] == 285.87
    assert tie.settings["surrogate"].text == "atan or atan_paper"
    with pytest.raises(ConfigError, match=r"names no file .* with one of nhsjs2024"):
        find_tie("exp1_snn")
    with pytest.raises(ConfigError, match=r"names no row .* its rows are exp1_ann, "):
        find_tie("nhsjs2024/exp9")


@pytest.mark.parametrize(
    ("stated", "allowed", "refused"),
    [
        (0.8, 0.8, 0.9),
        ([1, 28, 28], (1, 28, 28), [1, 28, 27]),
        ({"one_of": ["atan", "atan_paper"]}, "atan_paper", "sigmoid"),
        ({"at_least": 300}, 301, 299),
        ({"at_least": 300}, 300, None),
        ({"matches": r"(\d+C5-P2-){2}\d+"}, "8C5-P2-8C5-P2-10", "8C5-P2-10"),
    ],
)
def test_a_stated_setting_allows_some_values(stated, allowed, refused):
    setting = StatedSetting.model_validate(stated)
    assert setting.allows(allowed)
    assert not setting.allows(refused)


def row(content):
    return content["rows"]["exp1_snn"]


def claim(content):
    return content["claims"][1]


@pytest.mark.parametrize(
    ("block", "change", "message"),
    [
        (row, {"data": "other"}, "rows.exp1_snn.data: other is not one of cifar10"),
        (row, {"test": {"accuracy": 98}}, "rows.exp1_snn: test.accuracy is not one of"),
        (row, {"train": {"power_w": "20 W"}}, "power_w is '20 W' but must be a number"),
        (row, {"train": {"power_w": float("inf")}}, "must be a finite number"),
        (row, {"settings": {"beta": {}}}, "settings.beta: needs exactly one of one_of"),
        (row, {"settings": {"beta": {"matches": "("}}}, "matches: no regular exp"),
        (
            *(row, {"chosen": {"steps": {"words": "why", "by": ["exp1_snn/x"]}}}),
            "rows.exp1_snn.chosen.steps.by: exp1_snn/x is not one of exp1_ann/train.",
        ),
        (row, {"colour": 1}, "rows.exp1_snn.colour is not a setting; allowed in"),
        (claim, {"networks": ["exp1_snn", "x"]}, "claims[1].networks: x is not one of"),
        (claim, {"quantity": "epoch_s"}, "claims[1].quantity: epoch_s is not one of"),
        (claim, {"experiment": "9"}, "claims[1].experiment: 9 is not one of 1, 2, 3"),
        (claim, {"scale": "log"}, "claims[1].scale is 'log' but must be one of ratio"),
        (claim, {"words": "{ratio}"}, "claims[1]: words may hold {times} and {pct}"),
        (claim, {"networks": ["exp1_snn"], "scale": "points"}, "are of two networks"),
        (claim, {"range": {}}, "claims[1].range: needs exactly one of within_factor"),
        (claim, {"range": {"within_factor": 1}}, "must be greater than 1"),
        (
            *(claim, {"networks": ["exp1_snn"]}),
            "within_factor but train.epoch_s is not published for two networks",
        ),
        (
            *(claim, {"range": {"within_sampling": True}}),
            "within_sampling but train.epoch_s is not the test accuracy of two",
        ),
        (lambda whole: whole, {"claims": None}, "claims is None but must be a list"),
    ],
)
def test_a_wrong_entry_is_one_line_with_file_and_key(
    tmp_path, content, block, change, message
):
    block(content).update(change)
    text = refusal(tmp_path, content)
    assert text.startswith(f"{tmp_path}/mine.yaml: ")
    assert message in text
    assert len(text.splitlines()) == 1


def test_a_derived_figure_is_fitted_by_what_it_is_derived_from(tmp_path, content):
    chosen = {"words": "the time", "by": ["exp1_snn/train.epoch_s"]}
    content["rows"]["exp1_snn"]["chosen"] = {"steps": chosen}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    study = read_published(path)
    fitted = [c.quantity for c in study.claims if study.find_fitted(c)]
    assert fitted[:2] == ["train.epoch_s", "train.epoch_energy_j"]
