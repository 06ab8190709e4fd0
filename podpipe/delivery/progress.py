"""What becomes of a branch's requests, as a log that whoever pushed can follow: a JSON object a line.

{"event", "commit", "text"}: a request for the commit `begun`, printed a `line`, `ended` or `failed`; or was
`superseded` by the commit `text`, and has no other end. What a build prints is a text in it, and can fake no end.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ENDS = ("ended", "failed", "superseded")
LONGEST = 2000  # characters of a line
ANEW = 1 << 20  # bytes from which on a log is begun anew
LOOK = 0.1  # seconds between two looks
SILENCE = 30.0  # seconds without a word, after which somebody must be found to be at work


class Event(NamedTuple):
    """One line of a log."""

    event: str
    commit: str
    text: str = ""

    @property
    def is_end(self) -> bool:
        return self.event in ENDS


class Progress:
    """One log. Several processes may add to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def size(self) -> int:
        """Where the next event will stand."""
        return self.path.stat().st_size if self.path.exists() else 0

    def add(self, event: str, commit: str, text: str = "") -> None:
        """Write an event down."""
        line = json.dumps({"event": event, "commit": commit, "text": text[:LONGEST]}) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, line.encode())  # one call: what others add stands before or behind it
        finally:
            os.close(descriptor)

    def begin_anew(self) -> None:
        """Forget what was, if it is much; there is a file then. Nobody may be following."""
        if self.size > ANEW:
            self.path.unlink()
        self.path.touch(0o600)

    def events(self) -> list[Event]:
        """All that stands there."""
        return [_parsed(line) for line in self.path.read_bytes().splitlines()] if self.path.exists() else []

    def follow(self, commit: str, begin: int, is_alive: Callable[[], bool]) -> Iterator[Event]:
        """The events of a commit's request from the place `begin` on, as they come, until its end.

        It ends without one where nothing comes any more and `is_alive` says that nobody is at work.
        """
        heard, rest = time.monotonic(), b""
        with self.path.open("rb") as file:
            file.seek(begin)
            while True:
                *lines, rest = (rest + file.read()).split(b"\n")
                for event in map(_parsed, lines):
                    if event.commit == commit:
                        yield event
                    if event.commit == commit and event.is_end:
                        return
                if lines:
                    heard = time.monotonic()
                elif time.monotonic() - heard > SILENCE:
                    if not is_alive():
                        return
                    heard = time.monotonic()
                else:
                    time.sleep(LOOK)


def _parsed(line: bytes) -> Event:
    """An event; of a line that a full disk cut off, one that nobody asks for."""
    try:
        entry = json.loads(line)
        return Event(entry["event"], entry["commit"], entry["text"])
    except (ValueError, TypeError, LookupError):
        return Event("line", "")
