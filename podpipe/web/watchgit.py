"""Content in a git repository, asked for news at intervals."""

from __future__ import annotations

from time import monotonic, sleep

from podpipe.errors import CommandFailed, DiskFull
from podpipe.web import gitsource
from podpipe.web.watch import say

MAX_PAUSE = 15 * 60.0  # seconds between attempts to reach a repository


class GitContent:
    """A clone that follows its branch, asked for every `interval` seconds, ever more rarely while that fails."""

    def __init__(self, repository: gitsource.Repository, interval: float) -> None:
        self.folder = repository.folder
        self._repository = repository
        self._interval = interval
        self._failures = 0
        self._commit = ""
        self._next = 0.0  # by the monotonic clock: when it is asked again
        self._pull()

    def wait(self, timeout: float) -> bool:
        """Return once there is a new commit, or after `timeout` seconds; whether there is one."""
        deadline = monotonic() + timeout
        while monotonic() < deadline:
            sleep(max(0.0, min(self._next, deadline) - monotonic()))
            if monotonic() >= self._next and self._pull():
                return True
        return False

    def _pull(self) -> bool:
        """Whether there is a new commit; a failure is told and the clone stays."""
        before = self._commit
        try:
            self._commit = gitsource.update(self._repository)
            self._failures = 0
        except (CommandFailed, DiskFull) as error:
            self._failures = min(self._failures + 1, 16)
            say(f"{error}\n  the site stays at its last commit; trying again")
        pause = min(self._interval * 2**self._failures, max(self._interval, MAX_PAUSE))
        self._next = monotonic() + pause
        return self._commit != before
