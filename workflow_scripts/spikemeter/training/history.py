"""The history of a training, and how a killed training continues."""

import logging
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from spikemeter.metering.reading import Reading
from spikemeter.training.checkpoint import Checkpoint
from spikemeter.training.journal import Journal
from spikemeter.training.model import Model

log = logging.getLogger(__name__)

Row = dict[str, Any]


@dataclass
class History:
    """The results of a training so far.

    Attributes
    ----------
    rows : list of dict
        One per epoch, for epochs.csv.
    samples : list of tuple
        The meter's raw samples, for power.csv, each after its session.
    missing : dict
        The reason for each reading that could not be metered.
    best_epoch : int
        The epoch with the highest validation accuracy, from 1; the earliest if
        several are equal, 0 before the first.
    best_state : dict of Tensor
        Its parameters, on the CPU.
    sessions : int
        Number of processes that the training took; more than 1 after a kill.
    lost : list of dict
        The cost of epochs that had to be repeated after a kill, see
        :class:`~spikemeter.training.journal.Journal`.
    reading : Reading or None
        The cost of the last process, from its first epoch on.
    """

    rows: list[Row] = field(default_factory=list)
    samples: list[tuple[Any, ...]] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    best_epoch: int = 0
    best_state: dict[str, Tensor] = field(default_factory=dict)
    sessions: int = 1
    lost: list[Row] = field(default_factory=list)
    reading: Reading | None = None

    def keep_best(self, model: Model) -> None:
        """Keep the parameters of the last epoch if it validates best so far."""
        accuracies = [row["val_accuracy"] for row in self.rows]
        if accuracies[-1] > max(accuracies[:-1], default=-1.0):
            self.best_epoch = len(accuracies)
            self.best_state = {
                name: value.detach().cpu().clone()
                for name, value in model.synapses.state_dict().items()
            }

    def remember_lost(self, journal: Journal) -> None:
        """Take over what killed processes lost, and count their sessions."""
        try:
            found = journal.earlier()
        except ValueError:
            log.warning("%s is damaged: what was lost is not known", journal.path)
            self.missing["lost"] = f"{journal.path.name} was damaged"
            return
        if not found:
            return
        last = found[-1]
        self.sessions = last["session"] + 1
        saved_since = last["after_epoch"] < len(self.rows)
        self.lost = found[:-1] if saved_since else found
        gone = last["after_epoch"] - len(self.rows)
        if gone > 0:
            self.missing["lost"] = f"{gone} epochs whose checkpoint could not be used"


def collect_state(
    model: Model, optimiser: torch.optim.Optimizer, history: History
) -> dict[str, Any]:
    """Return the state that a training continues from; its seed gives the rest."""
    return {
        "synapses": model.synapses.state_dict(),
        "optimiser": optimiser.state_dict(),
        "history": vars(history),
    }


def resume(
    model: Model, optimiser: torch.optim.Optimizer, checkpoint: Checkpoint
) -> History:
    """Restore a model and its optimiser from a checkpoint; return the history."""
    saved = checkpoint.load()
    if saved is None:
        return History()
    model.synapses.load_state_dict(saved["synapses"])
    optimiser.load_state_dict(saved["optimiser"])
    history = History(**saved["history"])
    history.sessions += 1
    log.info("continuing after epoch %d", len(history.rows))
    return history
