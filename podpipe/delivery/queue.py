"""Work off what waits, one request after another, in one process at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from podpipe.definition.specs import Definition
from podpipe.delivery.fulfilment import Fulfilment, Workshop
from podpipe.delivery.progress import Progress
from podpipe.delivery.requests import KEPT, Request, Requests
from podpipe.delivery.spool import Refused, drain_spool
from podpipe.delivery.touched import all_images
from podpipe.errors import LockHeld, PodpipeError, escaped
from podpipe.render.queue import SPOOL
from podpipe.render.units import VOLUMES
from podpipe.report import Report


class Teller:
    """Where a delivery's lines go: to whoever runs the worker, and into the log of the request."""

    def __init__(self, console: Report) -> None:
        self._console = console
        self._to: tuple[Progress, Request] | None = None

    def begin(self, progress: Progress, request: Request) -> None:
        """From now on it is about this request."""
        self._to = progress, request
        progress.add("begun", request.commit)

    def report(self, line: str) -> None:
        """A step, or what came of it."""
        if self._to:
            progress, request = self._to
            progress.add("line", request.commit, line)
            line = f"{request.branch}: {line}"
        self._console(escaped(line))

    def log(self, line: str) -> None:
        """A line that a build prints."""
        self.report(f"  | {line}")

    def end(self, text: str = "") -> None:
        """The request has come to its end; the log is told by who wrote it down."""
        if self._to and text:
            self._console(escaped(f"{self._to[1].branch}: {text}"))
        self._to = None


class Queue:
    """The one worker of a project's requests.

    `load` reads the project anew, as it may have changed since the last request. Errors of it (DefinitionError) go
    through, and nothing is lost.
    """

    def __init__(self, requests: Requests, load: Callable[[Teller], Workshop], console: Report) -> None:
        self.requests = requests
        self.load = load
        self.teller = Teller(console)

    def work(self, *, wait: bool = False) -> int:
        """Work everything off, and give how many requests that were.

        Where another process is at it, nothing is left to do: it looks again before it ends. With `wait` it
        is waited for all the same, as systemd would otherwise start us over and over.
        """
        done = 0
        while True:
            with ExitStack() as held:
                try:
                    held.enter_context(self.requests.worker(wait=wait))
                except LockHeld:
                    return done
                while (worked := self._next()) is not None:
                    done += worked
            if not self.requests.listed("waiting"):
                return done

    def _next(self) -> int | None:
        """How many requests were worked off, one or none; None: there is nothing left."""
        workshop = self.load(self.teller)
        more = self._empty_spool(workshop)
        request = self.requests.take()
        if request is None:
            return 0 if more else None
        self.teller.begin(self.requests.progress(request.key), request)
        try:
            text, well = self._fulfil(workshop, request)
            self.teller.end(text)
        finally:
            self.teller.end()
        self.requests.finish(request, text, failed=not well)
        return 1

    def _fulfil(self, workshop: Workshop, request: Request) -> tuple[str, bool]:
        """Any other error is one of ours: it ends the worker, and another one takes the request up again."""
        try:
            return Fulfilment(workshop, request, self.teller.report).run()
        except (PodpipeError, OSError) as error:
            return f"failed: {error.message if isinstance(error, PodpipeError) else error}", False

    def _empty_spool(self, workshop: Workshop) -> bool:
        if workshop.spool is None:
            return False
        names = [image.name for image in all_images(workshop.definition)]
        try:
            return drain_spool(workshop.spool, names, self._take, self._refuse)
        except (PodpipeError, OSError) as error:  # pushes do not wait for it
            self.teller.report(f"the spool cannot be emptied: {error}")
            return False

    def _take(self, request: Request) -> None:
        waiting = self.requests.listed("waiting")
        if len(waiting) >= KEPT and request.key not in {each.key for each in waiting}:
            raise Refused(f"{KEPT} requests wait already")
        self.requests.put(request)

    def _refuse(self, name: str, why: str) -> None:
        text = escaped(f"refused {name} of the spool: {why}")
        self.requests.refuse(text)
        self.teller.report(text)


def spool_of(definition: Definition) -> Path | None:
    """The folder of the claim `spool`: the project's own, or a volume's where Podman keeps those; None without one."""
    claim = next((claim for claim in definition.claims if claim.name == SPOOL), None)
    volume = Path(VOLUMES.replace("%h", f"{Path.home()}"), SPOOL, "_data")
    return (claim.folder or volume) if claim else None
