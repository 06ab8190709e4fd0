"""What an engine says of itself, as it says it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from podpipe.errors import NotFound

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine

JSON = dict[str, Any]

PROJECT = "io.podpipe.project"  # as podpipe.render.labels, whose import would cost more than the look itself


def look(engine: Engine, project: str) -> JSON:
    """Pods, containers, images and volumes as the engine lists them; `project`'s containers inspected, by their ID."""
    containers = engine.containers()
    return {
        "version": list(engine.version),
        "pods": engine.pods(),
        "containers": containers,
        "images": engine.images(),
        "volumes": engine.volumes(),
        "inspected": _inspect(engine, _made_by(project, containers)),
    }


def _made_by(project: str, containers: Iterable[JSON]) -> Iterable[str]:
    ours = (each for each in containers if (each.get("Labels") or {}).get(PROJECT) == project)
    return [each["Id"] for each in ours if not each.get("IsInfra")]


def _inspect(engine: Engine, ids: Iterable[str]) -> dict[str, JSON]:
    found = {}
    for identity in ids:
        try:
            found[identity] = engine.inspect_container(identity)
        except NotFound:  # it went away between the two requests
            continue
    return found
