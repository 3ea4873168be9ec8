"""The engine ``scan`` for CUDA, exact up to float32 ties; two versions that round."""

from functools import partial

from spikemeter.engines.interface import Engine, EngineEntry, refuse_other_neurons
from spikemeter.networks.neurons.lif import Lif


def _make_entry(name: str, precision: str, rounding: str | None = None) -> EngineEntry:
    """Return the entry of an engine whose synapses multiply in a precision.

    ``rounding`` is the same in words, where it changes spikes.
    """

    def build(lif: Lif) -> Engine:
        from spikemeter.engines.cuda.engine import ScanEngine  # noqa: PLC0415

        return ScanEngine(lif, precision)

    return EngineEntry(
        name=name,
        title=name,
        summary="spikemeter's own for a GPU, all time steps of a layer at once",
        devices=("cuda",),
        supports=partial(refuse_other_neurons, computed=Lif),
        build=build,
        rounding=rounding,
        replays=True,
    )


SCAN = _make_entry("scan", "float32")
SCAN_TF32 = _make_entry("scan_tf32", "tf32", "TF32")
SCAN_BF16 = _make_entry("scan_bf16", "bf16", "bfloat16")
