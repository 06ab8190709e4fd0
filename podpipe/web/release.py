"""Releases of the site: `releases/ID/` is made beside the live one, synced, and then becomes `current` in one step."""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path

from podpipe.files import PathLike, explain_full_disk, sync_folder

KEEP = 3  # releases, the live one included

_UNFINISHED = ".unfinished"


def current_release(site: Path) -> str:
    """The live release's ID; "" if there is none."""
    try:
        release = (site / "current").readlink().name
    except OSError:
        return ""
    return release if (site / "releases" / release).is_dir() else ""


class Release:
    """A release in the making. What an earlier attempt left unfinished is swept away first.

    Files taken over from `previous` are hard links to it, so nothing ever writes to a file of a
    release: each is created once.
    """

    def __init__(self, site: Path, previous: str) -> None:
        self._site = site
        self._releases = site / "releases"
        self._folder = self._releases / _UNFINISHED
        self._previous = self._releases / previous if previous else None
        self._folders: set[str] = set()
        with explain_full_disk(site):
            self._releases.mkdir(parents=True, exist_ok=True)
            if self._folder.exists():
                shutil.rmtree(self._folder)
            self._folder.mkdir()

    def take_over(self, path: str) -> bool:
        """Keep the previous release's file; False if it has none to give."""
        if self._previous is None:
            return False
        target = self._place(path)
        try:
            with explain_full_disk(target):
                os.link(self._previous / path, target)
        except OSError:
            return False
        return True

    def write(self, path: str, text: str) -> None:
        """A new file. Errors: DiskFull."""
        target = self._place(path)
        with explain_full_disk(target), target.open("xb") as file:
            file.write(text.encode())

    def copy(self, path: str, source: PathLike) -> None:
        """A new file with another's content. Errors: DiskFull."""
        target = self._place(path)
        with explain_full_disk(target):
            shutil.copyfile(source, target)

    def publish(self) -> str:
        """Bring it to the disk and make it the live one. Returns its ID. Errors: DiskFull."""
        with explain_full_disk(self._site):
            _sync_file_system(self._folder)
            release = str(max(_numbers(self._releases), default=0) + 1)
            self._folder.rename(self._releases / release)
            sync_folder(self._releases)
            beside = self._site / ".current"
            beside.unlink(missing_ok=True)
            beside.symlink_to(f"releases/{release}")
            beside.replace(self._site / "current")
            sync_folder(self._site)
        return release

    def discard(self) -> None:
        """Give up: nothing of it stays."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _place(self, path: str) -> Path:
        folder = path.rpartition("/")[0]
        if folder not in self._folders:
            (self._folder / folder).mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)
        return self._folder / path


def remove_old_releases(site: Path) -> None:
    """Keep the live release and the newest ones besides, `KEEP` in all."""
    live = current_release(site)
    others = [number for number in sorted(_numbers(site / "releases"), reverse=True) if str(number) != live]
    for number in others[KEEP - 1 :]:
        shutil.rmtree(site / "releases" / str(number), ignore_errors=True)


def _numbers(releases: Path) -> list[int]:
    """The releases by number: a clock that jumps (a Pi has none of its own) does not disturb their order."""
    return [int(folder.name) for folder in releases.iterdir() if folder.name.isdecimal()]


def _sync_file_system(folder: Path) -> None:
    """syncfs(2): one commit for a thousand new files and links, where fsync would take one each."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if libc.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)
