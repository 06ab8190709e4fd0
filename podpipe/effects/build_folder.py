"""The folder that an image is built in: outside of home, which other user ids often cannot enter."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from podpipe.effects.process import run
from podpipe.errors import PodpipeError
from podpipe.files import explain_full_disk

PARENT = Path("/var/tmp")  # noqa: S108 - the folder below it is made ours
TIMEOUT = 300.0  # seconds


@contextlib.contextmanager
def build_folder(image: str) -> Iterator[Path]:
    """An empty folder, always the same for an image of this user; what a killed build left there goes first."""
    ours = PARENT / f"podpipe-{os.getuid()}"
    with explain_full_disk(ours):
        ours.mkdir(exist_ok=True)
        _check_ours(ours)
        folder = ours / image
        _remove(folder)
        folder.mkdir()
        for each in (ours, folder):
            make_passable(each)
    try:
        yield folder
    finally:
        _remove(folder)


def make_passable(folder: Path) -> None:
    """Let others through, but not look around: a build runs as the user's other ids too."""
    folder.chmod(0o711)


def _check_ours(folder: Path) -> None:
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PodpipeError(f"{folder} belongs to someone else", hint="look who made it, and remove it")


def _remove(folder: Path) -> None:
    """Builds leave files of the user's other ids, which only root of the user's own namespace may remove."""
    shutil.rmtree(folder, ignore_errors=True)  # mostly there are none, and a Pi takes a second to start buildah
    if folder.exists():
        run(["buildah", "unshare", "rm", "-rf", str(folder)], doing=f"removing {folder}", timeout=TIMEOUT)
