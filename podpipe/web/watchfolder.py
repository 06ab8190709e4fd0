"""Content in a folder, watched by inotify, which costs nothing while nothing changes.

Costs the import of watchdog: import it where a folder has to be watched.
"""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from podpipe.web.watch import say

QUIET = 0.1  # seconds without a change that end a burst of them
LONGEST_BURST = 1.0
POLL = 2.0  # seconds between looks where the kernel will not tell of changes

_WRITES = ("created", "modified", "moved", "deleted", "closed")


class _Handler(FileSystemEventHandler):
    """Notes that something was written; newer watchdogs tell of reading too."""

    def __init__(self, changed: threading.Event) -> None:
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in _WRITES:
            self._changed.set()


class FolderContent:
    """A folder that is watched from now on; where inotify's limit is reached, by looking at it now and then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._changed = threading.Event()
        self._observer = self._start()

    def wait(self, timeout: float) -> bool:
        """Return once a burst of changes is over, or after `timeout` seconds; whether there was one."""
        if not self._changed.wait(timeout):
            return False
        deadline = monotonic() + LONGEST_BURST
        while self._changed.is_set() and monotonic() < deadline:
            self._changed.clear()
            self._changed.wait(QUIET)
        # watched anew, because older watchdogs do not look into folders that were moved here
        self._observer.unschedule_all()
        self._watch(self._observer)
        self._changed.clear()
        return True

    def _start(self) -> BaseObserver:
        try:
            return self._watch(Observer())
        except OSError as error:
            say(f"inotify: {error.strerror}; looking for changes every {POLL:.0f} s instead")
            return self._watch(PollingObserver(timeout=POLL))

    def _watch(self, observer: BaseObserver) -> BaseObserver:
        observer.schedule(_Handler(self._changed), str(self.folder), recursive=True)
        if not observer.is_alive():
            observer.start()
        return observer
