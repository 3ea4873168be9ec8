"""The leaky integrate-and-fire neuron.

The dynamics (equations 5 and 6 of the study; snnTorch's ``Leaky``):

    U[t] = beta U[t-1] + I[t] - S[t-1] threshold,    S[t] = 1 if U[t] > threshold

The reset by subtraction acts one step late, is not decayed by beta, and carries no
gradient. With the reset to zero, U[t] = beta U[t-1] (1 - S[t-1]) + I[t].
"""

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from spikemeter.networks.neurons.neuron import SpikingNeuron

if TYPE_CHECKING:
    from torch import Tensor, nn


class Lif(SpikingNeuron, frozen=True, extra="forbid"):
    """A leaky integrate-and-fire neuron.

    The compiled kernels compute exactly this class, so it has no subclasses: derive
    another model from `SpikingNeuron`.
    """

    name: ClassVar[str] = "lif"
    title: ClassVar[str] = "LIF"
    checkable: ClassVar[bool] = True
    states: ClassVar[tuple[str, ...]] = ("membrane",)

    beta: float = Field(
        default=0.8,
        ge=0,
        le=1,
        description="Share of the membrane potential that is left after one step",
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a subclass, which the kernels would compute as this class."""
        raise TypeError(
            f"{cls.__name__} derives from Lif but must derive from SpikingNeuron of "
            "spikemeter.networks.neurons.neuron"
        )

    def advance(
        self, membrane: "Tensor", current: "Tensor", fired: "Tensor"
    ) -> "Tensor":
        """Return the next membrane of neurons that fired or not in the step before."""
        if self.reset == "zero":
            return self.beta * ((1 - fired) * membrane) + current
        return self.beta * membrane + current - fired * self.threshold

    def snntorch_module(self) -> "nn.Module":
        """Return ``snntorch.Leaky``, called with the current and the membrane."""
        from snntorch import Leaky  # noqa: PLC0415 - it loads torch

        from spikemeter.networks.surrogates import spike_function  # noqa: PLC0415

        module: nn.Module = Leaky(
            beta=self.beta,
            threshold=self.threshold,
            reset_mechanism=self.reset,
            spike_grad=spike_function(self.surrogate),
        )
        return module
