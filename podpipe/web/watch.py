"""The builder as a service: build, wait for a change, build again.

The watching process itself stays small: each build is a process of its own, whose memory goes with it.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime
from math import inf
from pathlib import Path
from time import monotonic, time
from typing import Any, Protocol

DEADLINE = 600.0  # seconds for one build, far more than a site of thousands of pages takes
RETRY = 60.0  # seconds until a build that failed for no fault of the content is tried again
RETRY_LONG = 3600.0  # until one that met the deadline is: that most likely is the content's fault
LOOK_AGAIN = 60.0  # seconds; no wait is longer, for the wall clock may be set meanwhile: a Pi has none of its own
STEP = 5.0  # seconds that it differs by where it was set


class Content(Protocol):
    """Content that changes."""

    folder: Path

    def wait(self, timeout: float) -> bool:
        """Return once it has changed, or after `timeout` seconds; whether it has changed."""


def watch(content: Content, output: Path) -> None:
    """Build whenever there is something new, for ever."""
    while True:
        clock = _clock()
        wait_until_due(content, _run_build(content.folder, output), clock)


def wait_until_due(content: Content, report: dict[str, Any], clock: float) -> None:
    """Return once another build is worth it; `clock` is what `_clock` said before the last one, whose report it is."""
    began = monotonic()
    while True:
        left = _patience(report, monotonic() - began)
        if left <= 0 or content.wait(min(left, LOOK_AGAIN)) or abs(_clock() - clock) > STEP:
            return


def _clock() -> float:
    """How far the wall clock is ahead of one that nobody sets."""
    return time() - monotonic()


def say(text: str) -> None:
    """A line for whoever reads the container's log."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _run_build(folder: Path, output: Path) -> dict[str, Any]:
    """The report of a build in a process of its own, which writes to our log itself."""
    module = [sys.executable, "-m", "podpipe.web"]
    command = [*module, "--once", "--json", "--content", str(folder), "--output", str(output)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=DEADLINE)
        return dict(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        say(f"the build of {folder} took longer than {DEADLINE:g} s and was killed; the next is when it changes")
        return {"error": "deadline"}
    except ValueError:
        reason = _ending(done.returncode)
    say(f"the build of {folder} {reason}; trying again in {RETRY:.0f} s")
    return {"error": "killed"}


def _ending(status: int) -> str:
    """How a process ended that did not say so itself; subprocess's negative status is a signal's number."""
    if status == -signal.SIGKILL:
        return "was killed (SIGKILL: most likely the container's memory limit)"
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"


def _patience(report: dict[str, Any], since: float) -> float:
    """Seconds until another build is worth it though nothing changed, `since` seconds after the last one."""
    if report.get("error", "ContentError") != "ContentError":
        return (RETRY_LONG if report["error"] == "deadline" else RETRY) - since
    if not report.get("due"):
        return inf
    return datetime.fromisoformat(report["due"]).timestamp() - time()
