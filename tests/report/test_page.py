"""The report page: whole, safe, readable by everyone, the same each time."""

import base64
import re
from html.parser import HTMLParser
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.colors import to_rgb

from spikemeter.report.page import render
from spikemeter.report.page.render import join_numbers, mark_inline, render_page
from spikemeter.report.page.shown_table import ShownTable
from tests.report.made_up import STAND_IN, Study

VOID = {"meta", "img", "br", "hr", "link", "input"}
SVG = b'<?xml?><svg xmlns="http://www.w3.org/2000/svg" width="360pt" height="9pt"/>'
ANN, SNN = "exp1_ann", "exp1_snn"
# The name of a file, its entry in the registry and the networks that it shows.
FIGURES = {
    "energy": ("energy", (ANN, SNN)),
    "anytime1": ("anytime", (ANN, SNN)),
    "experiment1": ("experiment", (ANN, SNN)),
    "examples": ("examples", ()),
    "saccades": ("saccades", ()),
    "architecture_exp1_ann": ("architecture", (ANN,)),
    "architecture_exp1_snn": ("architecture", (SNN,)),
    "neuron": ("neuron", ()),
    "unrolled_forward": ("unrolled_forward", ()),
    "unrolled_backward": ("unrolled_backward", ()),
}
HOSTILE = "<script>alert(1)</script>\"'&*b*`c`"
CONTRAST = 4.5  # WCAG 2.2, level AA


class Element(dict):
    """The attributes of an element, with its name and text."""

    def __init__(self, name, attributes):
        super().__init__(attributes)
        self.name, self.text = name, ""


class Page(HTMLParser):
    """The elements of a page, in order; a tag that does not close is an error."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        element = Element(tag, attrs)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop().name == tag

    def handle_data(self, data):
        for element in self.open:
            element.text += data

    def all(self, *names):
        return [element for element in self.elements if element.name in names]

    def values(self, attribute):
        return [each[attribute] for each in self.elements if attribute in each]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    study = Study(tmp_path_factory.mktemp("study"), [0, 1])
    study.add("exp1_ann", "ANN", neuron="relu")
    study.add("exp1_snn", "SNN", compare_to="exp1_ann", factor=2.5)
    return study


def written(study, figures=FIGURES, label="off"):
    names = [name for name in study.spec["order"] if "-" not in name]
    networks = {name: {"layers": "4-10"} for name in reversed(names)}
    config = {"networks": {"off": {"label": label}} | networks, "seeds": [0, 1]}
    drawn = [
        {"name": name, "entry": entry, "title": "Experiment 1", "networks": networks}
        for name, (entry, networks) in FIGURES.items()
        if name in figures
    ]
    spec = study.spec | {"config": config, "figures": drawn, "omitted": []}
    made_from = {"spec": spec, "key": "0123456789ab"}
    return render_page(study.read(), made_from, dict.fromkeys(figures, SVG))


@pytest.fixture(scope="module")
def text(made):
    return written(made)


@pytest.fixture(scope="module")
def parsed(text):
    return Page(text)


def test_headings_language_title_and_a_way_past_the_contents(parsed):
    levels = [int(e.name[1]) for e in parsed.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert max(levels) == 3
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert parsed.all("html")[0]["lang"] == "en"
    assert parsed.all("title")[0].text == parsed.all("h1")[0].text
    assert parsed.all("a")[0]["href"] == "#answer"
    # In the order of what a reader asks.
    assert [e["id"] for e in parsed.all("h2")] == [
        *("contents", "answer", "claims", "tables", "figures", "runs"),
        *("config", "again", "sources"),
    ]


def test_places_are_unique_and_every_link_leads_to_one(parsed):
    places = parsed.values("id")
    assert len(set(places)) == len(places)
    linked = {link.removeprefix("#") for link in parsed.values("href")}
    assert len(linked) > 20
    assert linked | {*parsed.values("aria-labelledby")} <= {*places}


def test_nothing_is_loaded(text, parsed):
    sources = parsed.values("src")
    assert len(sources) == len(FIGURES)
    assert all(s.startswith("data:image/svg+xml;base64,") for s in sources)
    assert base64.b64decode(sources[0].partition(",")[2]) == SVG
    assert {image["width"] for image in parsed.all("img")} == {"600"}
    assert not parsed.all("script", "link", "iframe", "object", "base", "form")
    assert not re.search(r"url\(|@import|http-equiv|https?://[^ ]*['\"]", text)


def test_every_figure_says_what_it_shows(parsed):
    texts, captions = parsed.values("alt"), parsed.all("figcaption")
    assert len(set(texts)) == len(captions) == len(FIGURES)
    assert min(map(len, [*texts, *(caption.text for caption in captions)])) > 40


def test_a_figure_that_is_cut_is_refused(made, monkeypatch):
    monkeypatch.setattr("tests.report.test_page.SVG", b"<svg")
    with pytest.raises(ValueError, match=r"figures/neuron\.svg has no width in pt"):
        written(made, ["neuron"])


def test_tables_have_captions_and_heads(parsed):
    tables = parsed.all("table")
    assert len(parsed.all("caption")) == len(tables)
    assert all(caption.text.strip() for caption in parsed.all("caption"))
    scopes = [e["scope"] for e in parsed.all("th")]
    assert set(scopes) == {"col", "row"}
    assert scopes.count("row") == len(parsed.all("tr")) - len(parsed.all("thead"))
    # Wide tables scroll by keyboard too.
    regions = [e for e in parsed.all("div") if e.get("class") == "scroll"]
    assert len(regions) >= 10
    for region in regions:
        assert region["aria-labelledby"]
        assert (region["role"], region["tabindex"]) == ("region", "0")


def test_the_page_shows_tables_answer_and_verdicts(parsed):
    cells = [e.text for e in parsed.all("td", "th")]
    # Of Table II: mean accuracy of the seeds, its interval, and the paper's.
    accuracy = "90.50\u00a0±\u00a06.35 (98.05)"
    assert {accuracy, "comparable test accuracy"} <= {*cells}
    for said in (
        "Is the spiking network as accurate?",
        "SNN (engine snntorch; ANN: plain) takes 2.50 times",
        "not testable here: epochs 2, the paper 20",
    ):
        assert said in parsed.all("main")[0].text


def test_every_run_with_all_its_conditions_and_the_config(parsed):
    runs = [e for e in parsed.all("details") if "id" in e]
    ids = [f"run-{network}-{seed}" for network in (ANN, SNN) for seed in (0, 1)]
    assert [e["id"] for e in runs] == ids
    text = runs[3].text
    for said in (
        *("layers", "4-10", "snntorch", "Made Board", "versions.torch", "2.15"),
        *("CC BY-SA 3.0", "train exp1_snn", "test exp1_snn", "steps.csv", "0" * 64),
    ):
        assert said in text
    config = yaml.safe_load(parsed.all("pre")[0].text)
    assert list(config["networks"]) == [ANN, SNN, "off"]  # in the order of the rows
    assert config["seeds"] == [0, 1]


def test_a_study_of_ones_own_has_no_claims_and_no_paper(tmp_path):
    study = Study(tmp_path, [0])
    study.add("mine", "Mine", experiment="width", neuron="relu")
    study.add("spiking", "Spiking", experiment="width", compare_to="mine")
    study.add("spiking-scan", "Spiking (scan)", experiment="width")
    parsed = Page(written(study, []))
    assert [e["id"] for e in parsed.all("h2")] == [
        *("contents", "answer", "tables", "runs", "config", "again", "sources")
    ]
    said = parsed.all("body")[0].text.lower()
    for word in ("paper", "claim", "reproduce", "study that"):
        assert word not in said
    # A variant on another engine is no network of the config.
    assert "spiking-scan" in said
    networks = yaml.safe_load(parsed.all("pre")[0].text)["networks"]
    assert list(networks) == ["mine", "spiking", "off"]


def test_equal_results_give_an_equal_page(made, text):
    assert written(made) == text


def test_hostile_texts_stay_texts(tmp_path):
    data = STAND_IN | {"title": HOSTILE, "licence": HOSTILE, "citation": HOSTILE}
    study = Study(tmp_path, [0])
    study.add("exp1_ann", HOSTILE, neuron="relu", data=data)
    study.add("exp1_snn", HOSTILE, compare_to="exp1_ann", data=data)
    parsed = Page(written(study, label=HOSTILE))
    assert not parsed.all("script", "b")
    assert HOSTILE in parsed.all("summary")[0].text
    config = yaml.safe_load(parsed.all("pre")[0].text)
    assert config["networks"]["off"]["label"] == HOSTILE
    assert f"{HOSTILE} ‡" in [e.text for e in parsed.all("th")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**kept** and *leaned*", "<strong>kept</strong> and <em>leaned</em>"),
        ("`a < b`", "<code>a &lt; b</code>"),
        ("2 * 3", "2 * 3"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_inline(text, shown):
    assert mark_inline(text) == shown


def test_columns_of_numbers():
    frame = pd.DataFrame(
        {
            "network": ["SNN", "ANN"],
            "acc": ["98.05 ± 0.20 (97.81)", "–"],
            "J": ["4.56–51.6 µJ", "1.2 nJ"],
            "p": ["< 0.001", "0.040"],
            "°": ["3.5°", "−1.00 [−2.00, 0.00]"],
            "layer": ["1: FC 16", "2: FC 10"],
            "data": ["MNIST, 60,000", "–"],
        }
    )
    shown = ShownTable("name", "Title", frame)
    assert (shown.head, shown.numeric) == (0, {1, 2, 3, 4})


def test_numbers_break_only_before_brackets():
    assert join_numbers("1.0 ± 0.2 (98.05)") == "1.0\u00a0±\u00a00.2 (98.05)"
    assert join_numbers("3.2 [2.9, 3.5] (2.8)") == "3.2 [2.9,\u00a03.5] (2.8)"


def test_contrast():
    assert ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WCAG's own
    style = Path(render.__file__).with_name("page.css").read_text()
    blocks = re.findall(r":root \{([^}]*)\}", style)[:2]
    light, dark = (dict(re.findall(r"--(\w+): (#\w{6});", block)) for block in blocks)
    assert light.keys() == dark.keys()
    inks, grounds = ("ink", "muted", "link"), ("paper", "panel")
    for colours, ink, ground in product((light, dark), inks, grounds):
        assert ratio(colours[ink], colours[ground]) >= CONTRAST


def ratio(one, other):
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    parts = np.array(to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)
