"""The cost of a training since its last checkpoint, noted in case it is killed."""

import logging
import time
from pathlib import Path
from typing import Any

from spikemeter.files import read_json, write_json
from spikemeter.metering.meter import Mark, Meter

EVERY_S = 10.0

log = logging.getLogger(__name__)


class Journal:
    """A file next to the checkpoint that holds what a kill would lose.

    A record has the ``session`` (the process, from 1), ``after_epoch`` (the epochs
    that its checkpoint holds), and ``seconds`` and ``energy_j`` used since, up to at
    most ``EVERY_S`` before the end, with the reason in ``energy_missing`` if there is
    no energy.

    Parameters
    ----------
    path : Path
    key : str
        All that the training depends on; a file with another key is ignored.
    meter : Meter
        Open.
    """

    def __init__(self, path: Path, key: str, meter: Meter) -> None:
        self.path = path
        self._key = key
        self._meter = meter
        self._lost: list[dict[str, Any]] = []
        self._now: dict[str, Any] = {}
        self._mark: Mark | None = None
        self._due_s = 0.0

    def earlier(self) -> list[dict[str, Any]]:
        """Return the records that killed processes left, the latest last.

        Raises
        ------
        ValueError
            If the file is damaged: what they lost is unknown.
        """
        if not self.path.exists():
            return []
        content = read_json(self.path)
        if content["key"] != self._key:
            log.info("%s is of other settings: ignored", self.path)
            return []
        found: list[dict[str, Any]] = content["lost"]
        return found

    def restart(
        self, session: int, after_epoch: int, lost: list[dict[str, Any]]
    ) -> None:
        """Begin a new record; the earlier cost is in the checkpoint or in ``lost``."""
        self._lost = lost
        self._now = {"session": session, "after_epoch": after_epoch}
        self._mark = self._meter.mark()
        self._write()

    def note(self) -> None:
        """Bring the record up to date, if the last note is ``EVERY_S`` old."""
        if time.monotonic() >= self._due_s:
            self._write()

    def _write(self) -> None:
        assert self._mark is not None, "restart() comes first"
        reading = self._meter.since(self._mark)
        record = self._now | {
            "seconds": reading.seconds,
            "energy_j": reading.energy_j,
            "energy_missing": reading.missing.get("energy_j"),
        }
        write_json(self.path, {"key": self._key, "lost": [*self._lost, record]})
        self._due_s = time.monotonic() + EVERY_S
