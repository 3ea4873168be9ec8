import hashlib
import json
import math

import pytest

from spikemeter import files
from spikemeter.files import (
    read_json,
    sha256,
    verify_checksum,
    write_json,
    write_text,
    write_whole,
)


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_text_is_written_whole_into_a_new_folder(tmp_path):
    path = tmp_path / "a" / "b" / "text.md"
    write_text(path, "µ – ü\n")
    assert path.read_bytes() == "µ – ü\n".encode()
    write_text(str(path), "new")
    assert path.read_text() == "new"
    assert names(path.parent) == ["text.md"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(error), write_whole(path) as temporary:
        temporary.write_text("half of the ne")
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".csv"
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


def test_the_file_appears_only_at_the_end(tmp_path):
    path = tmp_path / "new.txt"
    with write_whole(path) as temporary:
        temporary.write_text("content")
        assert not path.exists()
    assert path.read_text() == "content"


def test_a_block_that_writes_nothing_makes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError), write_whole(tmp_path / "new.txt"):
        pass
    assert names(tmp_path) == []


def test_json_round_trip(tmp_path):
    value = {"b": [1, 2.5, None], "a": {"text": "µ"}}
    write_json(tmp_path / "value.json", value)
    assert read_json(tmp_path / "value.json") == value
    assert list(read_json(tmp_path / "value.json")) == ["b", "a"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_json_refuses_what_is_no_number(tmp_path, number):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "value.json", {"loss": [number]})
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "content", [b"", b'{"a": 1', b"[1]", b"3", b"\xff\xfe", json.dumps("a").encode()]
)
def test_damaged_json_says_what_to_do(tmp_path, content):
    path = tmp_path / "value.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"value\.json is damaged .*: delete it and"):
        read_json(path)


def test_a_partial_file_of_a_killed_process_is_removed(tmp_path):
    (tmp_path / ".table.host-7.partial.csv").write_text("half")
    (tmp_path / ".other.host-7.partial.csv").write_text("of another file")
    write_text(tmp_path / "table.csv", "whole")
    assert sorted(names(tmp_path)) == [".other.host-7.partial.csv", "table.csv"]


def test_every_flipped_bit_of_json_is_seen(tmp_path):
    path = tmp_path / "value.json"
    write_json(path, {"accuracy": 0.9125, "tied": 3})
    whole = path.read_bytes()
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        with pytest.raises(ValueError, match=r"value\.json is damaged"):
            read_json(path)


def test_json_of_others_is_refused(tmp_path):
    path = tmp_path / "value.json"
    for content in ({"accuracy": 1.0}, {"accuracy": 1.0, "sha256": 7}):
        path.write_text(json.dumps(content))
        with pytest.raises(ValueError, match="its checksum differs"):
            read_json(path)


@pytest.mark.parametrize("written", [1, 2, 4])
def test_json_of_another_format_says_what_to_do(tmp_path, monkeypatch, written):
    path = tmp_path / "value.json"
    monkeypatch.setattr(files, "FORMAT", written)
    write_json(path, {"accuracy": 1.0})
    if written == 1:  # which had no number
        text = path.read_text().replace('"format": 1,\n  ', "")
        seal = json.loads(text)["sha256"]
        digest = hashlib.sha256(text.replace(seal, "").encode()).hexdigest()
        path.write_text(text.replace(seal, digest))
    monkeypatch.undo()
    with pytest.raises(ValueError, match=f"json has format {written} .* 3: delete it"):
        read_json(path)


def test_verify(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    verify_checksum(tmp_path / "file", sha256(tmp_path / "file"))
    with pytest.raises(ValueError, match=r"file is damaged \(its checksum differs\)"):
        verify_checksum(tmp_path / "file", sha256(__file__))
    with pytest.raises(ValueError, match=r"is damaged \(a folder\)"):
        verify_checksum(tmp_path, sha256(__file__))


def test_sha256(tmp_path):
    content = bytes(range(256)) * 1000
    (tmp_path / "file").write_bytes(content)
    assert sha256(tmp_path / "file") == hashlib.sha256(content).hexdigest()
