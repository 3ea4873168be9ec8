"""CIFAR-10: colour photographs; its stand-in is coloured digits."""

from spikemeter.datasets.batch_files import BatchDataSet
from spikemeter.datasets.dataset import EmbeddedSample, PublishedFile
from spikemeter.datasets.samples import digits

CIFAR10 = BatchDataSet(
    name="cifar10",
    title="CIFAR-10",
    licence="none stated; the authors ask for a citation",
    citation="A. Krizhevsky: Learning multiple layers of features from tiny images. "
    "Technical report, University of Toronto, 2009",
    sample_shape=(3, 32, 32),
    classes=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    train_samples=50_000,
    test_samples=10_000,
    sample_bytes=3 * 32**2,
    # torchvision, datasets/cifar.py
    raw_files={
        "data_batch_1": "md5:c99cafc152244af753f735de768cd75f",
        "data_batch_2": "md5:d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "md5:54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "md5:634d18415352ddfa80567beed471001a",
        "data_batch_5": "md5:482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "md5:40351d587109b95175f43aff81a1287e",
    },
    raw_bytes=31_035_999,
    published=(
        PublishedFile(
            "cifar-10-python.tar.gz",
            "md5:c58f30108f718f92721af3b95e74349a",
            ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
        ),
    ),
    published_bytes=170_498_071,
    archive_folder="cifar-10-batches-py/",
    home="cifar-10-batches-py",
    sample=EmbeddedSample(
        title="coloured digits (stand-in for CIFAR-10)",
        licence=digits.LICENCE,
        citation=digits.CITATION,
        real=False,
        maker="spikemeter.datasets.samples.colours:write_batches",
        file=digits.FILE,
        checksum=digits.CHECKSUM,
    ),
)
