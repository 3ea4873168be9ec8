"""What every neuron model says of itself: settings, states, and one time step.

Import-light, so that Snakemake can read it while planning.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer

if TYPE_CHECKING:
    from torch import Tensor, nn

Fire = Callable[["Tensor"], "Tensor"]
Surrogate = Literal["atan", "atan_paper", "sigmoid", "fast_sigmoid"]


class Neuron(BaseModel, frozen=True, extra="forbid"):
    """A neuron model with its settings.

    The fields of a subclass are its settings, each with range, default and meaning:
    they are keys of a network, and of ``training``, in the config.

    Attributes
    ----------
    name : str
        As the config and the registry have it.
    title : str
        As figures and tables print it.
    spiking : bool
        Whether it runs over time steps and gives spikes, 0 or 1.
    default_loss : str
        The loss of a network that sets none.

    Examples
    --------
    >>> from spikemeter.networks.neurons.registry import NEURONS
    >>> NEURONS["lif"](beta=0.9).model_dump()["beta"]
    0.9
    """

    name: ClassVar[str]
    title: ClassVar[str]
    spiking: ClassVar[bool] = False
    default_loss: ClassVar[str] = "cross_entropy"

    @model_serializer(mode="wrap")
    def _name_first(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"name": self.name, **serialize(self)}


class SpikingNeuron(Neuron, frozen=True, extra="forbid"):
    """A neuron that fires where its membrane potential exceeds a threshold.

    A subclass names its ``states``, which it keeps from step to step and which start
    at 0, and defines ``step`` or ``snntorch_module``. The spikes of one that is
    ``checkable``, and defines ``advance``, are checked on a GPU.
    """

    spiking: ClassVar[bool] = True
    states: ClassVar[tuple[str, ...]]
    checkable: ClassVar[bool] = False
    default_loss: ClassVar[str] = "mse_count"

    threshold: float = Field(
        default=1.0,
        gt=0,
        le=1_000_000,
        description="Membrane potential above which the neuron fires",
    )
    reset: Literal["subtract", "zero"] = Field(
        default="subtract",
        description=(
            "What a spike does to the membrane potential: subtract the threshold, or "
            "set it to zero"
        ),
    )
    surrogate: Surrogate = Field(
        default="atan", description="Gradient used in place of the step function's"
    )

    def step(
        self, current: "Tensor", states: tuple["Tensor", ...], fire: Fire
    ) -> tuple["Tensor", tuple["Tensor", ...]]:
        """Advance by one time step; return the spikes and the states after it.

        Parameters
        ----------
        current : Tensor of shape (batch, *neurons)
            What the synapses feed the neurons.
        states : tuple of Tensor of the same shape
            As ``states`` of the class names them.
        fire : callable
            Step function of the distance from the threshold: 1 above 0, else 0, with
            a surrogate gradient.
        """
        raise NotImplementedError

    def advance(
        self, membrane: "Tensor", current: "Tensor", fired: "Tensor"
    ) -> "Tensor":
        """Return the next membrane of neurons that fired or not in the step before.

        At most four operations, each rounded, of a neuron with no other state.

        Parameters
        ----------
        membrane, current : Tensor of the same shape
        fired : Tensor of the same shape
            1 or 0.
        """
        raise NotImplementedError

    def snntorch_module(self) -> "nn.Module | None":
        """Return the module of snnTorch that steps this neuron, None if none does.

        It is called with the current and the states; only a neuron without one is
        advanced by ``step``.
        """
        return None
