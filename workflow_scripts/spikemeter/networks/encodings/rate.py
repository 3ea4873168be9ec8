"""Rate coding: a pixel's intensity is its probability of a spike in every step."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikemeter.networks.encodings.encoded import ImageBatch, check_tensor
from spikemeter.networks.encodings.encoding import Encoding

if TYPE_CHECKING:
    from torch import Tensor

KEY_BITS = 64


@dataclass(frozen=True)
class RateCoded(ImageBatch):
    """In every step a spike with the pixel's share of full scale as its probability.

    As ``snntorch.spikegen.rate``, but a sample's spikes depend on the key and its
    number alone, whatever else is in the batch.

    Attributes
    ----------
    key : int
        63 bits, see :func:`spikemeter.training.randomness.derive_key`.
    samples : int64 Tensor of shape (batch,)
        The samples' numbers in the data set.
    """

    key: int
    samples: "Tensor"

    def spike_words(self) -> "Tensor":
        """Draw the spikes, 32 steps in a word."""
        given = self.samples, self.key, self.steps
        if self.images.is_cuda:  # where Numba, which loads for seconds, is not needed
            from spikemeter.networks.encodings import rate_gpu  # noqa: PLC0415

            return rate_gpu.words_on_gpu(self.images.flatten(1), *given)
        from spikemeter.networks.encodings.rate_words import rate_words  # noqa: PLC0415

        return rate_words(self.images, *given)

    def dense(self) -> "Tensor":
        """Draw the spikes."""
        if self.images.is_cuda:
            from spikemeter.networks.encodings import rate_gpu  # noqa: PLC0415

            spikes = rate_gpu.unpack_by_torch(self.spike_words(), self.steps)
            return spikes.unflatten(2, self.sample_shape)
        from spikemeter.networks.encodings.rate_words import unpack  # noqa: PLC0415

        return unpack(self.spike_words(), self.steps, self.sample_shape)

    def check_layout(self) -> None:
        """Check the images, the sample numbers and the key."""
        super().check_layout()
        check_tensor("sample numbers", self.samples, "int64", "batch", self.batch)
        if not 0 <= self.key < 1 << KEY_BITS:
            raise ValueError(
                f"key is {self.key} but must have at most {KEY_BITS} bits; make it "
                "with spikemeter.training.randomness.derive_key"
            )


RATE = Encoding(
    "rate",
    {
        "images": lambda images, samples, steps, key: RateCoded(
            images, steps, key, samples
        ),
        "events": "recordings are spikes already",
    },
    random=True,
)
