"""Content from a git repository: a shallow clone that follows a branch. The one door to git."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from podpipe.errors import CommandFailed, DiskFull

TIMEOUT = 300.0  # seconds for one git command
_SCARCE = 1024 * 1024  # bytes
_PROTOCOLS = "https:http:ssh:git:file"  # not ext, which would run a command of the URL's choosing
_SETTINGS = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "http.lowSpeedLimit=100", "http.lowSpeedTime=60")


@dataclass(frozen=True)
class Repository:
    """A branch to follow, and the folder where its clone lies."""

    url: str
    branch: str
    folder: Path


def update(repository: Repository) -> str:
    """Bring the clone to the branch's newest commit and return that.

    A clone that is damaged or half made is replaced by a new one. Errors: CommandFailed, DiskFull, and then
    the clone is as it was, and what was fetched is gone again.
    """
    if repository.folder.exists():
        try:
            return _follow_or_undo(repository)
        except CommandFailed:
            _git(repository.folder.parent, "ls-remote", "--exit-code", "--", repository.url, _ref(repository))
    return _clone_anew(repository)


def _follow_or_undo(repository: Repository) -> str:
    """Where the disk fills up no new clone would fit either: what was fetched goes, then the old files come back."""
    folder = repository.folder
    before, shallow = _objects(folder), folder / ".git/shallow"
    depth = shallow.read_bytes() if shallow.exists() else b""
    try:
        return _follow(repository, folder)
    except DiskFull:
        for item in (*(_objects(folder) - before), folder / ".git/FETCH_HEAD"):
            item.unlink(missing_ok=True)
        shallow.write_bytes(depth)
        _git(folder, "reset", "--quiet", "--hard")
        _git(folder, "clean", "--quiet", "-ffdx")
        raise


def _objects(folder: Path) -> set[Path]:
    return {item for item in (folder / ".git/objects").rglob("*") if item.is_file()}


def _follow(repository: Repository, folder: Path) -> str:
    _git(folder, "fetch", "--quiet", "--depth=1", "--no-tags", "--", repository.url, _ref(repository))
    _git(folder, "reset", "--quiet", "--hard", "FETCH_HEAD")
    _git(folder, "clean", "--quiet", "-ffdx")
    return _git(folder, "rev-parse", "--verify", "HEAD")


def _clone_anew(repository: Repository) -> str:
    beside = repository.folder.with_name(f".{repository.folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        _git(beside, "init", "--quiet")
        commit = _follow(repository, beside)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    shutil.rmtree(repository.folder, ignore_errors=True)
    beside.rename(repository.folder)
    return commit


def _ref(repository: Repository) -> str:
    return f"refs/heads/{repository.branch}"


def _git(folder: Path, *arguments: str) -> str:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    try:
        done = subprocess.run(
            ["git", *settings, *arguments],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"git {arguments[0]} took longer than {TIMEOUT:.0f} s") from None
    except FileNotFoundError:
        raise CommandFailed("git is not installed", hint="install git, or use a folder as content") from None
    if done.returncode != 0 and shutil.disk_usage(folder).free < _SCARCE:  # git does not always say why it cannot write
        raise DiskFull(f"no space left for git {arguments[0]}", hint="free some; the clone stays as it was")
    if done.returncode != 0:
        lines = done.stderr.splitlines()[-5:]
        raise CommandFailed(f"git {arguments[0]} failed with status {done.returncode}", lines=lines)
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    """The machine's own, so that proxies and certificates count, but never a question on a terminal."""
    return {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "LC_ALL": "C.UTF-8",
    }
