"""What becomes of one release: its steps and its log as they go, its row in the ledger at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podpipe.delivery.flight import Flight, clear_flight, save_flight
from podpipe.errors import DiskFull
from podpipe.ledger import Ledger, Release, Step
from podpipe.ledger.release import now

if TYPE_CHECKING:
    from podpipe.effects.released import Released


class Record:
    """One release under way. `release` is what is known of it so far; `lines` is the log."""

    def __init__(self, state: Path, ledger: Ledger, image: str, asked_by: str, branch: str, lines: list[str]) -> None:
        self.state = state
        self.ledger = ledger
        self.lines = lines
        self._began = time.monotonic()
        self._is_settled = True
        number = ledger.begin(image, asked_by, branch)
        self.release = Release(number, image, asked_by, branch, started=now())
        self._flight = Flight(self.release, "")

    def learn(self, **fields: Any) -> None:
        """More is known of the release."""
        self.release = replace(self.release, **fields)

    def fly(self, was: str, now: str, before: Released | None) -> None:
        """From the next step on the image's name may have moved from `was` to `now`."""
        self._flight = replace(self._flight, was=was, now=now, before=before)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step of the way: written down before it begins, timed, and named where it fails."""
        self._flight = replace(self._flight, release=self.release, step=name)
        try:
            save_flight(self.state, self._flight)
        except DiskFull:
            if name != "back":  # where the step before stands written down, which comes to the same
                raise
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self._add(Step(name, _since(began), "failed"))
            if not self.release.step:
                self.learn(step=name)
            raise
        self._add(Step(name, _since(began), "done"))

    @contextmanager
    def unsettled(self) -> Iterator[None]:
        """What fails in the block is left for the next command to try once more."""
        try:
            yield
        except BaseException:
            self._is_settled = False
            raise

    def end(self, result: str, message: str = "") -> Release:
        """It has come to its end."""
        self.learn(result=result, message=message, seconds=_since(self._began))
        self.ledger.end(self.release, "\n".join(self.lines))
        if self._is_settled:
            clear_flight(self.state)
        return self.release

    def _add(self, step: Step) -> None:
        self.learn(steps=(*self.release.steps, step))


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
