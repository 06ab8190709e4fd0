"""One release: an image's way from a branch into a pod, or to where it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from typing import Any

RESULTS = ("running", "live", "built", "failed", "rolled back", "interrupted")


@dataclass(frozen=True)
class Step:
    """A step of a release; `result` is "done" or "failed"."""

    name: str
    seconds: float
    result: str


@dataclass(frozen=True)
class Release:
    """What is known of a release; `started` is ISO 8601 in UTC, `result` one of RESULTS, `step` the failing one or "".

    A negative `id` is a provisional one: the ledger could not be written when the release began.
    """

    id: int
    image: str
    asked_by: str = ""
    branch: str = ""
    commit: str = ""
    digest: str = ""
    image_id: str = ""
    started: str = ""
    seconds: float = 0.0
    result: str = "running"
    step: str = ""
    message: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def is_over(self) -> bool:
        """Nothing more will be known of it."""
        return self.result != "running"

    def as_json(self) -> dict[str, Any]:
        """The release as `--json` prints it."""
        return {**asdict(self), "steps": [asdict(step) for step in self.steps]}


def release_of(entry: Mapping[str, Any]) -> Release:
    """A release from `as_json`; keys of a newer podpipe are left out. Errors: TypeError, LookupError, ValueError."""
    known = {field.name: entry[field.name] for field in fields(Release) if field.name in entry}
    steps = tuple(Step(str(step["name"]), float(step["seconds"]), str(step["result"])) for step in known["steps"])
    return Release(**{**known, "id": int(known["id"]), "seconds": float(known["seconds"]), "steps": steps})


def now() -> str:
    """The time as `started` has it."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
