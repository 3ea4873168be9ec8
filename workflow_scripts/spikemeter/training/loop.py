"""One pass over samples, with or without learning."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from spikemeter.training.model import Model
from spikemeter.training.samples import Samples
from spikemeter.training.tally import Tally, tally_results

Progress = Callable[[int], object]


@contextmanager
def explain_lack_of_memory(batch: int) -> Iterator[None]:
    """Turn the lack of memory for a batch into a message that says what to do.

    Raises
    ------
    RuntimeError
        If it does not.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        # On a CPU torch has no exception class for it.
        kinds = (torch.OutOfMemoryError, MemoryError)
        if not isinstance(error, kinds) and "DefaultCPUAllocator" not in str(error):
            raise
        found = " ".join(str(error).split()) or type(error).__name__
        raise RuntimeError(
            f"the memory does not hold a batch of {batch} samples: lower the "
            f"network's batch_size in config.yaml ({found})"
        ) from error


def run_pass(
    model: Model,
    samples: Samples,
    order: Tensor,
    key: int,
    optimiser: torch.optim.Optimizer | None = None,
    progress: Progress = lambda _samples: None,
) -> Tally:
    """Run the network over samples, and learn from each batch with an optimiser.

    Parameters
    ----------
    model : Model
    samples : Samples
    order : int64 Tensor of shape (n,)
        Sample numbers in the order in which they are seen; the last batch may be
        smaller, no sample is left out.
    key : int
        For the encoding, see :func:`spikemeter.training.randomness.derive_key`.
    optimiser : torch.optim.Optimizer, optional
        Without it the weights stay as they are.
    progress : callable
        Called with the number of samples of each finished batch.

    Returns
    -------
    Tally
        If it learns, of the outputs before each update.

    Raises
    ------
    RuntimeError
        If the memory of the device does not hold a batch.
    FloatingPointError
        If the loss or a weight is not finite at the end of the pass. (Neurons fed
        with NaN stay silent, at a finite loss.)
    """
    order = order.to(samples.labels.device)
    results = []
    for index in order.split(model.settings.batch_size):
        with explain_lack_of_memory(len(index)):
            if optimiser is None:
                results.append(model.run(samples, index, key))
            else:
                results.append(model.learn(samples, index, key))
                optimiser.step()
        progress(len(index))
    # Counted at the end: per batch it would be metered as the network's work.
    tally = tally_results(model, results, samples.labels[order])
    if not np.isfinite(tally.loss):
        raise FloatingPointError(
            f"the loss is {tally.loss} but must stay finite; lower learning_rate "
            "in config.yaml"
        )
    if not all(weight.isfinite().all() for weight in model.synapses.parameters()):
        raise FloatingPointError(
            "a weight is not finite but all must stay so; lower learning_rate in "
            "config.yaml"
        )
    return tally
