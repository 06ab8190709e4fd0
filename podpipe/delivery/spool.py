"""Requests that containers drop into the claim `spool`: NAME.json, renamed into place, a name of its own each time.

{"branch": NAME} and, where only some are meant, "images": [NAME, ...]; "commit" may tell for what. Nothing else is
said there, and of that only the branch and the images are believed: what is done to the branch stands in podpipe.yaml,
and its newest commit comes from the repository. Containers may write what they like, so nothing here follows a link,
waits, or reads more than a little.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from podpipe.definition.branch import check_branch
from podpipe.delivery.requests import Request
from podpipe.effects.volume_owner import make_readable, remove_inside
from podpipe.errors import UsageError

KEYS = ("branch", "images", "commit")
MOST = 100  # files a run
LARGEST = 4096  # bytes of a file
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.json")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Refused(Exception):
    """A file that is no request, and why."""


def drain_spool(
    folder: Path, images: Collection[str], take: Callable[[Request], object], refuse: Callable[[str, str], None]
) -> bool:
    """Take the requests for known `images`, refuse (name, why) what is none, and remove both; True: there may be more.

    A name that begins with a dot is a file that is still being written. What `take` refuses stays no longer either.
    Errors: CommandFailed, OSError, where the folder cannot be emptied.
    """
    try:
        descriptor = _open(folder)
    except FileNotFoundError:
        return False
    try:
        names = list(islice(_names(descriptor), MOST))
        for name in names:
            try:
                take(read_request(_content(descriptor, name), images))
            except Refused as error:
                refuse(name, str(error))
        _remove(folder, descriptor, names)
    finally:
        os.close(descriptor)
    return len(names) == MOST


def read_request(data: bytes, images: Collection[str]) -> Request:
    """The request that a file holds. Errors: Refused."""
    try:
        entry = json.loads(data.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise Refused("it is not JSON in UTF-8") from None
    if not isinstance(entry, dict):
        raise Refused("it is not a JSON object")
    for key in entry:
        if key not in KEYS:
            raise Refused(f"it has a key `{key[:80]}`; known are {', '.join(KEYS)}")
    commit = entry.get("commit", "0" * 40)
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise Refused("its commit is not 40 hexadecimal digits")
    return Request(_branch(entry), images=_images(entry, images), asked_by="webhook", at=time.time())


def _branch(entry: Mapping[str, Any]) -> str:
    branch = entry.get("branch")
    if not isinstance(branch, str):
        raise Refused("it names no branch")
    try:
        return check_branch(branch)
    except UsageError as error:
        raise Refused(error.message) from None


def _images(entry: Mapping[str, Any], known: Collection[str]) -> tuple[str, ...]:
    if "images" not in entry:
        return ()
    names = entry["images"]
    if not isinstance(names, list) or not names:
        raise Refused("its images are not a list of names")
    for name in names:
        if not isinstance(name, str) or name not in known:
            raise Refused(f"no image that is built here is called `{str(name)[:80]}`")
    return tuple(dict.fromkeys(names))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands there twice")
    return dict(pairs)


# --- the folder ----------------------------------------------------------------------------------------


def _open(folder: Path) -> int:
    try:
        return os.open(folder, _FLAGS | os.O_DIRECTORY)
    except PermissionError:  # its owner, a container, took it from us; or Podman 5, which closes the folder around it
        make_readable(folder.parent, folder)
        return os.open(folder, _FLAGS | os.O_DIRECTORY)


def _names(descriptor: int) -> Iterator[str]:
    with os.scandir(descriptor) as entries:
        yield from (entry.name for entry in entries if not entry.name.startswith("."))


def _content(folder: int, name: str) -> bytes:
    """A file's bytes. Errors: Refused for what is no small regular file that may be read."""
    if not _NAME.fullmatch(name):
        raise Refused("its name is not NAME.json, of letters, digits and `._-`")
    try:
        if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise Refused("it is not a regular file")
        descriptor = os.open(name, _FLAGS, dir_fd=folder)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Refused("it is not a regular file")
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Refused(f"it cannot be read: {error.strerror}; its mode must be 644") from None
    if len(data) > LARGEST:
        raise Refused(f"it is larger than {LARGEST} bytes")
    return data


def _remove(folder: Path, descriptor: int, names: list[str]) -> None:
    """Ours can be removed by us, a container's only in its user namespace."""
    left: list[Path] = []
    for name in names:
        try:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=descriptor)
        except OSError:
            left.append(folder / name)
    if left:
        remove_inside(left)
