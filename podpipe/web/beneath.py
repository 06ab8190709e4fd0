"""The one door to the content's files: beneath its folder, through no link, whatever changes meanwhile.

A name that was looked at a moment ago may be another file's when it is opened: so every part of a path is opened from
the folder before it, and none may be a link.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a FIFO would be waited for


def open_folder(root: Path, path: str) -> int:
    """A descriptor of a folder beneath `root`, "" for itself. Errors: OSError, also for a link in its path."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    for name in path.split("/") if path else ():
        descriptor = _step(descriptor, name, _FOLDER)
    return descriptor


def open_file(root: Path, path: str) -> BinaryIO:
    """A file beneath `root`. Errors: OSError, also for a link in its path and for what is no file."""
    folder, _, name = path.rpartition("/")
    descriptor = _step(open_folder(root, folder), name, _FILE)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file any more")
    return os.fdopen(descriptor, "rb")


def _step(folder: int, name: str, flags: int) -> int:
    """Open `name` in the folder, which is closed."""
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP or (error.errno == errno.ENOTDIR and flags == _FOLDER):
            raise OSError(error.errno, "a link took its place, or its folder's") from None
        raise
    finally:
        os.close(folder)
