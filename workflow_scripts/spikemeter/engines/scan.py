"""The engine ``scan`` for CUDA, exact, and its two versions that round."""

from typing import TYPE_CHECKING, ClassVar

from spikemeter.engines.engine_entry import EngineEntry
from spikemeter.engines.lif_kernels import refuse_other_neurons, require_lif

if TYPE_CHECKING:
    from spikemeter.engines.interface import Engine
    from spikemeter.networks.description import NetworkDescription


class Scan(EngineEntry):
    """LIF neurons, all time steps of a layer at once.

    Parameters
    ----------
    name : str
    precision : {"float32", "tf32", "bf16"}
        What the synapses multiply in.
    rounding : str, optional
        The same in words, where it changes spikes.
    """

    devices: ClassVar[tuple[str, ...]] = ("cuda",)

    def __init__(self, name: str, precision: str, rounding: str | None = None) -> None:
        self.name = self.title = name
        self.summary = "spikemeter's own for a GPU, all time steps of a layer at once"
        self.precision = precision
        self.rounding = rounding

    def supports(self, description: "NetworkDescription") -> str | None:
        """Return why it cannot compute this network, None if it can."""
        return refuse_other_neurons(description)

    def make(self, description: "NetworkDescription") -> "Engine":
        """Make the engine.

        Raises
        ------
        RuntimeError
            Without Triton or a CUDA device.
        """
        from spikemeter.engines.cuda.engine import ScanEngine  # noqa: PLC0415

        return ScanEngine(require_lif(description), self.precision)


SCAN = Scan("scan", "float32")
SCAN_TF32 = Scan("scan_tf32", "tf32", "TF32")
SCAN_BF16 = Scan("scan_bf16", "bf16", "bfloat16")
