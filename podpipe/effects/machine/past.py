"""What was begun and is not over: podpipe's lock, deliveries and requests, by the files that they leave."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from podpipe.effects.machine.here import Here, softly
from podpipe.effects.released import flight_file
from podpipe.plan.machine import Past

MOST = 200  # characters that are shown of what a file says


def look_at_past(at: Here) -> Past:
    """Of all projects of this user."""
    holder, held = _lock(at)
    projects = sorted(path for path in at.at(at.state).iterdir() if path.is_dir()) if at.at(at.state).is_dir() else []
    return Past(
        holder=holder,
        held=held,
        deliveries=tuple(
            (project.name, softly(lambda: _delivery(project), "its notes cannot be read"))  # noqa: B023
            for project in projects
            if flight_file(project).exists()
        ),
        waiting=tuple(each for project in projects for each in _waiting(project)),
    )


def _lock(at: Here) -> tuple[str, float]:
    """Who holds podpipe's lock, by /proc/locks, since when; asking does not take it, and a dead process holds none."""
    file = next((path for path in (f"{at.runtime}/podpipe/lock", f"{at.state}/lock") if at.at(path).exists()), "")
    if not file:
        return "", 0.0
    seen = at.at(file).stat()
    mark = f":{seen.st_ino} "
    device = f"{os.major(seen.st_dev):02x}:{os.minor(seen.st_dev):02x}"
    held = any("FLOCK" in line and f"{device}{mark}" in line for line in at.read("/proc/locks").splitlines())
    return (at.read(file)[:MOST] or "another podpipe", time.time() - seen.st_mtime) if held else ("", 0.0)


def _delivery(project: Path) -> str:
    """The image and the step, as podpipe.delivery notes them."""
    notes = json.loads(flight_file(project).read_bytes()[: 1 << 20])
    release = notes.get("release") or {}
    words = [release.get("image"), release.get("branch"), f"at the step {notes['step']}"]
    return " ".join(str(word) for word in words if word)[:MOST]


def _waiting(project: Path) -> Iterator[tuple[str, int, float]]:
    times = [softly(lambda: path.stat().st_mtime, time.time()) for path in project.glob("queue/waiting/*.json")]  # noqa: B023
    if times:
        yield project.name, len(times), time.time() - min(times)
