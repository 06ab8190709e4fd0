"""What systemd was seen to have: the Quadlet and unit files on disk, and what is loaded of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from podpipe.plan.observed import ObservedContainer, ObservedPod
from podpipe.render.labels import UNIT


@dataclass(frozen=True)
class ObservedUnit:
    """One unit as systemd has it loaded.

    `load`, `active`, `sub`, `result` and `file_state` are systemd's words; `origin` is the file that it comes from, the
    Quadlet file where there is one; `stale`: its file changed since it was loaded; `made_from` is the hash of the
    Quadlet text in its ExecStart, "" where it has none; `exit_code` and `restarts` are those of its main process;
    `invocation` is the present or last run's ID; times are as systemd writes them, "" for never.
    """

    load: str = "not-found"
    active: str = "inactive"
    sub: str = "dead"
    result: str = "success"
    stale: bool = False
    file_state: str = ""
    origin: str = ""
    made_from: str = ""
    exit_code: int = 0
    restarts: int = 0
    invocation: str = ""
    since: str = ""
    ended: str = ""
    next_run: str = ""
    last_run: str = ""

    @property
    def loaded(self) -> bool:
        return self.load == "loaded"

    @property
    def is_active(self) -> bool:
        return self.active in ("active", "activating", "reloading")

    @property
    def masked(self) -> bool:
        return self.load == "masked"

    @property
    def failed(self) -> bool:
        return self.active == "failed"

    def __str__(self) -> str:
        """As `status` shows it: failed (exit-code) or active (running)."""
        state = f"{self.active} ({self.result if self.failed else self.sub})"
        return f"masked, {state}" if self.masked else state


@dataclass(frozen=True)
class ObservedUnits:
    """`files` are this project's on disk, by name; `units` is what systemd has, by the unit's whole name.

    `runs` is, for each CronJob, the hash of the text of which `up` saw a run end well.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, ObservedUnit] = field(default_factory=dict)
    runs: Mapping[str, str] = field(default_factory=dict)

    def unit(self, name: str) -> ObservedUnit:
        """The unit, or one that is not there."""
        return self.units.get(name, ObservedUnit())


def kept_by_systemd(seen: ObservedPod | ObservedContainer) -> bool:
    """True for what a unit of ours made; the rest is Podman's alone."""
    return UNIT in seen.labels
