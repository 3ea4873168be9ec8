# The public names of the library and where they are defined, for readers, type checkers
# and __init__.py itself. A name added here reruns no job.
from spikemeter.datasets.event_files import Events as Events
from spikemeter.datasets.event_files import decode as decode
from spikemeter.datasets.events import denoise as denoise
from spikemeter.datasets.events import pack as pack
from spikemeter.datasets.packed_events import PackedFormat as PackedFormat
from spikemeter.datasets.registry import DATASETS as DATASETS
from spikemeter.engines.registry import ENGINES as ENGINES
from spikemeter.engines.resolution import resolve_engine as resolve_engine
from spikemeter.metering.meter import Meter as Meter
from spikemeter.networks.description import NetworkDescription as NetworkDescription
from spikemeter.networks.encodings.rate_words import rate_words as rate_words
from spikemeter.networks.encodings.registry import ENCODINGS as ENCODINGS
from spikemeter.networks.layers import Synapses as Synapses
from spikemeter.networks.losses.registry import LOSSES as LOSSES
from spikemeter.networks.neurons.registry import NEURONS as NEURONS
from spikemeter.networks.notation import parse_layers as parse_layers
from spikemeter.registry import Registry as Registry
from spikemeter.report.runs import Run as Run
from spikemeter.report.runs import read_study as read_study
from spikemeter.resource_paths import find_resource as find_resource
from spikemeter.version import __version__ as __version__
