"""Build contexts: which files an image is built from, their hash, and a copy of exactly these for buildah.

The hash decides whether an image is built at all, so it counts what an image can see and nothing else:
paths, contents, the executable bit, where symbolic links point. Owners and times do not count.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import podpipe
from podpipe.definition.specs import BuiltImage
from podpipe.effects.ignore import Ignore, load_ignore, parse_ignore
from podpipe.errors import UsageError

RUNTIME = Path(podpipe.__file__).parent
RUNTIME_SHARED = ("__init__.py", "errors.py", "files.py")
RUNTIME_IGNORE = parse_ignore(["**/__pycache__"])
CHUNK = 1024 * 1024  # bytes that are read at once
BUILT_AT = 946684800  # 2000-01-01, for every file: buildah's layer cache looks at times, and zip knows none before 1980


@dataclass(frozen=True)
class Entry:
    """One thing in a context: its path there, what of it counts besides content, where it really is."""

    path: str
    kind: str
    source: Path

    @classmethod
    def at(cls, path: str, source: Path) -> Entry:
        """Look at `source`. Errors: UsageError for a link out of the context, a socket, a pipe or a device."""
        mode = source.lstat().st_mode
        if stat.S_ISLNK(mode):
            return cls(path, f"link {_target(path, source)}", source)
        if stat.S_ISDIR(mode):
            return cls(path, "folder", source)
        if not stat.S_ISREG(mode):
            raise UsageError(f"{source} is neither file, folder nor link", hint="leave it out by .containerignore")
        return cls(path, "program" if mode & stat.S_IXUSR else "file", source)

    @property
    def has_content(self) -> bool:
        return self.kind in ("file", "program")


def context_hash(image: BuiltImage, base_ids: Mapping[str, str]) -> str:
    """SHA-256 in hex of all that goes into an image; `base_ids` are its bases' image ids by name.

    Errors: UsageError for a file that a context cannot hold.
    """
    digest = hashlib.sha256()
    for base in sorted(base_ids):
        _add(digest, f"base {base}", base_ids[base].encode())
    _add(digest, "Containerfile", image.containerfile.read_bytes())
    for entry in context_entries(image):
        what = f"{entry.kind} {entry.path}"
        if entry.has_content:
            _add_file(digest, what, entry.source)
        else:
            _add(digest, what, b"")
    return digest.hexdigest()


def stage_context(image: BuiltImage, folder: Path) -> None:
    """Copy exactly what `context_hash` counts, but the Containerfile, into `folder`."""
    for entry in context_entries(image):
        target = folder / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if entry.has_content:
            shutil.copyfile(entry.source, target)
            target.chmod(0o755 if entry.kind == "program" else 0o644)
        elif entry.kind == "folder":
            target.mkdir(exist_ok=True)
        else:
            target.symlink_to(entry.source.readlink())
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
        os.utime(path, (BUILT_AT, BUILT_AT), follow_symlinks=False)


def context_entries(image: BuiltImage) -> list[Entry]:
    """What is in an image's context, by path: its folder without what .containerignore names, and podpipe's runtime."""
    entries = list(_walk(image.context, "", load_ignore(image.context)))
    if image.runtime:
        if any(entry.path.split("/")[0] == "podpipe" for entry in entries):
            raise UsageError(
                f"image {image.name}: {image.context / 'podpipe'} is in the way of podpipe's own code",
                hint="rename it, leave it out by .containerignore, or remove `runtime` from the image",
            )
        entries += _runtime_entries(image.runtime)
    return sorted(entries, key=lambda entry: entry.path)


def _walk(folder: Path, prefix: str, ignore: Ignore) -> Iterator[Entry]:
    for item in sorted(os.scandir(folder), key=lambda item: item.name):
        path = prefix + item.name
        left_out = ignore.leaves_out(path)
        if not left_out:
            yield Entry.at(path, Path(item.path))
        if item.is_dir(follow_symlinks=False) and (not left_out or ignore.takes_back):
            yield from _walk(Path(item.path), f"{path}/", ignore)


def _target(path: str, source: Path) -> str:
    target = str(source.readlink())
    if f"{posixpath.normpath(posixpath.join(posixpath.dirname(path), target))}/".startswith(("/", "../")):
        raise UsageError(
            f"{source} points out of the build context, to {target}",
            hint="put a copy of the file there, or leave the link out by .containerignore",
        )
    return target


def _runtime_entries(runtime: str) -> Iterator[Entry]:
    for name in RUNTIME_SHARED:
        yield Entry.at(f"podpipe/{name}", RUNTIME / name)
    yield from _walk(RUNTIME / runtime, f"podpipe/{runtime}/", RUNTIME_IGNORE)


def _add(digest: hashlib._Hash, what: str, content: bytes) -> None:
    """Feed a name and a content so that no two sequences of them give the same bytes."""
    digest.update(_head(what, len(content)) + content)


def _add_file(digest: hashlib._Hash, what: str, path: Path) -> None:
    """As `_add`, of a file that may be larger than the memory."""
    with path.open("rb") as file:
        digest.update(_head(what, os.fstat(file.fileno()).st_size))
        while chunk := file.read(CHUNK):
            digest.update(chunk)


def _head(what: str, size: int) -> bytes:
    return f"{what}\0{size}\0".encode(errors="surrogateescape")
