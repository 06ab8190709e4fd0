"""Requests to deliver a branch, as files that outlive a kill and a power cut.

    queue/waiting/KEY.json    at most one for a branch of a repository: a newer one takes the place of an older one
    queue/working/KEY.json    the one that is being worked on; what lies here otherwise was interrupted
    queue/failed/KEY.json     the last one that went wrong: the branch's next request makes up for it
    queue/done/KEY.json       the last one that went well: from its commit on something is new
    queue/logs/KEY.log        what becomes of them (podpipe.delivery.progress)

systemd watches the first two folders, so nothing that nobody takes may stay in them.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, replace
from functools import reduce
from pathlib import Path

from podpipe.delivery.progress import Progress
from podpipe.files import checksum, lock, sync_folder, write_atomic

ATTEMPTS = 3  # times that a request is taken up, where each time something kills whoever works on it
KEPT = 100  # failed requests and logs that are kept
LAST = 20  # refusals that are shown
PATIENCE = 60.0  # seconds; the lock is held for milliseconds


@dataclass(frozen=True)
class Request:
    """Deliver what a branch's commits from `old` on touched.

    `commit` "" is the branch's present one; `old` "" says that nothing is known of before, all zeros that the branch
    is new. `images` are those that are asked for by name, empty: those that were touched. `repository` is where the
    commit is, "" : where the definition says. `at` is in seconds of the epoch. `begun` are the commits that were taken
    up since `old`, of which some images may have gone live.
    """

    branch: str
    commit: str = ""
    old: str = ""
    images: tuple[str, ...] = ()
    repository: str = ""
    asked_by: str = "push"
    at: float = 0.0
    attempts: int = 0
    begun: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name of its files: a branch's name can be anything."""
        return checksum(f"{self.repository}\0{self.branch}")[:16]


def merge(older: Request | None, newer: Request) -> Request:
    """One request for both: the newest commit, and nothing forgotten of what the older one was to deliver."""
    if older is None:
        return newer
    named = bool(older.images), bool(newer.images)
    return replace(
        newer,
        old=older.old if named[0] == named[1] else "",
        images=tuple(dict.fromkeys(older.images + newer.images)) if all(named) else (),
        begun=tuple(dict.fromkeys(older.begun + newer.begun)),
        attempts=max(older.attempts, newer.attempts) if older.commit == newer.commit else newer.attempts,
    )


class Requests:
    """The queue of one project; `state` is podpipe's folder for it."""

    def __init__(self, state: Path) -> None:
        self.folder = state / "queue"
        self._parts = {part: self.folder / part for part in ("waiting", "working", "failed", "done", "logs")}

    def put(self, request: Request, newest: Callable[[], str] | None = None) -> tuple[str, int]:
        """Let a request wait, instead of the one that does. `newest` gives the branch's commit as it is now: of
        two pushes the later one's hook may be the first to come here.

        Gives the commit that waits, and the place in the log at which its own part begins.
        """
        with self._lock():
            request = replace(request, commit=newest()) if newest else request
            log, waiting = self.progress(request.key), self._load("waiting", request.key)
            if not self.is_open(request.key):
                log.begin_anew()
            begins = log.size
            if self._is_done(request):
                log.add("ended", request.commit, "went well already")
                return request.commit, begins
            self._save("waiting", merge(waiting, request))
            if waiting and waiting.commit != request.commit:
                log.add("superseded", waiting.commit, request.commit)
        return request.commit, begins

    def take(self) -> Request | None:
        """The oldest request, of which it is written down that it is being worked on; None: there is none.

        One that was taken up too often already is set aside as failed.
        """
        with self._lock():
            while found := min(self._open(), key=lambda request: request.at, default=None):
                request = self._taken(found.key)
                if request.attempts <= ATTEMPTS:
                    return request
                text = f"given up: it was begun {ATTEMPTS} times, and each time podpipe was killed"
                self._close(request, text, failed=True)
        return None

    def finish(self, request: Request, text: str, *, failed: bool) -> None:
        """A request that was taken has come to its end; `text` says to which."""
        with self._lock():
            self._close(request, text, failed=failed)
            self._trim()

    def drop(self, request: Request, text: str) -> bool:
        """Forget a branch, and what waits for it; False: nothing did."""
        with self._lock():
            waiting = self._load("waiting", request.key)
            for part in ("waiting", "failed", "done"):
                self._remove(part, request.key)
            if waiting:
                self.progress(request.key).add("ended", waiting.commit, text)
        return waiting is not None

    def listed(self, part: str) -> list[Request]:
        """The requests that are `waiting`, `working` or `failed`, oldest first."""
        names = [path.stem for path in self._parts[part].glob("*.json")] if self._parts[part].is_dir() else []
        found = [request for request in (self._load(part, name) for name in names) if request]
        return sorted(found, key=lambda request: request.at)

    def is_open(self, key: str) -> bool:
        """Whether a request of this key waits or is being worked on."""
        return any((self._parts[part] / f"{key}.json").exists() for part in ("waiting", "working"))

    def progress(self, key: str) -> Progress:
        """The log of a branch's requests."""
        self._parts["logs"].mkdir(parents=True, exist_ok=True)
        return Progress(self._parts["logs"] / f"{key}.log")

    def worker(self, *, wait: bool) -> AbstractContextManager[None]:
        """The right to take requests, for one process at a time. Errors: LockHeld, unless it is to `wait`."""
        return lock(self.folder / "worker", f"{os.getpid()}", timeout=math.inf if wait else 0.0)

    def has_worker(self) -> bool:
        """Whether somebody has that right, as far as can be told without trying to take it."""
        with suppress(OSError, ValueError):
            return Path("/proc", f"{int((self.folder / 'worker').read_text())}").exists()
        return False

    def refuse(self, text: str) -> None:
        """Note what was no request."""
        with self._lock():
            log = self.progress("refused")
            log.begin_anew()
            log.add("refused", "", text)

    def refusals(self) -> list[str]:
        """The last of what was refused, oldest first."""
        log = self.progress("refused")
        return [event.text for event in log.events()][-LAST:]

    # --- with the lock held ------------------------------------------------------------------------

    def _lock(self) -> AbstractContextManager[None]:
        for folder in self._parts.values():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return lock(self.folder / "lock", "a podpipe that looks at the queue", timeout=PATIENCE)

    def _open(self) -> Iterator[Request]:
        for part in ("working", "waiting"):
            for path in sorted(self._parts[part].iterdir()):
                if path.name.startswith("."):
                    continue  # half written; systemd does not see such files either
                request = self._load(part, path.stem) if path.suffix == ".json" else None
                if request is None:
                    path.replace(self._parts["failed"] / f"{path.name}.damaged")
                else:
                    yield request

    def _taken(self, key: str) -> Request:
        """What waits, what was interrupted and what failed of a key, as the one request to work on."""
        failed, interrupted, waiting = (self._load(part, key) for part in ("failed", "working", "waiting"))
        if interrupted and waiting and interrupted.commit != waiting.commit:
            self.progress(key).add("superseded", interrupted.commit, waiting.commit)
        request = reduce(merge, filter(None, (failed, interrupted, waiting)))
        begun = dict.fromkeys((*request.begun, *filter(None, (request.commit,))))
        request = replace(request, attempts=request.attempts + 1, begun=tuple(begun))
        if done := self._load("done", key):
            request = replace(request, old=done.commit)
        self._save("working", request)
        self._remove("waiting", key)
        return request

    def _is_done(self, request: Request) -> bool:
        done, failed = self._load("done", request.key), self._load("failed", request.key)
        anew = failed or request.images or self.is_open(request.key)
        return bool(done and done.commit and done.commit == request.commit and not anew)

    def _close(self, request: Request, text: str, *, failed: bool) -> None:
        if failed:
            self._save("failed", replace(request, attempts=0))
        else:
            self._save("done", request)
            self._remove("failed", request.key)
        self._remove("working", request.key)
        self.progress(request.key).add("failed" if failed else "ended", request.commit, text)

    def _save(self, part: str, request: Request) -> None:
        write_atomic(self._parts[part] / f"{request.key}.json", json.dumps(asdict(request), indent=1), mode=0o600)

    def _load(self, part: str, key: str) -> Request | None:
        """A request; None where there is none, or what is there is none."""
        try:
            entry = json.loads((self._parts[part] / f"{key}.json").read_bytes())
            lists = {key: tuple(entry[key]) for key in ("images", "begun")}
            request = Request(**{**entry, **lists})
        except (OSError, ValueError, TypeError, LookupError):
            return None
        return request if request.key == key else None

    def _remove(self, part: str, key: str) -> None:
        (self._parts[part] / f"{key}.json").unlink(missing_ok=True)
        sync_folder(self._parts[part])

    def _trim(self) -> None:
        """Branches come and go: only the newest failures and logs stay."""
        for part in ("failed", "done", "logs"):
            files = sorted(self._parts[part].iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
            for path in files[KEPT:]:
                if not self.is_open(path.stem):
                    path.unlink()
