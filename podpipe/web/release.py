"""Releases of the site: `releases/ID/` is made beside the live one, synced, and then becomes `current` in one step."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from podpipe.files import explain_full_disk, sync_folder

KEEP = 5  # releases that stay whole, the live one included; one more waits to be used up by the next build

_UNFINISHED = ".unfinished"


def current_release(site: Path) -> str:
    """The live release's ID; "" if there is none."""
    try:
        release = (site / "current").readlink().name
    except OSError:
        return ""
    return release if release in releases(site) else ""


def releases(site: Path) -> list[str]:
    """The IDs of all releases, newest first.

    They are numbers, because a clock that jumps (a Pi has none of its own) does not disturb their order.
    """
    try:
        names = [folder.name for folder in (site / "releases").iterdir()]
    except FileNotFoundError:
        return []
    return sorted((name for name in names if name.isdecimal()), key=int, reverse=True)


def spare_releases(site: Path) -> list[str]:
    """The releases beyond those to keep, newest first; the live one is never among them."""
    live = current_release(site)
    return [release for release in releases(site) if release != live][KEEP - 1 :]


def remove_releases(site: Path, unwanted: Iterable[str]) -> None:
    """Remove releases from the disk."""
    for release in unwanted:
        shutil.rmtree(site / "releases" / release, ignore_errors=True)


def switch_to(site: Path, release: str) -> None:
    """Make a release the live one, in one step. Errors: DiskFull."""
    with explain_full_disk(site):
        beside = site / ".current"
        beside.unlink(missing_ok=True)
        beside.symlink_to(f"releases/{release}")
        beside.replace(site / "current")
        sync_folder(site)


class Release:
    """A release in the making. What an earlier attempt left unfinished is swept away first.

    It begins as what `spare` holds (a release nobody needs; "" for an empty folder), because a
    thousand folders that are there already need not be made. Files taken over from `previous` are
    hard links to it, so nothing ever writes into a file: it is unlinked and created.
    """

    def __init__(self, site: Path, previous: str, spare: str) -> None:
        self._site = site
        self._releases = site / "releases"
        self._folder = self._releases / _UNFINISHED
        self._previous = self._releases / previous if previous else None
        self._folders: set[str] = set()
        with explain_full_disk(site):
            self._releases.mkdir(parents=True, exist_ok=True)
            if self._folder.exists():
                shutil.rmtree(self._folder)
            if spare:
                (self._releases / spare).rename(self._folder)
            else:
                self._folder.mkdir()

    def has(self, path: str) -> bool:
        """Whether the file is there already."""
        return (self._folder / path).is_file()

    def remove(self, path: str) -> None:
        """Take a file away, and the folders that this leaves empty."""
        target = self._folder / path
        target.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # at the first folder that is not empty
            for folder in target.parents:
                if folder == self._folder:
                    return
                folder.rmdir()

    def take_over(self, path: str) -> bool:
        """Keep the previous release's file; False if it has none to give."""
        if self._previous is None or not (self._previous / path).is_file():
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

    def copy(self, path: str, source: BinaryIO) -> None:
        """A new file with another's content. Errors: DiskFull."""
        target = self._place(path)
        try:
            with explain_full_disk(target), target.open("xb") as file:
                shutil.copyfileobj(source, file)
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def publish(self) -> str:
        """Bring it to the disk and make it the live one. Returns its ID. Errors: DiskFull."""
        with explain_full_disk(self._site):
            _sync_file_system(self._folder)
            release = str(max(map(int, releases(self._site)), default=0) + 1)
            self._folder.rename(self._releases / release)
            sync_folder(self._releases)
        switch_to(self._site, release)
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
