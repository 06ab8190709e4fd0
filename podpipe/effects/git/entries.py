"""What a commit holds, as git lists it, and where that lies once it is checked out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from podpipe.effects.git.mirror import Mirror


@dataclass(frozen=True)
class Entry:
    """One file, link or submodule of a commit; `size` is a file's in bytes, else 0."""

    path: str
    mode: str
    object: str
    size: int

    @property
    def is_file(self) -> bool:
        return self.mode.startswith("100")

    @property
    def is_submodule(self) -> bool:
        return self.mode == "160000"


def list_entries(mirror: Mirror, commit: str) -> list[Entry]:
    """All of them, whatever folder they are in. Errors: CommandFailed."""
    listed = mirror.ask("ls-tree", "-r", "-l", "-z", "--full-tree", commit, doing=f"listing {commit[:12]}")
    return [_entry(line) for line in listed.split("\0")[:-1]]


def is_inside(tree: Path, path: str) -> bool:
    """Whether no part of `path` below `tree` is a link, which could lead anywhere."""
    return os.path.realpath(tree / path) == os.path.join(os.path.realpath(tree), path)  # noqa: PTH118 - as it is spelled


def _entry(line: str) -> Entry:
    what, _, path = line.partition("\t")
    mode, _, name, size = what.split()
    return Entry(path, mode, name, int(size) if size != "-" else 0)
