import gzip
import tarfile

import numpy as np
import pytest

from spikemeter.datasets.fetch.archives import gunzip, unpack_tar
from tests.datasets.published import md5, tar_of

LIMIT = 100_000


def unpack(tmp_path, contents, **wanted):
    """Unpack files of the folder ``in`` of an archive."""
    (tmp_path / "x.tar.gz").write_bytes(contents)
    checksums = {name: md5(body) for name, body in wanted.items()}
    unpack_tar(tmp_path / "x.tar.gz", "in/", checksums, tmp_path / "out", LIMIT)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_a_link_in_place_of_a_file_is_refused(tmp_path, kind):
    link = tarfile.TarInfo("in/a")
    link.type, link.linkname = kind, "/etc/passwd"
    with pytest.raises(ValueError, match=r"in/a .* not a plain file"):
        unpack(tmp_path, tar_of({"a": link}), a=b"")
    assert not (tmp_path / "out").exists()


def test_members_that_climb_out_are_not_written(tmp_path):
    outside = dict.fromkeys(("../evil", "/tmp/evil", "in/../../evil"), b"x")
    unpack(tmp_path, tar_of({**outside, "in/a": b"good"}), a=b"good")
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert found == {"x.tar.gz", "out", "out/a"}


def test_a_tar_that_is_cut_short_or_lacks_a_file_is_refused(tmp_path):
    noise = np.random.default_rng(0).bytes(50_000)
    whole = tar_of({"in/a": noise})
    for contents in (whole[:20_000], b"", b"not a tar"):
        with pytest.raises(ValueError, match=r"not a whole tar\.gz"):
            unpack(tmp_path, contents, a=noise)
    with pytest.raises(ValueError, match="lacks in/b"):
        unpack(tmp_path, whole, a=noise, b=b"")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]


def test_a_gzip_file_that_is_cut_short_leaves_nothing(tmp_path):
    whole = gzip.compress(np.random.default_rng(0).bytes(50_000))
    for contents in (whole[:20_000], whole[:-8] + bytes(8), b"no gzip"):
        (tmp_path / "a.gz").write_bytes(contents)
        with pytest.raises(ValueError, match="not a whole gzip file"):
            gunzip(tmp_path / "a.gz", tmp_path / "out" / "a", LIMIT)
        assert not list((tmp_path / "out").iterdir())
