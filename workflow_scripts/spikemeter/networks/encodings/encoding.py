"""What every encoding says of itself, and how it encodes a batch.

Import-light, so that Snakemake can read it while planning.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from spikemeter.datasets.packed_events import PackedFormat
    from spikemeter.networks.encodings.encoded import Encoded


@dataclass(frozen=True)
class Encoding:
    """Turns samples of some kinds of input into what a spiking network sees over time.

    Attributes
    ----------
    name : str
        As the config and the registry have it.
    makes : mapping of str to str
        What enters the first stage: ``spikes``, ``counts``, ``changes`` or
        ``intensities``, for each kind of input that can be encoded.
    reasons : mapping of str to str
        Why another kind of input cannot be encoded.
    images, events : callable, optional
        Make the batch of ``encode_images`` and of ``encode_events``.

    Examples
    --------
    >>> from spikemeter.networks.encodings.registry import ENCODINGS
    >>> ENCODINGS["rate"].refuse("events")
    'recordings are spikes already'
    """

    name: str
    makes: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)
    images: "Callable[[Tensor, Tensor, int, int], Encoded] | None" = None
    events: "Callable[[Tensor, Tensor, Tensor, PackedFormat], Encoded] | None" = None

    def refuse(self, input_kind: str) -> str | None:
        """Return why an input of this kind cannot be encoded, None if it can."""
        if input_kind in self.makes:
            return None
        return self.reasons.get(input_kind, f"it encodes {' and '.join(self.makes)}")

    def encode_images(
        self, images: "Tensor", samples: "Tensor", steps: int, key: int
    ) -> "Encoded":
        """Encode images.

        Parameters
        ----------
        images : uint8 Tensor of shape (batch, channels, height, width)
        samples : int64 Tensor of shape (batch,)
            The samples' numbers in the data set.
        steps : int
        key : int
            For what is drawn at random; see
            :func:`spikemeter.training.randomness.key`.

        Raises
        ------
        ValueError
            If the encoding does not encode images.
        """
        if self.images is None:
            raise ValueError(self._refusal("images"))
        return self.images(images, samples, steps, key)

    def encode_events(
        self,
        events: "Tensor",
        offsets: "Tensor",
        index: "Tensor",
        packing: "PackedFormat",
    ) -> "Encoded":
        """Encode event recordings.

        Parameters
        ----------
        events, offsets, index, packing
            As :class:`spikemeter.networks.encodings.event_batch.EventBatch` has them.

        Raises
        ------
        ValueError
            If the encoding does not encode events.
        """
        if self.events is None:
            raise ValueError(self._refusal("events"))
        return self.events(events, offsets, index, packing)

    def _refusal(self, input_kind: str) -> str:
        return (
            f"encoding is {self.name!r} but the input holds {input_kind}: "
            f"{self.refuse(input_kind)}; set encoding in config.yaml"
        )
