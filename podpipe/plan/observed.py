"""What an engine was seen to have, in the few words that a plan needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from podpipe.render.labels import PROJECT, SPEC

JSON = dict[str, Any]


@dataclass(frozen=True)
class ObservedImage:
    """`context` is the hash of what it was built from, "" where it is not ours."""

    id: str
    context: str = ""


@dataclass(frozen=True)
class ObservedPod:
    """`state` is Podman's word in lower case: created, running, degraded, exited, stopped, dead ...

    `deaf` are the TCP ports that it publishes and on which nothing listens: its port forwarder is gone.
    """

    name: str
    id: str
    labels: Mapping[str, str]
    state: str
    infra_running: bool
    deaf: tuple[int, ...] = ()

    @property
    def project(self) -> str:
        return self.labels.get(PROJECT, "")


@dataclass(frozen=True)
class ObservedContainer:
    """`state` is created, running, exited ...; `started_at` is as the engine writes it.

    `pod` is its pod's name or ""; `health` is "", starting, healthy or unhealthy; `inspect` is the engine's
    whole answer, None for a container that another project made.
    """

    name: str
    id: str
    pod: str
    labels: Mapping[str, str]
    state: str
    image_id: str = ""
    exit_code: int = 0
    started_at: str = ""
    restarts: int = 0
    health: str = ""
    inspect: JSON | None = None

    @property
    def project(self) -> str:
        return self.labels.get(PROJECT, "")

    @property
    def running(self) -> bool:
        return self.state == "running"

    @property
    def ended(self) -> bool:
        """True when its process has come to an end; it is stopped until Podman has cleaned up behind it."""
        return self.state in ("exited", "stopped")


@dataclass(frozen=True)
class Observed:
    """Everything of this project, and whatever else bears a name that it might want."""

    version: tuple[int, int, int]
    images: Mapping[str, ObservedImage]
    volumes: Mapping[str, Mapping[str, str]]
    pods: Mapping[str, ObservedPod]
    containers: Mapping[str, ObservedContainer]


def made_from(labels: Mapping[str, str]) -> JSON:
    """The request that a pod or container was made from, {} where its label is missing or unreadable."""
    import json

    try:
        request = json.loads(labels.get(SPEC, ""))
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}
