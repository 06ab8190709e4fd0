"""A folder made like another one, in place: containers that mount it go on to see it."""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path

from podpipe.files import explain_full_disk


def replace_tree(source: Path, target: Path) -> None:
    """Let `target` hold what `source` holds, which is used up; what is the same is not touched. Errors: DiskFull."""
    with explain_full_disk(target):
        target.mkdir(parents=True, exist_ok=True)
        _follow(source, target)


def let_everybody_read(folder: Path) -> None:
    """Containers' users are strangers to us: files that they mount must be readable for all."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))


def _follow(source: Path, target: Path) -> None:
    wanted = {entry.name: entry for entry in os.scandir(source)}
    for entry in os.scandir(target):
        if entry.name not in wanted or not _same_kind(entry, wanted[entry.name]):
            _remove(entry)
    for name, entry in wanted.items():
        if entry.is_dir(follow_symlinks=False):
            (target / name).mkdir(exist_ok=True)
            (target / name).chmod(entry.stat().st_mode & 0o7777)
            _follow(source / name, target / name)
        elif not _is_same(source / name, target / name):
            (source / name).replace(target / name)


def _same_kind(one: os.DirEntry[str], other: os.DirEntry[str]) -> bool:
    return one.is_dir(follow_symlinks=False) == other.is_dir(follow_symlinks=False)


def _is_same(source: Path, target: Path) -> bool:
    if source.is_symlink() or target.is_symlink():
        return source.is_symlink() and target.is_symlink() and source.readlink() == target.readlink()
    if not target.exists() or source.stat().st_mode != target.stat().st_mode:
        return False
    return filecmp.cmp(source, target, shallow=False)


def _remove(entry: os.DirEntry[str]) -> None:
    shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else Path(entry.path).unlink()
