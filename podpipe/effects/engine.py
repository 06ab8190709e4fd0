"""The door to Podman: what an engine does, and how to get hold of the real one."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from podpipe.errors import EngineUnavailable, UsageError

if TYPE_CHECKING:
    from podpipe.effects.libpod import Libpod

JSON = dict[str, Any]

GREETING = 30.0  # seconds within which a service that is there answers, on a loaded Pi too


class Engine(Protocol):
    """What podpipe wants of Podman; `podpipe.effects.libpod.Libpod` asks it, `podpipe.testing.FakeEngine` plays it.

    Requests and answers are libpod's own JSON. Where a name is asked for, an ID does too.
    Errors: NotFound, EngineConflict, EngineUnavailable, EngineError otherwise; DiskFull; PortTaken.
    """

    @property
    def version(self) -> tuple[int, int, int]:
        """Of the Podman that answers."""
        ...

    @property
    def socket(self) -> Path:
        """Where it listens."""
        ...

    def listening(self) -> frozenset[int]:
        """The TCP ports of its machine on which something listens, a pod's port forwarder for one."""
        ...

    def answers(self, address: str) -> bool:
        """Whether somebody is there at a published address, `http://HOST:PORT/`, as a visitor would find."""
        ...

    def info(self) -> JSON:
        """Podman on itself and its host: store.graphRoot ..."""
        ...

    def controllers(self) -> Collection[str]:
        """The cgroup controllers that its user's containers can be limited by."""
        ...

    def images(self) -> list[JSON]:
        """All images: Id, RepoTags or Names, Labels, Size (bytes)."""
        ...

    def inspect_image(self, reference: str) -> JSON: ...

    def pull_image(self, reference: str, progress: Callable[[str], None]) -> str:
        """Fetch an image from its registry; `progress` gets Podman's lines. Gives its ID."""
        ...

    def tag_image(self, reference: str, name: str) -> None:
        """Give an image another name (HOST/PATH:TAG); an image that had it loses it."""
        ...

    def remove_image(self, reference: str) -> None:
        """Take a name from an image, and remove an image whose last name it was, or a nameless one by its ID.

        Fine where it is missing. Errors: EngineConflict where a container or an image that stands on it needs it.
        """
        ...

    def volumes(self, project: str = "") -> list[JSON]:
        """All volumes, or those of a project: Name, Labels, Mountpoint."""
        ...

    def create_volume(self, request: JSON) -> None: ...

    def remove_volume(self, name: str) -> None:
        """Remove it with what it holds; fine where it is missing. Errors: EngineConflict where a container has it."""
        ...

    def pods(self) -> list[JSON]:
        """All pods: Id, Name, Labels, Status, InfraId, Containers."""
        ...

    def inspect_pod(self, name: str) -> JSON: ...

    def create_pod(self, request: JSON) -> str:
        """Make a pod and its infra container, not started. Gives its ID."""
        ...

    def start_pod(self, name: str) -> None:
        """Start all its containers that do not run. Errors: EngineError, in their words, where one cannot."""
        ...

    def stop_pod(self, name: str, timeout: int) -> None:
        """Stop all its containers; those that do not end within `timeout` seconds are killed."""
        ...

    def remove_pod(self, name: str) -> None:
        """Remove it with all its containers, running or not; fine where it is missing. Volumes stay."""
        ...

    def containers(self) -> list[JSON]:
        """All containers, ended and infra ones too: Id, Names, Labels, Pod, State, IsInfra, StartedAt."""
        ...

    def inspect_container(self, name: str) -> JSON:
        """As Podman says it, with the health always as State.Health {Status, FailingStreak, Log}."""
        ...

    def create_container(self, request: JSON) -> str:
        """Make a container, not started. Gives its ID."""
        ...

    def start_container(self, name: str) -> None:
        """Fine where it runs already."""
        ...

    def stop_container(self, name: str, timeout: int) -> None:
        """Fine where it does not run; killed if it does not end within `timeout` seconds."""
        ...

    def remove_container(self, name: str) -> None:
        """Remove it, running or not, and leave the others of its pod alone; fine where it is missing."""
        ...

    def wait_container(self, name: str) -> int:
        """Wait for as long as it runs. Gives its exit code."""
        ...

    def run_healthcheck(self, name: str) -> bool:
        """Run its check now: True where it passes. Errors: EngineConflict where it has none or does not run."""
        ...

    def logs(self, name: str, *, follow: bool = False, tail: int | None = None) -> Iterator[tuple[str, str]]:
        """Its lines without their ends, as ("stdout" or "stderr", line); the last `tail`, None: all.

        With `follow` further ones as they come, until the container ends.
        """
        ...


def connect() -> Libpod:
    """The engine at $CONTAINER_HOST, or else the one behind podpipe's own socket, started if need be.

    Errors: EngineMissing, EngineUnavailable; UsageError for a CONTAINER_HOST that is no unix socket.
    """
    chosen = os.environ.get("CONTAINER_HOST", "")
    if chosen:
        return _answering(_socket_of(chosen), hint="start the service there, or unset CONTAINER_HOST")
    from podpipe.effects.folders import runtime_folder

    own = runtime_folder() / "podman.sock"
    try:
        return _answering(own)
    except EngineUnavailable:
        from podpipe.effects.api_service import start_api

        start_api(own)
        return _answering(own)


def end_own_service() -> None:
    """End podpipe's own service, which hangs; the next `connect` starts another. Another Podman is its user's."""
    if os.environ.get("CONTAINER_HOST"):
        return
    from podpipe.effects.api_service import end_api
    from podpipe.effects.folders import runtime_folder

    end_api(runtime_folder() / "podman.sock")


def end_worn_service() -> bool:
    """The same where it is worn out, and whether it was: only for who knows that no other podpipe works with it."""
    from podpipe.effects.folders import runtime_folder
    from podpipe.effects.worn_out import is_worn_out

    worn = not os.environ.get("CONTAINER_HOST") and is_worn_out(runtime_folder() / "podman.sock")
    if worn:
        end_own_service()
    return worn


def _answering(socket: Path, hint: str = "") -> Libpod:
    from podpipe.effects.libpod import Libpod
    from podpipe.effects.transport import Transport

    try:
        return Libpod(socket, Transport(str(socket)).ping(GREETING))
    except EngineUnavailable as error:
        raise EngineUnavailable(f"no Podman answers at {socket}", hint=hint or error.hint) from error


def _socket_of(address: str) -> Path:
    if not address.startswith("unix://"):
        raise UsageError(
            f"CONTAINER_HOST is {address}: podpipe reaches Podman through a unix socket only",
            hint="unset CONTAINER_HOST, or set it to unix:///PATH",
        )
    return Path(address[len("unix://") :])
