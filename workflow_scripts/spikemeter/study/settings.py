"""The settings of a config: every key once, with type, range, default and meaning.

The checks, the messages, the schema for editors and the table of keys in
docs/config.md come from these models. What data sets, kinds of inputs and neurons
take stands with them: their registries bring it here.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    TypeAlias,
    get_args,
    get_origin,
)

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from spikemeter.datasets.dataset import DataSet
from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.registry import DATASETS, KINDS
from spikemeter.engines.registry import ENGINES
from spikemeter.networks.encodings.registry import ENCODINGS
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.registry import NEURONS
from spikemeter.networks.notation import Padding
from spikemeter.report.literal import find_unshown

# Tags of the two forms of `experiments`, which no name can have.
BLOCK, LIST = "<block>", "<list>"


class Block(BaseModel):
    """A block of settings: strict types, no other keys, finite numbers."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False
    )

    @field_validator("*", mode="before")
    @classmethod
    def _read_whole_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields[str(info.field_name)]
        return _take_whole(value, field.annotation)


def _take_whole(value: Any, annotation: Any) -> Any:
    """Return 5 for 5.0 where an integer belongs; the JSON schema allows both."""
    if isinstance(value, list) and get_origin(annotation) is list:
        (entry_type,) = get_args(annotation)
        return [_take_whole(entry, entry_type) for entry in value]
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole and _holds_int(annotation) else value


def _holds_int(annotation: Any) -> bool:
    return annotation is int or any(map(_holds_int, get_args(annotation)))


def _read_number_as_name(value: Any) -> Any:
    """Return the digits of a whole number: an experiment may be called 1."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and value is not True else value


def _refuse_repetitions(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("rule", "a list without repetitions")
    return values


def _keep_literal(text: str) -> str:
    """Return a text that figures, pages and LaTeX show alike, accents composed."""
    composed = unicodedata.normalize("NFC", text)
    if problem := find_unshown(composed):
        raise PydanticCustomError("rule", "{problem}", {"problem": problem})
    return composed


Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=100)]
ExperimentName = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_]*$", max_length=100)]
ExperimentReference = Annotated[
    ExperimentName,
    BeforeValidator(_read_number_as_name),
    WithJsonSchema(
        {
            "type": ["string", "integer"],
            "allowed": "a name of small letters, digits and '_'",
        }
    ),
]
Line = Annotated[
    str,
    Field(
        pattern=r"^[^|\x00-\x1f\x7f-\x9f\u2028\u2029]+$",
        json_schema_extra={"allowed": "a line of text without '|'"},
    ),
    AfterValidator(_keep_literal),
]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
BatchSize = Annotated[int, Field(ge=1, le=1_000_000)]
LearningRate = Annotated[float, Field(gt=0, le=10)]
if TYPE_CHECKING:  # mypy cannot know what registries hold
    EngineName: TypeAlias = str
    ChosenEngine: TypeAlias = str
    NeuronName: TypeAlias = str
    EncodingName: TypeAlias = str
    LossName: TypeAlias = str
    Data: TypeAlias = Any
    Input: TypeAlias = Any
    Training: TypeAlias = Any
    Network: TypeAlias = Any
else:
    EngineName = Literal[tuple(reversed(list(ENGINES)))]
    ChosenEngine = Literal[("auto", *reversed(list(ENGINES)))]
    NeuronName = Literal[tuple(NEURONS)]
    EncodingName = Literal[tuple(ENCODINGS)]
    LossName = Literal[tuple(LOSSES)]


class Experiment(Block):
    """A group of networks that share their figures."""

    title: Annotated[Line, Field(max_length=200)] = Field(
        "", description="What the report calls it, in the same characters as labels"
    )
    compare_to: str | None = Field(
        None,
        description="The network that the others of the experiment are compared with",
    )
    enabled: bool = Field(True, description="Whether its networks run")


def _optional(fields: Mapping[str, FieldInfo]) -> dict[str, Any]:
    """Return the same fields for a block in which they may be left out."""
    return {name: _field(info, None) for name, info in fields.items()}


def _field(info: FieldInfo, default: Any, values: Any = None) -> tuple[Any, Any]:
    """Return what `create_model` makes the same field of, with another default."""
    annotation: Any = values or info.annotation
    return Annotated[annotation, info], default


def _union(models: Iterable[type[BaseModel]]) -> dict[str, FieldInfo]:
    """Return the fields that any of these models has; the first one counts."""
    found: dict[str, FieldInfo] = {}
    for model in models:
        found = {**model.model_fields, **found}
    return found


NEURON_FIELDS = _union(NEURONS.values())
INPUT_FIELDS = _union(kind.settings for kind in KINDS.values())


def _source_model(dataset: DataSet) -> type[BaseModel]:
    """Return the block of ``data`` for a data set, with the sources that it has."""
    source = SourceSettings.model_fields["source"]
    return create_model(
        f"Source_{dataset.name}",
        __base__=(Block, SourceSettings),
        __doc__=f"Where {dataset.title} comes from.",
        source=_field(source, dataset.sources[0], Literal[dataset.sources]),
    )


class SharedTraining(Block):
    """What networks have in common, apart from the settings of neurons."""

    batch_size: BatchSize = Field(128, description="Samples per update")
    learning_rate: LearningRate = Field(0.001, description="Learning rate of Adam")
    validation_fraction: float = Field(
        0.2, gt=0, lt=1, description="Share of the training samples that validates"
    )
    engine: ChosenEngine = Field(
        "auto",
        description=(
            "What computes a spiking network; auto is the fastest engine that is exact "
            "up to float32 ties"
        ),
    )


class OwnNetwork(Block):
    """What only a network has: its own name, what it computes and how it is shown."""

    enabled: bool = Field(True, description="Whether the network runs")
    experiment: ExperimentReference = Field(
        description="The experiment that shows it; its networks share their figures"
    )
    label: Annotated[Line, Field(max_length=40)] = Field(
        description="What tables and figures call it, in Latin and Greek letters, "
        "digits and common signs"
    )
    published: str | None = Field(
        None,
        max_length=200,
        pattern="^[a-z0-9_]+/[a-z0-9_]+$",
        json_schema_extra={"allowed": "study/row, as in resources/published/"},
        description="The published row whose figures are printed next to it",
    )
    compare_to: str | None = Field(
        None,
        description="The network that the table of ratios relates it to; the "
        "experiment's if it is left out",
    )
    also_on: Annotated[
        list[EngineName],
        AfterValidator(_refuse_repetitions),
    ] = Field(
        [],
        json_schema_extra={"uniqueItems": True},
        description="Further engines that compute the same network, a row for each",
    )
    input: str = Field(description="One of the inputs")
    layers: str = Field(
        max_length=1000,
        description="What follows the input: 32C5 is a 5x5 convolution to 32 "
        "channels, P2 a 2x2 max pooling, a number a fully connected layer; the last "
        "one is the output",
    )
    padding: Padding = Field(
        "valid",
        description="Whether convolutions shrink the image (valid) or keep its size "
        "(same)",
    )
    neuron: NeuronName = Field(
        description="relu for a conventional network, else the spiking neuron"
    )
    steps: Annotated[int, Field(ge=1, le=10_000)] = Field(  # type: ignore[assignment]
        None,
        description="Time steps for which a spiking network sees an image",
    )
    encoding: EncodingName = Field(  # type: ignore[assignment]
        None, description="How a spiking network is shown its input"
    )
    loss: LossName = Field(  # type: ignore[assignment]
        None,
        description="What training minimises; mse_count for a spiking network, "
        "cross_entropy for any other",
    )
    epochs: int = Field(
        ge=1, le=100_000, description="Passes over the training samples"
    )


OWN_TRAINING = ("batch_size", "learning_rate", "engine")  # what a network may set

if not TYPE_CHECKING:  # made of what the registries hold
    Data = create_model(
        "Data",
        __base__=Block,
        __doc__="Where the data sets come from.",
        **{
            name: (model, Field(default_factory=model, description=dataset.title))
            for name, dataset in DATASETS.items()
            for model in [_source_model(dataset)]
        },
    )
    Input = create_model(
        "Input",
        __base__=Block,
        __doc__="How a data set becomes an input of networks.",
        **_optional(INPUT_FIELDS)
        | {"dataset": _field(INPUT_FIELDS["dataset"], ..., Literal[tuple(DATASETS)])},
    )
    Training = create_model(
        "Training",
        __base__=SharedTraining,
        __doc__="What holds for every network that does not set it itself.",
        **{name: _field(info, info.default) for name, info in NEURON_FIELDS.items()},
    )
    Network = create_model(
        "Network",
        __base__=OwnNetwork,
        __doc__="A network: what it computes, and how it is shown.",
        **_optional({key: SharedTraining.model_fields[key] for key in OWN_TRAINING}),
        **_optional(NEURON_FIELDS),
    )


class Meter(Block):
    """How runs are metered."""

    interval_ms: int = Field(
        100, ge=10, le=1000, description="Between two samples of power and memory"
    )
    baseline_s: float = Field(
        5.0,
        ge=0,
        le=600,
        description="How long idle power is metered before a training or a test",
    )
    test_min_s: float = Field(
        10.0,
        ge=1,
        le=3600,
        description="How long a test is repeated where energy is metered, else 2 s",
    )
    test_max_passes: int = Field(
        32, ge=1, le=10_000, description="The most repetitions of a test"
    )


class Figures(Block):
    """How figures are written."""

    dpi: int = Field(
        200, ge=50, le=1200, description="Resolution of PNG files, in dots per inch"
    )


ExperimentMapping = Annotated[dict[ExperimentName, Experiment], Field(min_length=1)]
ExperimentBlock = RootModel[dict[ExperimentName, Experiment]]
Experiments = Annotated[
    Annotated[ExperimentMapping, Tag(BLOCK)]
    | Annotated[
        list[ExperimentReference],
        Field(min_length=1),
        AfterValidator(_refuse_repetitions),
        Tag(LIST),
    ],
    Discriminator(lambda value: LIST if isinstance(value, list) else BLOCK),
]


class Settings(Block):
    """A whole config."""

    seeds: Annotated[list[Seed], AfterValidator(_refuse_repetitions)] = Field(
        [0],
        min_length=1,
        json_schema_extra={"uniqueItems": True},
        description="Every network is trained once for each of them",
    )
    experiments: Experiments = Field(
        {},
        description="The experiments by name; a list of names selects those that run",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where to compute; auto is a GPU if there is one"
    )
    cpu_threads: int | None = Field(
        None,
        ge=1,
        le=4096,
        description="CPU threads of a training or test; null for as many as the job "
        "may use",
    )
    data: Data = Field(
        default_factory=Data, description="Where each data set comes from"
    )
    inputs: dict[Name, Input] = Field(
        min_length=1, description="How data sets are prepared, by name"
    )
    training: Training = Field(
        default_factory=Training,
        description="What holds for every network that does not set it itself",
    )
    networks: dict[Name, Network] = Field(
        min_length=1, description="The networks, by name, in the order of the tables"
    )
    meter: Meter = Field(default_factory=Meter, description="How runs are metered")
    reuse: Literal["unchanged", "settings"] = Field(
        "unchanged",
        description="Which finished runs are kept: those of unchanged settings, data "
        "and code, or also those that older code made from the same settings and data, "
        "which the tables mark",
    )
    figures: Figures = Field(
        default_factory=Figures, description="How figures are written"
    )
