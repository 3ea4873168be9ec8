"""spikemeter's engines. Their input is coded inside what is timed."""

import numpy as np

from benchmarks.peers.torch_peer import LEARNING_RATE, gradients
from benchmarks.workloads import Task
from spikemeter.engines.registry import ENGINES
from spikemeter.training.model import make_adam


class Ours:
    """An engine of the registry, used as the training uses it."""

    def __init__(self, task: Task, engine: str) -> None:
        self.engine = ENGINES[engine].make(task.description)
        self.synapses = task.synapses()
        self.inputs, self.labels, self.loss = task.inputs, task.labels, task.loss
        self.optimiser = make_adam(self.synapses.parameters(), LEARNING_RATE)

    def train_step(self) -> float:
        """Do one update and return the loss."""
        _, loss = self.engine.learn(self.synapses, self.inputs, self.labels, self.loss)
        self.optimiser.step()
        return loss.item()

    def infer(self) -> np.ndarray:
        """Return the output spikes."""
        return self.engine.run(self.synapses, self.inputs).output.cpu().numpy()

    def gradients(self) -> list[np.ndarray]:
        """Return the gradients of the last update."""
        return gradients(self.synapses)
