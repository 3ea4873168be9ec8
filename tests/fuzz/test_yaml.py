"""Whatever bytes a YAML file holds: what cannot be is refused, with its line."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import assume
from hypothesis import strategies as st

from spikemeter.study.strict_yaml import ConfigError, read_yaml
from tests.fuzz.refusals import assert_readable, refuses

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "config.yaml").read_text()
LINES = TEXT.splitlines(keepends=True)
# Lines that hold a key and a value; a second one like it is a key that stands twice.
SETTINGS = [n for n, line in enumerate(LINES) if re.match(r" *[a-z]\w*: [^&]", line)]
STARTS = [0, *(n for n, line in enumerate(LINES) if re.match(r"\w+:", line))]
# What no character of YAML may be, in UTF-8, and what is no UTF-8.
NO_YAML = [b"\x00", b"\x07", b"\x1b", b"\x7f", b"\xef\xbf\xbe", b"\xc2\x80"]
NO_UTF_8 = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf"]
# What makes every file that ends so no YAML, no config, or an endless one.
ENDS = [
    *("x: [1\n", "x: {a: 1\n", 'x: "1\n', "x: '1\n", "\tx: 1\n", "x: 1: 2\n"),
    *("x:\n- 1\n 2:", "x: *nobody\n", "x: &a *a\n", "x: !!python/name:os.system\n"),
    *("x: !!int a\n", "x: !!python/object/apply:os.system [ls]\n", "x: !unknown 1\n"),
    *("x: @a\n", "? [a]\n: 1\n", "? {a: 1}\n: 1\n", "1: 2\n", "no: 1\n", "~: 1\n"),
    *("2026-01-01: 1\n", "1e3: 1\n0x1: 2\n", ".nan: 1\n", "1.5: 1\n"),
    *("x: 2026-13-01\n", "x: !!bool maybe\n", "x: !!float a\n", "x: !!timestamp a\n"),
    *("x: !!binary é\n", 'x: "\\UFFFFFFFF"\n', 'x: "\\q"\n', "--- 1\n", "%YAML 9\n"),
    *("x: &a [*a]\n", "x: &a {b: *a}\n", "<<: 1\n", "<<: [1]\n", "<<: *nobody\n"),
    *("x: {<<: {a: 1}, <<: {a: 2}}\n", "x: {a: 1, a: 2}\n"),
]


def refusal(folder, raw):
    """Return the line that the refusal of a file names."""
    path = folder / "config.yaml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    message = str(caught.value)
    assert_readable(message)
    assert "\n" not in message
    found = re.match(rf"{re.escape(str(path))}, line (\d+): \S", message)
    assert found, message
    return int(found[1])


@refuses(
    150,
    of=150,
    number=st.sampled_from(SETTINGS),
    value=st.sampled_from(
        ["1", "text", "null", "[]", "{}", "*exp4_snn_image", "'a b'"]
    ),
)
def test_a_key_that_stands_twice(number, value, tmp_path):
    copy = LINES[number].partition(":")[0] + f": {value}\n"
    lines = [*LINES[: number + 1], copy, *LINES[number + 1 :]]
    assert refusal(tmp_path, "".join(lines).encode()) == number + 2
    return True


@refuses(
    150,
    of=150,
    place=st.integers(0, 10**5),
    bad=st.sampled_from(NO_YAML + NO_UTF_8),
)
def test_bytes_that_are_no_text(place, bad, tmp_path):
    raw = TEXT.encode()
    place %= len(raw)
    while raw[place] & 0xC0 == 0x80:  # not within a character
        place -= 1
    changed = raw[:place] + bad + raw[place:]
    assert refusal(tmp_path, changed) == 1 + raw.count(b"\n", 0, place)
    return True


@refuses(150, of=150, end=st.sampled_from(ENDS), cut=st.sampled_from(STARTS))
def test_ends_that_no_file_may_have(end, cut, tmp_path):
    head = "".join(LINES[:cut])
    try:
        yaml.safe_load(head)
    except yaml.YAMLError:
        assume(False)
    assume(head.rstrip()[-1:] != ":")
    line = refusal(tmp_path, (head + end).encode())
    assert line > cut - 1  # it may be known only behind the end
    return True


@refuses(
    80,
    of=100,
    kind=st.sampled_from(["deep", "merge", "list"]),
    width=st.integers(1, 12),
    depth=st.integers(1, 60),
)
def test_files_that_would_be_endless(kind, width, depth, tmp_path):
    if kind == "deep":
        opening, closing = ("[", "]") if width % 2 else ("{a: ", "}")
        levels = 20 + depth
        text = f"a:\n  {opening * levels}1{closing * levels}"
    else:
        # As often as it takes for more than 200,000 values.
        while (1 + width) ** depth < 200_000:
            depth += 1
        aliases = "<<: [{}]" if kind == "merge" else "k: [{}]"
        text = "a0: &a0 {k: 1}\n"
        for n in range(depth):
            several = ", ".join([f"*a{n}"] * (1 + width))
            text += f"a{n + 1}: &a{n + 1} {{{aliases.format(several)}}}\n"
    refusal(tmp_path, text.encode())
    return True


def unique(node):
    """Tell whether each block of a composed file has each key once, as text."""
    if isinstance(node, yaml.SequenceNode):
        return all(map(unique, node.value))
    if not isinstance(node, yaml.MappingNode):
        return True
    keys = [key.value for key, _ in node.value]
    texts = all(key.tag.endswith((":str", ":merge")) for key, _ in node.value)
    return (
        texts and len(set(keys)) == len(keys) and all(unique(v) for _, v in node.value)
    )


PIECES = st.sampled_from(
    [
        *(*":-?[]{},&*!|>'\"%@`#\n\t \\", "\n  ", "\n- ", ": ", "a: ", "b: ", "<<: "),
        *("&a ", "*a", "1", "1e-3", ".nan", "yes", "~", "2026-01-01", "---\n", "...\n"),
        *("é", "0x"),
    ]
)


@refuses(
    200,
    of=400,
    pieces=st.lists(PIECES, max_size=12),
    raw=st.just(b"") | st.binary(max_size=30),
)
def test_what_is_accepted_is_what_pyyaml_reads(pieces, raw, tmp_path):
    path = tmp_path / "config.yaml"
    raw = raw or "".join(pieces).encode()
    path.write_bytes(raw)
    try:
        found = read_yaml(path)
    except ConfigError:
        refusal(tmp_path, raw)
        return True
    text = raw.decode()
    assert repr(found) == repr(yaml.safe_load(text))
    assert unique(yaml.compose(text) or yaml.ScalarNode("", ""))
    return False
