import copy

import pytest
import yaml

from spikemeter.report.energy.chips import FILE, read_catalogue
from spikemeter.study.strict_yaml import ConfigError, read_yaml


@pytest.fixture
def content():
    return copy.deepcopy(read_yaml(FILE))


def read(tmp_path, content):
    path = tmp_path / "chips.yaml"
    path.write_text(yaml.safe_dump(content))
    return read_catalogue(path)


def test_the_published_constants():
    chips = read_catalogue().chips
    found = {
        name: {key: constant.energy_pj for key, constant in chip.constants.items()}
        for name, chip in chips.items()
    }
    assert found == {
        "cmos45": {"add": 0.9, "multiply": 3.7, "cache_access": 10},
        "truenorth": {"event_marginal": 2.3, "event_whole_chip": 26},
        "loihi": {"synaptic_event": 23.6, "hop": 4.0}
        | {"update_active": 81, "update_inactive": 52},
    }
    assert chips["loihi"].joules("update_active") == pytest.approx(81e-12)


def test_truenorths_marginal_energy_follows_from_the_powers_that_it_names():
    events_per_s = (95.93 - 11.58) * 2**20 * 128  # neurons, with so many synapses
    marginal_pj = (94e-3 - 68e-3) / events_per_s * 1e12
    assert round(marginal_pj, 1) == 2.3


def test_no_number_without_a_source_or_for_chips_that_published_none():
    chips, sources = read_catalogue().chips, read_catalogue().sources
    used = {each.source for chip in chips.values() for each in chip.constants.values()}
    assert all(", doi 10." in sources[name].text for name in used)
    assert set(read_catalogue().unknown) == {"Loihi 2", "SpiNNaker 2", "Speck", "Akida"}
    assert chips.keys().isdisjoint(read_catalogue().unknown)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"energy_pj": 0}, "energy_pj is 0 but must be greater than 0"),
        ({"energy_pj": "4.6 pJ"}, "energy_pj is '4.6 pJ' but must be a number"),
        ({"energy_pj": float("nan")}, "energy_pj is nan but must be a finite number"),
        ({"kind": "guessed"}, "kind is 'guessed' but must be one of measured silicon"),
        (
            {"source": "nobody"},
            "source is 'nobody' but must be one of sources: akopyan2015",
        ),
        ({"includes": ""}, "includes is '' but must be text with at least 1 character"),
        ({"energy_nj": 1}, "energy_nj is not a setting (did you mean energy_pj?)"),
        ({"first_hand": True}, "via must be left out if first_hand is True"),
        ({"first_hand": "no"}, "first_hand is 'no' but must be true or false"),
    ],
)
def test_a_wrong_constant_is_refused_by_file_and_key(
    tmp_path, content, change, message
):
    content["chips"]["loihi"]["constants"]["hop"] |= change
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)
    assert f"{tmp_path}/chips.yaml: chips.loihi.constants.hop" in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("key", ["energy_pj", "includes", "kind", "source"])
def test_a_constant_needs_all_that_tells_what_it_is(tmp_path, content, key):
    del content["chips"]["cmos45"]["constants"]["add"][key]
    with pytest.raises(ConfigError, match=f"constants.add lacks {key}"):
        read(tmp_path, content)


def test_a_value_at_second_hand_names_the_text_that_was_read(tmp_path, content):
    del content["chips"]["cmos45"]["constants"]["add"]["via"]
    with pytest.raises(ConfigError, match=r"add: via must name the text that was read"):
        read(tmp_path, content)


def test_unknown_and_missing_chips_and_constants_are_refused(tmp_path, content):
    content["chips"]["akida"] = content["chips"].pop("truenorth")
    content["chips"]["loihi"]["constants"].pop("hop")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)
    assert "chips lacks truenorth" in str(caught.value)
    assert "chips.akida is not a key of chips" in str(caught.value)
    assert "chips.loihi.constants lacks hop" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("doi", "dx.doi.org/1", "must be a DOI such as"),
        ("year", 14, "must be at least 1950"),
        ("looked_up", "yesterday", "must be a date such as"),
    ],
)
def test_a_source_is_complete(tmp_path, content, key, value, message):
    content["sources"]["merolla2014"][key] = value
    with pytest.raises(ConfigError, match=f"sources.merolla2014.{key} is .* {message}"):
        read(tmp_path, content)
