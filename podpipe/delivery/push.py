"""What git's post-receive hook does: note what was pushed, let somebody work on it, and tell what becomes of it.

The worker is never a part of the push: a connection that breaks ends the telling, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from podpipe.definition.branch import check_branch
from podpipe.delivery.commits import NONE, Commits
from podpipe.delivery.progress import Event
from podpipe.delivery.requests import Request, Requests
from podpipe.errors import UsageError, escaped

Say = Callable[[str], None]

HEADS = "refs/heads/"


class Push:
    """One push into the bare repository `repository`; `say` tells whoever pushes."""

    def __init__(self, requests: Requests, repository: Path, say: Say) -> None:
        self.requests = requests
        self.repository = repository
        self.say = say

    def receive(self, lines: Iterable[str], wake: Callable[[], object]) -> bool:
        """Take what git wrote, `OLD NEW REFERENCE` a line, and follow it to its end; True: all of it went well.

        `wake` sees to it that the queue is worked off.
        """
        begun = [(request, *self._put(request)) for request in list(self._requests(lines))]
        if begun:
            wake()
        ends = [self._follow(request, commit, begin) for request, commit, begin in begun]
        return all(ends)

    def _put(self, request: Request) -> tuple[str, int]:
        commits = Commits(self.repository)
        return self.requests.put(request, lambda: commits.tip(request.branch) or request.commit)

    def _requests(self, lines: Iterable[str]) -> Iterator[Request]:
        for line in lines:
            old, new, reference = line.rstrip("\n").split(" ", 2)
            branch = reference[len(HEADS) :]
            if not reference.startswith(HEADS):
                self.say(escaped(f"{reference} is no branch: nothing is made of it"))
            elif request := self._request(branch, old, new):
                yield request

    def _request(self, branch: str, old: str, new: str) -> Request | None:
        request = Request(branch, new, old, repository=str(self.repository), at=time.time())
        try:
            check_branch(branch)
        except UsageError as error:
            self.say(str(error))
            return None
        if new != NONE:
            return request
        waited = self.requests.drop(request, "the branch was deleted")
        self.say(f"{branch} was deleted: {'what waited of it is dropped' if waited else 'nothing is made of it'}")
        return None

    def _follow(self, request: Request, commit: str, begin: int) -> bool:
        if commit != request.commit:
            self.say(escaped(_told(request, Event("superseded", request.commit, commit))))
            return True
        self.say(f"{request.branch} {request.commit[:12]}: in the queue; it goes on if you leave")
        end = None
        for event in self.requests.progress(request.key).follow(request.commit, begin, self.requests.has_worker):
            self.say(escaped(_told(request, event)))
            end = event if event.is_end else None
        if end is None:
            self.say(f"{request.branch}: nobody has taken it up so far; it stays in the queue: podpipe queue --list")
        return end is not None and end.event != "failed"


def _told(request: Request, event: Event) -> str:
    if event.event == "superseded":
        return f"{request.branch}: {event.text[:12]} was pushed since, and is built in its place"
    if event.event == "begun":
        return f"{request.branch}: begun"
    return f"{request.branch}: {event.text}" if event.is_end else f"  {event.text}"
