"""File systems, the room on them, and the journal's."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from podpipe.effects.machine.here import Here, softly
from podpipe.effects.machine.mounts import find_mount
from podpipe.plan.machine import Journal, Space

Folder = tuple[str, str]  # what it holds, its path
CARD = re.compile(r"^179:|mmcblk")  # MMC's major number (the kernel's admin-guide/devices.txt), or its name
LIMIT = re.compile(r"^\s*SystemMaxUse\s*=\s*\S", re.MULTILINE)
JOURNALS = ("/var/log/journal", "/run/log/journal")  # where one is kept decides (journald.conf(5): Storage=auto)


def folders_of(at: Here, images: str) -> list[Folder]:
    """What podpipe and Podman write to; `images` is the store. Large temporary files go to /var/tmp by default."""
    temporary = at.environment.get("TMPDIR")
    places = [temporary] if temporary else ["/tmp", "/var/tmp"]  # noqa: S108
    return [("images", images), ("state", at.state), *(("temporary files", place) for place in places)]


def look_at_spaces(at: Here, folders: Sequence[Folder]) -> tuple[Space, ...]:
    """Each file system that holds one of the folders."""
    by_device: dict[int, list[Folder]] = {}
    for holds, path in folders:
        nearest = _nearest(at, path)
        device = softly(lambda: at.at(nearest).stat().st_dev, 0)  # noqa: B023
        by_device.setdefault(device, []).append((holds, nearest))
    seen = (softly(lambda: _space(at, group), None) for group in by_device.values())  # noqa: B023
    return tuple(space for space in seen if space)


def _space(at: Here, group: Sequence[Folder]) -> Space:
    path = group[0][1]
    seen = os.statvfs(at.at(path))
    return Space(
        holds=tuple(dict.fromkeys(holds for holds, _ in group)),
        path=find_mount(at, path).point,
        free=seen.f_bavail * seen.f_frsize,
        size=seen.f_blocks * seen.f_frsize,
        free_inodes=seen.f_favail,
        inodes=seen.f_files,
        read_only=bool(seen.f_flag & os.ST_RDONLY),
    )


def look_at_unwritable(at: Here, folders: Sequence[Folder]) -> tuple[str, ...]:
    """The folders, or those that they will be made in, that this user may not write to, unless nobody may."""
    places = dict.fromkeys(_nearest(at, path) for _, path in folders)
    return tuple(
        place for place in places if not os.access(at.at(place), os.W_OK | os.X_OK) and not _is_frozen(at, place)
    )


def _is_frozen(at: Here, path: str) -> bool:
    return bool(os.statvfs(at.at(path)).f_flag & os.ST_RDONLY)


def _nearest(at: Here, path: str) -> str:
    """The path, or the first of its parents that is there."""
    chain = [path, *map(str, Path(path).parents)]
    return next((each for each in chain if softly(at.at(each).exists, False)), "/")


def look_at_journal(at: Here) -> Journal | None:
    """None where systemd keeps none."""
    machine = at.read("/etc/machine-id").strip()
    folder = next((f"{place}/{machine}" for place in JOURNALS if at.at(f"{place}/{machine}").is_dir()), "")
    if not machine or not folder:
        return None
    files = list(at.at(folder).glob("*.journal"))
    persistent = folder.startswith("/var")
    return Journal(
        persistent=persistent,
        size=sum(path.stat().st_blocks * 512 for path in at.at(folder).glob("*.journal*")),
        limited=_is_limited(at),
        readable=persistent or not files or any(os.access(path, os.R_OK) for path in files),
        on_card=bool(CARD.search(find_mount(at, folder).device)),
    )


def _is_limited(at: Here) -> bool:
    files = [Path("/etc/systemd/journald.conf")]
    for folder in ("/etc", "/run", "/usr/lib"):
        files += [
            folder / path.relative_to(at.at(folder)) for path in at.at(folder).glob("systemd/journald.conf.d/*.conf")
        ]
    return any(LIMIT.search(at.read(file)) for file in files)
