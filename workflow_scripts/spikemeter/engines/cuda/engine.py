"""The engine for CUDA: synapses over all time steps at once, neurons in one kernel.

A feed-forward network needs no spike of stage 2 before stage 1 has run to its last
step. So each stage is one convolution or matrix product over (steps * batch) images,
torch's pooling (:mod:`spikemeter.engines.cuda.synapses`), and one kernel that scans
through time (:mod:`spikemeter.engines.cuda.kernels`).

For the backward pass a neuron and step takes 4 bytes for the membrane, 1 for the
spike, and with pooling 2 for the winner's place (4 in planes of over 32767 pixels).
The pass is written out: autograd would keep the spikes as float32, the currents
before the pooling, and the winners' places as int64.

On CUDA, a batch of a shape seen before is replayed from a recording
(:mod:`spikemeter.engines.cuda.graphs`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from spikemeter.engines.checks import check_layout
from spikemeter.engines.cuda.graphs import Function, Recordings
from spikemeter.engines.cuda.synapses import backward, forward, use_precision
from spikemeter.engines.interface import Activity
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.lif import Lif
from spikemeter.triton_support import explain_missing_triton

# The first compute capability that multiplies in TF32 and in bfloat16.
AMPERE = (8, 0)


@dataclass(frozen=True)
class _Pass:
    """What one stage did, and what its backward pass needs.

    ``entered`` is what the synapses got, (steps, batch, *in_shape), or one step of it
    where all are equal; ``winners`` are of the pooling.
    """

    entered: Tensor
    spikes: Tensor
    membranes: Tensor | None
    winners: Tensor | None


class ScanEngine:
    """Compute all steps of a stage at once, with the reference's spikes and gradients.

    The precision ``float32``, ``tf32`` or ``bf16`` is what the synapses multiply in;
    neurons are float32 always. The others are faster, but their rounding changes
    spikes. A RuntimeError says if Triton cannot launch kernels, or there is no CUDA
    device that multiplies so.
    """

    def __init__(self, lif: Lif, precision: str = "float32") -> None:
        if reason := explain_missing_triton():
            raise RuntimeError(
                f"engine is scan but {reason}; engine: snntorch, or device: cpu, in "
                "config.yaml runs without Triton"
            )
        # Only here, because Triton takes a second to load and is not everywhere.
        from spikemeter.engines.cuda import kernels as scan_kernels  # noqa: PLC0415

        if not (torch.cuda.is_available() or scan_kernels.INTERPRETED):
            raise RuntimeError(
                "engine is scan but torch finds no CUDA device; check nvidia-smi, or "
                "set engine: auto, and device: cpu, in config.yaml"
            )
        _check_precision(precision)
        self._kernels = scan_kernels
        self._lif = lif
        self._precision = precision
        self._dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self._recordings = Recordings()

    def run(self, synapses: Synapses, inputs: Encoded) -> Activity:
        """Run a batch; see :class:`spikemeter.engines.interface.Engine`."""
        return Activity(*self._compute(synapses, inputs))

    def learn(
        self, synapses: Synapses, inputs: Encoded, labels: Tensor, loss: str
    ) -> tuple[Activity, Tensor]:
        """Run a batch and set the gradients."""
        found = self._compute(synapses, inputs, (labels, loss))
        output, spikes, mean, *gradients = found
        for parameter, gradient in zip(synapses.parameters(), gradients, strict=True):
            parameter.grad = gradient
        return Activity(output, spikes), mean

    def spike_trains(self, synapses: Synapses, inputs: Encoded) -> list[Tensor]:
        """Return every spike of every stage."""
        check_layout(synapses, inputs)
        inputs.check_bounds()
        with torch.no_grad(), use_precision(self._precision):
            frames = inputs.first_frames()
            passes = self._passes(synapses, frames, inputs.steps, keep=False)
            return [one.spikes for one in passes]

    def _compute(
        self,
        synapses: Synapses,
        inputs: Encoded,
        goal: tuple[Tensor, str] | None = None,
    ) -> list[Tensor]:
        """Run a batch or, with a goal, learn; from a recording where there is one."""
        check_layout(synapses, inputs, goal)
        inputs.check_bounds()
        function: Function = self._learn if goal else self._run
        labels, losses = ([goal[0]], [goal[1]]) if goal else ([], [])
        settings = (inputs.steps, *losses)
        key = (synapses.stages, *settings)
        with torch.no_grad(), use_precision(self._precision):
            given, parameters = [inputs.first_frames(), *labels], synapses.parameters()
            function = partial(function, synapses, *settings)
            return self._recordings(key, function, given, list(parameters))

    def _run(self, synapses: Synapses, steps: int, frames: Tensor) -> list[Tensor]:
        totals = []
        for one in self._passes(synapses, frames, steps, keep=False):
            totals.append(one.spikes.sum(dtype=torch.int64))
        return [one.spikes.float(), torch.stack(totals).double()]

    def _learn(
        self, synapses: Synapses, steps: int, loss: str, frames: Tensor, labels: Tensor
    ) -> list[Tensor]:
        passes = list(self._passes(synapses, frames, steps, keep=True))
        totals = torch.stack([one.spikes.sum(dtype=torch.int64) for one in passes])
        output = passes[-1].spikes.float()
        counts = output.sum(0).requires_grad_()
        with torch.enable_grad():
            mean = LOSSES[loss](counts, labels, steps)
        (gradient,) = torch.autograd.grad(mean, counts)
        gradients = self._backward(synapses, passes, gradient.expand_as(output))
        return [output, totals.double(), mean.detach(), *gradients]

    def _passes(
        self, synapses: Synapses, frames: Tensor, steps: int, *, keep: bool
    ) -> Iterator[_Pass]:
        """Yield what the stages do, in order; ``keep`` what the way back needs."""
        entered = frames
        for stage, layer in zip(synapses.stages, synapses.layers, strict=True):
            current, winners = forward(stage, layer, entered.flatten(0, 1), self._dtype)
            current = current.unflatten(0, entered.shape[:2])
            current = current.expand(steps, *current.shape[1:])
            spikes, membranes = self._kernels.fire(current, self._lif, keep)
            one = _Pass(entered, spikes, membranes, winners if keep else None)
            del current, winners  # no name keeps them while the next stage's are made
            yield one
            entered = spikes

    def _backward(
        self, synapses: Synapses, passes: list[_Pass], gradient: Tensor
    ) -> list[Tensor]:
        """Return the gradients of all parameters; ``passes`` are used up."""
        gradients: list[Tensor] = []
        while passes:
            one = passes.pop()
            assert one.membranes is not None  # the passes were run with keep
            stage, layer = synapses.stages[len(passes)], synapses.layers[len(passes)]
            gradient = self._kernels.current_gradient(
                one.membranes, gradient, self._lif
            )
            if len(one.entered) < len(gradient):  # the same current in every step
                gradient = gradient.sum(0, keepdim=True)
            gradient = gradient.flatten(0, 1).to(self._dtype)
            entered = one.entered.flatten(0, 1)
            weight, bias, before = backward(
                *(stage, layer, entered, gradient, one.winners), onwards=bool(passes)
            )
            gradients[:0] = [weight, bias]
            if before is not None:
                gradient = before.reshape(one.entered.shape)
        return gradients


def _check_precision(precision: str) -> None:
    """Refuse a precision that the device does not multiply in.

    Raises
    ------
    RuntimeError
        If it is older than Ampere and the precision is not float32.
    """
    if precision == "float32" or not torch.cuda.is_available():
        return
    found = torch.cuda.get_device_capability()
    if found < AMPERE:
        raise RuntimeError(
            f"engine is scan_{precision} but the GPU's compute capability is "
            f"{found[0]}.{found[1]} and must be at least {AMPERE[0]}.{AMPERE[1]}; set "
            "engine: scan in config.yaml"
        )
