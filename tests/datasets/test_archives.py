import gzip
import tarfile

import numpy as np
import pytest

from spikemeter.datasets.fetch.archives import gunzip, unpack_tar
from tests.datasets.published import md5, tar_of

LIMIT = 100_000


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_a_link_in_place_of_a_file_is_refused(tmp_path, kind):
    link = tarfile.TarInfo("in/a")
    link.type, link.linkname = kind, "/etc/passwd"
    (tmp_path / "x.tar.gz").write_bytes(tar_of({"a": link}))
    with pytest.raises(ValueError, match=r"in/a .* not a plain file"):
        unpack_tar(
            tmp_path / "x.tar.gz", "in/", {"a": md5(b"")}, tmp_path / "out", LIMIT
        )
    assert not (tmp_path / "out").exists()


def test_members_that_climb_out_are_not_written(tmp_path):
    members = {
        "../evil": b"x",
        "/tmp/evil": b"x",
        "in/../../evil": b"x",
        "in/a": b"good",
    }
    (tmp_path / "x.tar.gz").write_bytes(tar_of(members))
    unpack_tar(
        tmp_path / "x.tar.gz", "in/", {"a": md5(b"good")}, tmp_path / "out", LIMIT
    )
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert found == {"x.tar.gz", "out", "out/a"}


def test_a_tar_that_is_cut_short_or_lacks_a_file_is_refused(tmp_path):
    noise = np.random.default_rng(0).bytes(50_000)
    whole = tar_of({"in/a": noise})
    wanted = {"a": md5(noise)}
    for contents in (whole[:20_000], b"", b"not a tar"):
        (tmp_path / "x.tar.gz").write_bytes(contents)
        with pytest.raises(ValueError, match=r"not a whole tar\.gz"):
            unpack_tar(tmp_path / "x.tar.gz", "in/", wanted, tmp_path / "out", LIMIT)
    (tmp_path / "x.tar.gz").write_bytes(whole)
    with pytest.raises(ValueError, match="lacks in/b"):
        wanted["b"] = md5(b"")
        unpack_tar(tmp_path / "x.tar.gz", "in/", wanted, tmp_path / "out", LIMIT)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]


def test_a_gzip_file_that_is_cut_short_leaves_nothing(tmp_path):
    whole = gzip.compress(np.random.default_rng(0).bytes(50_000))
    for contents in (whole[:20_000], whole[:-8] + bytes(8), b"no gzip"):
        (tmp_path / "a.gz").write_bytes(contents)
        with pytest.raises(ValueError, match="not a whole gzip file"):
            gunzip(tmp_path / "a.gz", tmp_path / "out" / "a", LIMIT)
        assert not list((tmp_path / "out").iterdir())
