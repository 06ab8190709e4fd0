"""A source's file, from a path or a URL: whole, unpacked and seekable, or an error that says why not."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import stat
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from podpipe.data.download import LARGEST, SILENCE, Validators, copy, download, is_url, shown
from podpipe.data.text import as_utf8, refuse_others
from podpipe.errors import SourceError

_CHUNK = 64 * 1024
_GZIP = b"\x1f\x8b"
_HTML = (b"<!doctype html", b"<html", b"<head")


@dataclass(frozen=True)
class Fetched:
    """An open file and the SHA-256 of its content in hex; `modified` as it was then, in nanoseconds."""

    file: BinaryIO
    sha256: str
    modified: int
    validators: Validators

    def refuse_change(self) -> None:
        """Errors: SourceError if somebody has written to the file since it was opened."""
        if os.fstat(self.file.fileno()).st_mtime_ns != self.modified:
            raise SourceError("somebody wrote to the file while it was read", hint="run sync again")


@contextlib.contextmanager
def fetch(
    location: str,
    scratch: Path,
    known: Validators,
    *,
    encoding: str = "",
    largest: int = LARGEST,
    silence: float = SILENCE,
) -> Iterator[Fetched | None]:
    """Open what stands at a URL or a path, as UTF-8; None if the server says that the `known` version is the newest.

    What is downloaded or unpacked, at most `largest` bytes, lies in the folder `scratch` without a name, and is
    gone with the process however it ends. Errors: SourceError, DiskFull.
    """
    with contextlib.ExitStack() as stack:
        validators: Validators | None = Validators()
        if is_url(location):
            file = stack.enter_context(_nameless_file(scratch))
            validators = download(location, file, known, largest=largest, silence=silence)
        else:
            file = stack.enter_context(_open(Path(location)))
        if validators is None:
            yield None
            return
        file = _unpack(file, location, stack.enter_context(_nameless_file(scratch)), largest)
        refuse_others(file, shown(location))
        file = as_utf8(file, encoding, stack.enter_context(_nameless_file(scratch)), largest)
        _refuse_html(file, location)
        modified = os.fstat(file.fileno()).st_mtime_ns
        yield Fetched(file, _sha256(file), modified, validators)


@contextlib.contextmanager
def _nameless_file(folder: Path) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile(dir=folder) as file:
        yield file


def _open(path: Path) -> BinaryIO:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device may have no end
            raise SourceError(f"{path} is not a regular file", hint="correct the path in podpipe.yaml")
        return path.open("rb")
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {error.strerror}", hint="correct the path in podpipe.yaml, or the file's mode"
        ) from error


def _unpack(file: BinaryIO, location: str, into: BinaryIO, largest: int) -> BinaryIO:
    """The file itself, or what it is gzip of: neither its name nor a server's headers tell as surely as its start."""
    file.seek(0)
    start = file.read(len(_GZIP))
    file.seek(0)
    if start != _GZIP:
        return file
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            copy(unpacked, into, largest, "the file unpacks to")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        what = f"{shown(location)}: not whole gzip ({error})"
        raise SourceError(what, hint="make it anew, or download it again") from error
    return into


def _refuse_html(file: BinaryIO, location: str) -> None:
    file.seek(0)
    if file.read(1024).lstrip().lower().startswith(_HTML):
        raise SourceError(f"{shown(location)} is an HTML page", hint="is a login or another address needed?")


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
