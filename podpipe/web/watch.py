"""The builder as a service: build, wait for a change, build again.

The watching process itself stays small: each build is a process of its own, whose memory goes with it.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Protocol

DEADLINE = 600.0  # seconds for one build, far more than a site of thousands of pages takes
RETRY = 60.0  # seconds until a build that failed for no fault of the content is tried again


class Content(Protocol):
    """Content that changes."""

    folder: Path

    def wait(self, timeout: float | None) -> None:
        """Return once it has changed, or after `timeout` seconds; None waits for ever."""


def watch(content: Content, output: Path) -> None:
    """Build whenever there is something new, for ever."""
    while True:
        content.wait(_patience(_run_build(content.folder, output)))


def say(text: str) -> None:
    """A line for whoever reads the container's log."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _run_build(folder: Path, output: Path) -> dict[str, str]:
    """The report of a build in a process of its own, which writes to our log itself."""
    module = [sys.executable, "-m", "podpipe.web"]
    command = [*module, "--once", "--json", "--content", str(folder), "--output", str(output)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=DEADLINE)
        return dict(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        reason = f"took longer than {DEADLINE:g} s and was killed"
    except ValueError:
        reason = _ending(done.returncode)
    say(f"the build of {folder} {reason}; trying again in {RETRY:.0f} s")
    return {"error": "killed"}


def _ending(status: int) -> str:
    """How a process ended that did not say so itself; subprocess's negative status is a signal's number."""
    if status == -signal.SIGKILL:
        return "was killed (SIGKILL: most likely the container's memory limit)"
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"


def _patience(report: dict[str, str]) -> float | None:
    """Seconds until another build is worth it though nothing changed; None: never."""
    if report.get("error", "ContentError") != "ContentError":
        return RETRY
    if not report.get("due"):
        return None
    return max(0.0, (datetime.fromisoformat(report["due"]) - datetime.now(timezone.utc)).total_seconds())
