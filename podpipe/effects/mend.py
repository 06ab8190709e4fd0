"""Do what mends a machine: as the user where that is enough, as root only where root asks for no password."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from podpipe.effects.process import ALONE, read, run
from podpipe.errors import CommandFailed, DiskFull
from podpipe.plan.doctor import Mend
from podpipe.report import Report

PATIENCE = 1800.0  # seconds; apt on a Pi behind a slow line
UPDATE = ("apt-get", "update", "-q")
ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive"}
DONE, FAILED, LEFT, SKIPPED = "done", "failed", "left", "skipped"


@dataclass(frozen=True)
class Mended:
    """What became of a mend: done, failed with the program's last `lines`, left to whoever can be root, or skipped."""

    mend: Mend
    outcome: str
    lines: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """As `podpipe doctor --fix --json` prints it."""
        return {"command": str(self.mend), "outcome": self.outcome, "lines": list(self.lines)}


def apply_mends(mends: Iterable[Mend], report: Report) -> Iterator[Mended]:
    """Run each; a failure of one leaves the others alone, but for what comes at last."""
    complete = True
    for mend in mends:
        mended = _apply(mend, report) if complete or not mend.at_last else Mended(mend, SKIPPED)
        complete = complete and mended.outcome == DONE
        yield mended


def _apply(mend: Mend, report: Report) -> Mended:
    ways = list(_ways(mend))
    if not ways:
        return Mended(mend, LEFT)
    report(f"running {mend.command}")
    lines: tuple[str, ...] = ()
    for prefix in ways:
        try:
            _run(prefix, mend)
        except (CommandFailed, DiskFull) as error:
            lines = error.lines or (error.message,)
        else:
            return Mended(mend, DONE)
    needs_root = mend.as_root and not can_be_root()
    return Mended(mend, LEFT if needs_root else FAILED, lines)


def _ways(mend: Mend) -> Iterator[tuple[str, ...]]:
    """What to put before the command."""
    if not mend.as_root or mend.root_optional:
        yield ()
    if mend.as_root and can_be_root():
        yield _as_root()


def _run(prefix: tuple[str, ...], mend: Mend) -> None:
    argv = [*prefix, *mend.argv]
    try:
        run(argv, doing=mend.argv[0], timeout=PATIENCE, env=ENVIRONMENT)
    except CommandFailed:
        if not mend.packages:
            raise
        run([*prefix, *UPDATE], doing="reading apt's lists", timeout=PATIENCE)  # they may be missing or stale
        run(argv, doing=mend.argv[0], timeout=PATIENCE, env=ENVIRONMENT)


def _as_root() -> tuple[str, ...]:
    words = (f"{name}={value}" for name, value in ENVIRONMENT.items())
    return () if os.getuid() == 0 else ("sudo", "-n", "env", *words)


@cache
def can_be_root() -> bool:
    """Whether this is root, or sudo asks for no password."""
    if os.getuid() == 0:
        return True
    try:
        read(["sudo", "-n", "true"], doing="asking sudo", timeout=30.0, family=ALONE)
    except CommandFailed:
        return False
    return True
