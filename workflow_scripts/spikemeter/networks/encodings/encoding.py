"""What every encoding says of itself, and how it encodes a batch.

Import-light, so that Snakemake can read it while planning.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    kinds : mapping of str to callable or str
        For each kind of input what makes its batch, from the arguments of
        ``encode_images`` or ``encode_events``; or why it cannot be encoded.
    random : bool
        Whether the batch depends on the key: a test then takes several draws.

    Examples
    --------
    >>> from spikemeter.networks.encodings.registry import ENCODINGS
    >>> ENCODINGS["rate"].refuse("events")
    'recordings are spikes already'
    """

    name: str
    kinds: "Mapping[str, Callable[..., Encoded] | str]"
    random: bool = False

    def refuse(self, input_kind: str) -> str | None:
        """Return why an input of this kind cannot be encoded, None if it can."""
        reason = self.kinds.get(input_kind, f"it encodes {' and '.join(self.kinds)}")
        return reason if isinstance(reason, str) else None

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
            :func:`spikemeter.training.randomness.derive_key`.

        Raises
        ------
        ValueError
            If the encoding does not encode images.
        """
        return self._maker("images")(images, samples, steps, key)

    def encode_events(
        self,
        events: "Tensor",
        offsets: "Tensor",
        index: "Tensor",
        packing: "PackedFormat",
    ) -> "Encoded":
        """Encode event recordings, given as `EventBatch` has them.

        Raises
        ------
        ValueError
            If the encoding does not encode events.
        """
        return self._maker("events")(events, offsets, index, packing)

    def _maker(self, input_kind: str) -> "Callable[..., Encoded]":
        maker = self.kinds[input_kind]
        if isinstance(maker, str):
            raise ValueError(
                f"encoding is {self.name!r} but the input holds {input_kind}: {maker}; "
                "set encoding in config.yaml"
            )
        return maker
