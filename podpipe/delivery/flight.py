"""A delivery that is under way, written down so that the next command can finish or undo what a kill left."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from podpipe.effects.released import Released, flight_file
from podpipe.files import sync_folder, write_atomic
from podpipe.ledger.release import Release, release_of


@dataclass(frozen=True)
class Flight:
    """Which release is at which step. `was` and `now` are image IDs, from the swap on; "" until then.

    `before` is what `podpipe.effects.released` said of the image until then.
    """

    release: Release
    step: str
    was: str = ""
    now: str = ""
    before: Released | None = None

    @property
    def is_live(self) -> bool:
        """Nothing was left to do but to write it down."""
        return self.step == "record"


def save_flight(state: Path, flight: Flight) -> None:
    """Write it down, through to the disk. Errors: DiskFull."""
    state.mkdir(parents=True, exist_ok=True)
    write_atomic(flight_file(state), json.dumps(asdict(flight), indent=1))


def load_flight(state: Path) -> Flight | None:
    """What is under way, or was when something was killed; None: nothing. A damaged file tells nothing."""
    try:
        entry = json.loads(flight_file(state).read_bytes())
        release = release_of(entry["release"])
        before = Released(**entry["before"]) if entry["before"] else None
        return Flight(release, entry["step"], entry["was"], entry["now"], before)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def clear_flight(state: Path) -> None:
    """It has come to its end."""
    flight_file(state).unlink(missing_ok=True)
    if state.is_dir():
        sync_folder(state)
