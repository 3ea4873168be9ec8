"""The embedded digits of MNIST: all samples and stand-ins are made from them."""

from spikemeter.datasets.dataset import EmbeddedSample

SAMPLE = EmbeddedSample(
    title="MNIST sample",
    licence="CC BY-SA 3.0",
    citation="Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning "
    "applied to document recognition. Proceedings of the IEEE 86(11), 1998",
    real=True,
    maker="spikemeter.datasets.mnist:write_sample",
    file="mnist_sample.npz",
    checksum="sha256:4240175d464dae6c218317d0001d37a2e758b52638c795c56966073d59584ff8",
)
CLASSES = tuple("0123456789")
