"""Git LFS: a commit holds small pointers, and the files themselves come by another way (git-lfs's docs/spec.md)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from podpipe.effects.git.address import is_local
from podpipe.effects.git.command import reaching, work
from podpipe.effects.git.entries import Entry, is_inside
from podpipe.effects.git.mirror import Mirror
from podpipe.errors import CommandFailed
from podpipe.files import explain_full_disk

_LONGEST = 1024  # bytes of a pointer
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n"
)
_NAMED = 3  # files in an error


@dataclass(frozen=True)
class _Pointer:
    path: str
    oid: str
    size: int


def fill_pointers(mirror: Mirror, commit: str, tree: Path, entries: Sequence[Entry]) -> None:
    """Put the files where their pointers were checked out. Errors: CommandFailed naming the first few; DiskFull."""
    pointers = list(_pointers(tree, entries)) if _uses_lfs(tree, entries) else []
    store = mirror.repository / "lfs"
    if _missing(store, pointers):
        _fetch(mirror, commit, pointers)
    if missing := _missing(store, pointers):
        raise CommandFailed(
            f"{mirror.shown} does not give {_list(missing)} of Git LFS", hint="push them: git lfs push --all origin"
        )
    for pointer in pointers:
        with explain_full_disk(tree):
            shutil.copyfile(_kept(store, pointer), tree / pointer.path)


def _uses_lfs(tree: Path, entries: Iterable[Entry]) -> bool:
    rules = (entry for entry in entries if entry.is_file and entry.path.split("/")[-1] == ".gitattributes")
    return any(b"filter=lfs" in (tree / entry.path).read_bytes() for entry in rules if is_inside(tree, entry.path))


def _pointers(tree: Path, entries: Iterable[Entry]) -> Iterator[_Pointer]:
    for entry in entries:
        if entry.is_file and 0 < entry.size < _LONGEST and is_inside(tree, entry.path):
            found = _POINTER.fullmatch((tree / entry.path).read_bytes())
            if found:
                yield _Pointer(entry.path, found[1].decode(), int(found[2]))


def _missing(store: Path, pointers: Iterable[_Pointer]) -> list[_Pointer]:
    return [each for each in pointers if not _is_whole(_kept(store, each), each.size)]


def _is_whole(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size


def _kept(store: Path, pointer: _Pointer) -> Path:
    return store / "objects" / pointer.oid[:2] / pointer.oid[2:4] / pointer.oid


def _fetch(mirror: Mirror, commit: str, pointers: Sequence[_Pointer]) -> None:
    try:
        work("lfs", "version", doing="asking for git-lfs")
    except CommandFailed:
        raise CommandFailed(
            f"{mirror.shown} keeps {_list(pointers)} in Git LFS, and git-lfs is not installed here",
            hint="install it: sudo apt-get install git-lfs; or keep the files in git itself",
        ) from None
    settings = {
        "remote.origin.url": mirror.url if "://" in mirror.url or not is_local(mirror.url) else f"file://{mirror.url}",
        "lfs.storage": "lfs",  # inside of a repository, the upstream too if it is of this machine
        "lfs.fetchinclude": "",
        "lfs.fetchexclude": "",
        "lfs.fetchrecentalways": "false",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    work(
        *(*options, f"--git-dir={mirror.repository}", "lfs", "fetch", "origin", commit),
        doing=f"fetching {_list(pointers)} of Git LFS from {mirror.shown}",
        env=reaching(mirror.url),
    )


def _list(pointers: Sequence[_Pointer]) -> str:
    named = ", ".join(pointer.path for pointer in pointers[:_NAMED])
    return named if len(pointers) <= _NAMED else f"{named} and {len(pointers) - _NAMED} more files"
