"""What a training has come to, and how it continues from there."""

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
    """What a training has come to.

    Attributes
    ----------
    rows : list of dict
        One an epoch, for epochs.csv.
    samples : list of tuple
        The meter's raw samples, for power.csv; the session of each stands first.
    missing : dict
        Reading to reason, for what could not be metered.
    best_epoch : int
        The epoch with the highest validation accuracy, from 1; the earliest of
        several. 0 before the first.
    best_state : dict of Tensor
        Its parameters, on the CPU.
    sessions : int
        Processes that the training took; more than one after a kill.
    lost : list of dict
        What killed processes used for epochs that had to be repeated, see
        :class:`~spikemeter.training.journal.Journal`.
    reading : Reading or None
        What the last of these processes cost, from its first epoch on.
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
        """Keep the parameters of the last epoch if none before validated as well."""
        accuracies = [row["val_accuracy"] for row in self.rows]
        if accuracies[-1] > max(accuracies[:-1], default=-1.0):
            self.best_epoch = len(accuracies)
            self.best_state = {
                name: value.detach().cpu().clone()
                for name, value in model.synapses.state_dict().items()
            }

    def remember_lost(self, journal: Journal) -> None:
        """Take over what killed processes lost, and count those that saved nothing."""
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
    """Return all that a training continues from: the rest follows from its seed."""
    return {
        "synapses": model.synapses.state_dict(),
        "optimiser": optimiser.state_dict(),
        "history": vars(history),
    }


def resume(
    model: Model, optimiser: torch.optim.Optimizer, checkpoint: Checkpoint
) -> History:
    """Give a model and its optimiser a saved state, and return its history."""
    saved = checkpoint.load()
    if saved is None:
        return History()
    model.synapses.load_state_dict(saved["synapses"])
    optimiser.load_state_dict(saved["optimiser"])
    history = History(**saved["history"])
    history.sessions += 1
    log.info("continuing after epoch %d", len(history.rows))
    return history
