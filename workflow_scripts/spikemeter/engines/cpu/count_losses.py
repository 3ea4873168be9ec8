"""The losses of spike counts and their gradients, for one sample.

They equal those of :mod:`spikemeter.networks.losses`; a test compares them.
"""

import numpy as np

from spikemeter.engines.cpu.compiled import compiled
from spikemeter.networks.losses.mse_count import CORRECT_RATE, INCORRECT_RATE


@compiled
def count_loss(loss, counts, label, steps):  # type: ignore[no-untyped-def]
    """Return a sample's loss, and turn its counts into dL/dcount.

    Parameters
    ----------
    loss : int
        Place in :data:`spikemeter.engines.events.LOSSES`.
    counts : float32 array of shape (classes,)
        Output spikes summed over the steps; overwritten.
    label, steps : int
    """
    value = 0.0
    if loss == 0:
        scale = 1 / (len(counts) * steps)
        right, wrong = int(steps * CORRECT_RATE), int(steps * INCORRECT_RATE)
        for k in range(len(counts)):
            distance = counts[k] - (right if k == label else wrong)
            value += distance * distance * scale
            counts[k] = 2 * distance * scale
        return value
    highest = counts.max()
    total = 0.0
    for k in range(len(counts)):
        total += np.exp(float(counts[k]) - highest)
    value = np.log(total) + highest - counts[label]
    for k in range(len(counts)):
        share = np.exp(float(counts[k]) - highest) / total
        counts[k] = share - (1.0 if k == label else 0.0)
    return value
