"""The files of a commit in a folder, without a repository: submodules and Git LFS too, and nothing that runs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from podpipe.effects.git.command import UNSET, work
from podpipe.effects.git.entries import is_inside, list_entries
from podpipe.effects.git.largefiles import fill_pointers
from podpipe.effects.git.mirror import Mirror
from podpipe.effects.git.submodules import Submodule, list_submodules
from podpipe.errors import CommandFailed, RevisionMissing
from podpipe.files import explain_full_disk, lock

PREFIX = "work-"
MOST_SUBMODULES = 100


@contextlib.contextmanager
def worktree(mirror: Mirror, commit: str) -> Iterator[Path]:
    """A folder with the files of `commit` and its submodules, removed afterwards.

    Errors: RevisionMissing for a submodule whose commit was never pushed, or that may not be fetched;
    CommandFailed; DiskFull.
    """
    with _work_folder(mirror.folder) as folder:
        tree = folder / "tree"
        _check_out_all(mirror, commit, tree, folder / "index")
        yield tree


def _check_out_all(mirror: Mirror, commit: str, tree: Path, index: Path) -> None:
    pending = [(mirror, commit, tree)]
    for done, (source, revision, folder) in enumerate(pending):  # which grows meanwhile
        if done > MOST_SUBMODULES:
            raise RevisionMissing(f"{mirror.shown} has more than {MOST_SUBMODULES} submodules, counting theirs")
        _check_out(source, revision, folder, index)
        entries = list_entries(source, revision)
        fill_pointers(source, revision, folder, entries)
        for submodule in list_submodules(source, revision, entries):
            pending.append((_fetched(source, submodule), submodule.commit, _place(folder, submodule)))


def _check_out(mirror: Mirror, commit: str, tree: Path, index: Path) -> None:
    """Write the files; a mirror that turns out to be damaged is made anew."""
    with mirror.locked():
        try:
            _write(mirror, commit, tree, index)
        except CommandFailed:
            if _is_sound(mirror, commit):
                raise
            mirror.make_anew()
            _write(mirror, commit, tree, index)
        _tidy(mirror)


def _write(mirror: Mirror, commit: str, tree: Path, index: Path) -> None:
    for left in (index, index.with_name(f"{index.name}.lock")):
        left.unlink(missing_ok=True)
    with explain_full_disk(tree):
        tree.mkdir(exist_ok=True)
    work(
        *(f"--git-dir={mirror.repository}", f"--work-tree={tree}", "read-tree", "--reset", "-u", commit),
        doing=f"checking out {commit[:12]} of {mirror.shown}",
        env={**UNSET, "GIT_INDEX_FILE": str(index)},
    )


def _tidy(mirror: Mirror) -> None:
    """Here, not with each fetch, which mostly finds nothing new. It may fail: the files are there."""
    with suppress(CommandFailed):
        work(f"--git-dir={mirror.repository}", "gc", "--auto", "--quiet", doing=f"tidying {mirror.repository}")


def _is_sound(mirror: Mirror, commit: str) -> bool:
    try:
        work(f"--git-dir={mirror.repository}", "fsck", "--no-dangling", commit, doing=f"checking {mirror.repository}")
    except CommandFailed:
        return False
    return True


def _fetched(source: Mirror, submodule: Submodule) -> Mirror:
    mirror = Mirror(source.folder, submodule.url)
    try:
        mirror.require(submodule.commit)
    except RevisionMissing:
        recorded = f"the submodule {submodule.path} is recorded at {submodule.commit[:12]}"
        raise RevisionMissing(
            f"{recorded}, which {mirror.shown} does not have",
            hint=f"push it (git -C {submodule.path} push), or record a commit that is there, and push that",
        ) from None
    except CommandFailed as error:
        raise CommandFailed(f"the submodule {submodule.path}: {error.message}", lines=error.lines) from None
    return mirror


def _place(tree: Path, submodule: Submodule) -> Path:
    """Where its files go: the folder that git made. A link there would lead them out of the worktree."""
    if not is_inside(tree, submodule.path):
        raise RevisionMissing(f"the submodule {submodule.path} does not lie in a folder of its repository")
    return tree / submodule.path


# -- The folder -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _work_folder(parent: Path) -> Iterator[Path]:
    """A new folder that is ours as long as we hold a lock on it; those that nobody holds go first."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock(parent / "work.lock", "a podpipe that makes a worktree"), explain_full_disk(parent):
        _sweep(parent)
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=PREFIX))
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with suppress(BlockingIOError):  # its owner lives
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)
