"""What a build that did not end well leaves: a working container, with buildah 1.19 the process of its RUN step, and
where it was killed while it committed, half an image.

The first two are known by the folder that they have at /mnt, which is one image's own.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from podpipe.effects.build_settings import MOUNTED_AT
from podpipe.effects.process import read, run

TIMEOUT = 60.0  # seconds


def remove_leftovers(settings: Path) -> None:
    """End and remove what builds left that had `settings` mounted. Errors: CommandFailed."""
    for process in _processes(settings):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
    ours = list(_containers(settings))
    if ours:
        run(["buildah", "rm", *ours], doing="removing what a killed build left", timeout=TIMEOUT)


def remove_half_image(image: str) -> None:
    """Remove what lacks its manifest, by ID. Errors: CommandFailed."""
    run(["buildah", "rmi", "--force", image], doing=f"removing image {image:.12}, half written", timeout=TIMEOUT)


def _processes(settings: Path) -> Iterator[int]:
    mounted = (str(settings.relative_to(settings.parents[3])), MOUNTED_AT)
    for file in Path("/proc").glob("[0-9]*/mountinfo"):
        with contextlib.suppress(OSError):  # it ended, or is another user's
            if any(is_mount(line, *mounted) for line in file.read_text().splitlines()):
                yield int(file.parent.name)


def is_mount(line: str, source: str, target: str) -> bool:
    """Whether a line of mountinfo mounts `source`, which may be removed already, at `target` (proc(5))."""
    _, _, _, root, point, *_ = line.split()
    return point == target and root.replace("//deleted", "").endswith(f"/{source}")


def _containers(settings: Path) -> Iterator[str]:
    listed = _ask("containers", "--json") or []
    store = _ask("info")["store"] if listed else {}
    for container in listed:
        folder = Path(store["GraphRoot"], f"{store['GraphDriverName']}-containers", container["id"])
        if _mounts(folder / "userdata/buildah.json", settings):
            yield container["id"]


def _mounts(state: Path, settings: Path) -> bool:
    """Whether buildah's record of a working container says so; `buildah inspect` does not show it."""
    try:
        options = json.loads(state.read_bytes())["CommonBuildOpts"]
    except FileNotFoundError:
        return False
    return f"{settings}:{MOUNTED_AT}" in ((options or {}).get("Volumes") or [])


def _ask(*question: str) -> Any:
    return json.loads(read(["buildah", *question], doing="asking buildah", timeout=TIMEOUT))
