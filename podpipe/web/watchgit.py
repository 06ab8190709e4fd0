"""Content in a git repository, asked for news at intervals."""

from __future__ import annotations

from time import monotonic, sleep

from podpipe.errors import CommandFailed
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
        self._pull()

    def wait(self, timeout: float | None) -> None:
        """Return once there is a new commit, or after `timeout` seconds."""
        deadline = float("inf") if timeout is None else monotonic() + timeout
        while monotonic() < deadline:
            pause = min(self._interval * 2**self._failures, max(self._interval, MAX_PAUSE))
            sleep(max(0.0, min(pause, deadline - monotonic())))
            if self._pull():
                return

    def _pull(self) -> bool:
        """Whether there is a new commit; a failure is told and the clone stays."""
        before = self._commit
        try:
            self._commit = gitsource.update(self._repository)
            self._failures = 0
        except CommandFailed as error:
            self._failures = min(self._failures + 1, 16)
            say(f"{error}\n  the site stays at its last commit; trying again")
        return self._commit != before
