"""Samples through all stages of a network, forward and back, in one call.

A sample passes in blocks of 32 steps: every stage advances through the block before the
next one does, so that what is worked on stays in the processor's caches. Learning keeps
the membranes (float32), the spikes (bits) and the winners of the pooling (bytes) of one
sample at a time; the blocks are then taken backwards.
"""

import numpy as np

from spikemeter.engines.cpu.compiled import BLOCK, compiled
from spikemeter.engines.cpu.stages import backward, forward
from spikemeter.engines.cpu.vectors import ones
from spikemeter.engines.cpu.work_space import row
from spikemeter.networks.losses.mse_count import CORRECT_RATE, INCORRECT_RATE


@compiled
def pass_samples(network, batch, work, samples, spikes):  # type: ignore[no-untyped-def]
    """Pass samples ``samples[0]`` to ``samples[1]`` forward and, to learn, back.

    Sets the batch's output, adds to ``spikes`` (stages) and to the gradients. Returns
    the sum of the samples' losses.
    """
    learns, blocks = len(batch.labels) > 0, batch.blocks
    kept = batch.steps if learns else 2
    total, last = 0.0, len(network.stages) - 1
    stage = network.stages[last]
    for sample in range(samples[0], samples[1]):
        for block in range(blocks):
            for number in range(last + 1):
                forward(network, batch, work, number, sample, block, kept)
        count_spikes(network, batch, work, spikes)
        counts = write_output(network, batch, work, batch.output[:, sample])
        if learns:
            label, scale = batch.labels[sample], np.float32(1 / len(batch.labels))
            total += count_loss(batch.loss, counts, label, batch.steps)
            # The loss is of counts: the gradient of a spike is the same in every step.
            for step in range(BLOCK):
                gradients = row(work.gradients, stage, BLOCK, step)
                gradients[: stage.features] = counts * scale
            work.carries[:] = 0
            for block in range(blocks - 1, -1, -1):
                for number in range(last, -1, -1):
                    backward(network, batch, work, number, sample, block)
    return total


@compiled
def count_spikes(network, batch, work, spikes):  # type: ignore[no-untyped-def]
    """Add up the spikes of each stage."""
    for number in range(len(network.stages)):
        total, stage = np.int64(0), network.stages[number]
        first = batch.blocks * stage.start
        for word in work.words[first : first + batch.blocks * stage.neurons]:
            total += ones(word)
        spikes[number] += total


@compiled
def write_output(network, batch, work, output):  # type: ignore[no-untyped-def]
    """Write a sample's output spikes (steps, classes); returns their counts."""
    last = network.stages[-1]
    counts = np.zeros(last.features, np.float32)
    for time in range(batch.steps):
        words = row(work.words, last, batch.blocks, time // BLOCK)
        for k in range(last.features):
            fired = np.float32(words[k] >> np.uint32(time % BLOCK) & np.uint32(1))
            output[time, k] = fired
            counts[k] += fired
    return counts


@compiled
def count_loss(loss, counts, label, steps):  # type: ignore[no-untyped-def]
    """Return a sample's loss, and turn its counts into dL/dcount.

    ``loss`` is the place in :data:`spikemeter.engines.events.LOSSES`, ``counts`` are
    output spikes over all steps. A test compares :mod:`spikemeter.networks.losses`.
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
