"""What was deployed from a branch, and so is not what the project's folder would give.

An image that was released stays, for `up` too, until its files in the folder change: then the folder is the newer word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from podpipe.files import write_atomic


@dataclass(frozen=True)
class Released:
    """The image's ID, the commit and branch it was built from, and the hash of the folder's files at that time."""

    image: str
    commit: str
    branch: str
    folder: str

    def __str__(self) -> str:
        """As a plan names it: 0123456789ab of main, or the image's ID where it is of no commit."""
        name = self.commit or self.image.rpartition(":")[2]
        return name[:12] + (f" of {self.branch}" if self.branch else "")


def load_released(state: Path) -> dict[str, Released]:
    """What is deployed, by the image's name; a file that is damaged says nothing."""
    try:
        entries = json.loads(released_file(state).read_bytes())
        return {name: Released(**entry) for name, entry in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def save_released(state: Path, released: Mapping[str, Released]) -> None:
    """Write it down. Errors: DiskFull."""
    state.mkdir(parents=True, exist_ok=True)
    write_atomic(released_file(state), json.dumps({name: asdict(each) for name, each in released.items()}, indent=1))


def released_file(state: Path) -> Path:
    """Where it is written down."""
    return state / "released.json"


def flight_file(state: Path) -> Path:
    """Where a delivery that is under way is written down; one that was cut off leaves it."""
    return state / "delivery.json"
