"""Samples through all stages of a network, forward and back, in one call.

A sample passes in blocks of 32 steps: every stage advances through the block before the
next one does, so that what is worked on stays in the processor's caches. Learning keeps
the membranes (float32), the spikes (bits) and the winners of the pooling (bytes) of one
sample at a time; the blocks are then taken backwards.
"""

import numpy as np

from spikemeter.engines.cpu.compiled import BLOCK, compiled
from spikemeter.engines.cpu.count_losses import count_loss
from spikemeter.engines.cpu.stages import backward, forward
from spikemeter.engines.cpu.vectors import ones
from spikemeter.engines.cpu.work_space import block_count, row


@compiled
def run_samples(network, batch, work, samples, output, spikes):  # type: ignore[no-untyped-def]
    """Run samples ``samples[0]`` to ``samples[1]`` forward.

    Sets ``output`` (steps, batch, classes), adds to ``spikes`` (stages).
    """
    for sample in range(samples[0], samples[1]):
        for block in range(block_count(batch.steps)):
            for number in range(len(network.stages)):
                forward(network, batch, work, number, sample, block, 2)
        count_spikes(network, batch, work, spikes)
        write_output(network, batch, work, output[:, sample])


@compiled
def learn_samples(network, batch, work, samples, output, spikes, goal, sums):  # type: ignore[no-untyped-def]
    """Run samples forward and back; adds the gradients to ``sums``.

    ``goal`` are the labels, the number of the loss and its gradient's scale. Returns
    the sum of the samples' losses.
    """
    labels, loss, scale = goal
    total, last = 0.0, len(network.stages) - 1
    stage = network.stages[last]
    for sample in range(samples[0], samples[1]):
        for block in range(block_count(batch.steps)):
            for number in range(last + 1):
                forward(network, batch, work, number, sample, block, batch.steps)
        count_spikes(network, batch, work, spikes)
        counts = write_output(network, batch, work, output[:, sample])
        total += count_loss(loss, counts, labels[sample], batch.steps)
        # The loss is of counts: the gradient of a spike is the same in every step.
        for step in range(BLOCK):
            gradients = row(work.gradients, stage, BLOCK, step)
            gradients[: stage.features] = counts * scale
        work.carries[:] = 0
        for block in range(block_count(batch.steps) - 1, -1, -1):
            for number in range(last, -1, -1):
                backward(network, batch, work, sums, number, sample, block)
    return total


@compiled
def count_spikes(network, batch, work, spikes):  # type: ignore[no-untyped-def]
    """Add up the spikes of each stage."""
    blocks = block_count(batch.steps)
    for number in range(len(network.stages)):
        total, stage = np.int64(0), network.stages[number]
        first = blocks * stage.start
        for word in work.words[first : first + blocks * stage.neurons]:
            total += ones(word)
        spikes[number] += total


@compiled
def write_output(network, batch, work, output):  # type: ignore[no-untyped-def]
    """Write a sample's output spikes (steps, classes); returns their counts."""
    last = network.stages[-1]
    counts = np.zeros(last.features, np.float32)
    for time in range(batch.steps):
        words = row(work.words, last, block_count(batch.steps), time // BLOCK)
        for k in range(last.features):
            fired = np.float32(words[k] >> np.uint32(time % BLOCK) & np.uint32(1))
            output[time, k] = fired
            counts[k] += fired
    return counts
