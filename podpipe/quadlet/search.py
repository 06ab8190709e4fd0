"""The folders that hold Quadlet files: those of podman-systemd.unit(5), each with the folders below it."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from podpipe.quadlet.log import Log

    Filter = Callable[[str], bool]

TEMPORARY, ADMIN, DISTRIBUTION = "/run/containers/systemd", "/etc/containers/systemd", "/usr/share/containers/systemd"


def unit_dirs(user: bool, environ: Mapping[str, str], log: Log, admin: str = ADMIN) -> list[str]:
    """The folders to read, the first of two files of one name counts; links resolved, no folder twice.

    $QUADLET_UNIT_DIRS (absolute paths, between colons) replaces all others. A folder to start from is named
    even if it is not there.
    """
    search = _Search(log)
    given = environ.get("QUADLET_UNIT_DIRS")
    if given:
        for folder in given.split(":"):
            if not folder.startswith("/"):
                log.warning(f"{folder} not a valid file path")
                break
            search.add(folder)
        return search.found
    users = _resolved(f"{admin}/users")
    if user:
        _add_user_dirs(search, environ, admin, users)
    else:
        search.add(TEMPORARY, lambda path: not path.startswith(users))
        search.add(admin, lambda path: not path.startswith(users))
        search.add(DISTRIBUTION)
    return search.found


def _add_user_dirs(search: _Search, environ: Mapping[str, str], admin: str, users: str) -> None:
    runtime = environ.get("XDG_RUNTIME_DIR")
    if runtime is not None:
        search.add(os.path.join(runtime, "containers/systemd"))
    config = environ.get("XDG_CONFIG_HOME") or (environ["HOME"] + "/.config" if environ.get("HOME") else "")
    if not config.startswith("/"):
        problem = "path in $XDG_CONFIG_HOME is relative" if config else "neither $XDG_CONFIG_HOME nor $HOME are defined"
        search.log.warning(f"Warning: {problem}")
        return
    search.add(os.path.join(config, "containers/systemd"))
    search.add(f"{admin}/users", lambda path: not _belongs_to_one(path, users))
    search.add(f"{admin}/users/{os.getuid()}")


def _belongs_to_one(path: str, users: str) -> bool:
    """Whether a folder is that of one user, by number, or below it."""
    below = path[len(users) :].split("/")[1:] if path.startswith(users) else []
    return bool(below) and (not below[0] or (below[0].isdecimal() and below[0].isascii()))


def _resolved(path: str) -> str:
    """The path without links; as it is where it cannot be resolved, which Python 3.9 makes an error of."""
    try:
        return os.path.realpath(path) if os.path.exists(path) else path
    except OSError:
        return path


class _Search:
    """Collects folders, each once and before those below it, links to folders included."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.found: list[str] = []
        self.seen: set[str] = set()

    def add(self, start: str, wanted: Filter = lambda path: True) -> None:
        """Add a folder and all below it, but for what is not wanted and drop-ins."""
        try:
            os.stat(start)
        except OSError as error:
            self.log.debug(f"Error occurred resolving path {start}: {error.strerror}")
            self._keep(start)
            return
        waiting = [_resolved(start)]
        while waiting:
            folder = waiting.pop()
            if folder in self.seen or folder.endswith(".d") or not wanted(folder) or not os.path.isdir(folder):
                continue
            self._keep(folder)
            waiting += reversed(self._below(folder))

    def _keep(self, folder: str) -> None:
        self.found.append(folder)
        self.seen.add(folder)

    def _below(self, folder: str) -> list[str]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            self.log.debug(f"Error occurred walking sub directories {folder}: {error.strerror}")
            return []
        folders = (entry for entry in entries if entry.is_symlink() or entry.is_dir())
        return [_resolved(entry.path) if entry.is_symlink() else entry.path for entry in folders]
