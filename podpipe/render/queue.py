"""What starts `podpipe queue`: a request that waits or was interrupted, a file in the spool, and each hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from podpipe.definition.specs import Definition
from podpipe.render.unitfile import Line, UnitFile, render_file

SPOOL = "spool"  # the claim that containers drop requests into
PAUSE = 60  # seconds after a run that failed: what it could not take away would start the next one at once
WATCHED = ("waiting", "working")

_ORIGIN = "podpipe.yaml: branches"


def has_queue(definition: Definition) -> bool:
    """Whether anything may ever wait."""
    return bool(definition.branches) or any(claim.name == SPOOL for claim in definition.claims)


def queue_unit(project: str) -> str:
    """The service that works off what waits."""
    return f"{project}-queue.service"


def render_queue(project: str, command: str, folders: Sequence[str]) -> Iterator[UnitFile]:
    """A service that runs `command`, and what starts it: something in one of the `folders`, and the time."""
    service: list[Line] = [
        ("Type", "oneshot"),
        ("ExecStart", command),
        ("ExecStopPost", f"""/bin/sh -c '[ "$$SERVICE_RESULT" = success ] || sleep {PAUSE}'"""),
        ("SuccessExitStatus", "SIGTERM"),  # a stop is no failure
        ("Nice", "10"),
    ]
    timer: list[Line] = [("OnCalendar", "hourly"), ("Persistent", "true"), ("AccuracySec", "5min")]
    yield render_file(
        queue_unit(project),
        "",
        _ORIGIN,
        {
            "Unit": [("Description", f"Deliveries that wait (podpipe, {project})"), ("StartLimitIntervalSec", "0")],
            "Service": service,
        },
    )
    yield _starter(project, "path", "Path", [("DirectoryNotEmpty", folder) for folder in folders], "Watch over")
    yield _starter(project, "timer", "Timer", timer, "An hourly look at")


def _starter(project: str, kind: str, section: str, lines: list[Line], words: str) -> UnitFile:
    sections: dict[str, list[Line]] = {
        "Unit": [("Description", f"{words} deliveries that wait (podpipe, {project})")],
        section: [*lines, ("Unit", queue_unit(project))],
        "Install": [("WantedBy", f"{kind}s.target")],
    }
    return render_file(f"{project}-queue.{kind}", "", _ORIGIN, sections)
