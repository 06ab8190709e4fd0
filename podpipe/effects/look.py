"""What an engine says of itself, as it says it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Thread
from typing import TYPE_CHECKING, Any

from podpipe.errors import NotFound

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine

JSON = dict[str, Any]

PROJECT = "io.podpipe.project"  # as podpipe.render.labels, whose import would cost more than the look itself


def look(engine: Engine, project: str, images: Iterable[str], *, here: bool = True) -> JSON:
    """Pods, containers and volumes as the engine lists them; inspected, the containers of `project` and the `images`.

    If the engine is `here`, also the ports on which this machine listens.

    Containers are under `inspected` by their ID, images by their reference; what is missing is left out. Images are
    asked for one by one because Podman works out every size for a list, and one after another because 3.0.1, while one
    request reads what a build changed, answers the others from before. Errors: EngineError and its kin.
    """
    references = list(images)
    pods, volumes, containers, found = _at_once(
        [
            *(engine.pods, engine.volumes, lambda: look_at_containers(engine, project)),
            lambda: [_or_none(engine.inspect_image, reference)() for reference in references],
        ]
    )
    there = {reference: image for reference, image in zip(references, found) if image}
    listening = sorted(engine.listening()) if here else None
    listed = {"pods": pods, "volumes": volumes, "images": there, "listening": listening}
    return {"version": list(engine.version), **listed, **containers}


def look_at_containers(engine: Engine, project: str) -> JSON:
    """The part of a look that changes whenever a pod or container does. Errors: EngineError and its kin."""
    containers = engine.containers()
    ours = [each["Id"] for each in containers if _is_of(project, each)]
    found = _at_once([_or_none(engine.inspect_container, identity) for identity in ours])
    inspected = {identity: container for identity, container in zip(ours, found) if container}
    return {"containers": containers, "inspected": inspected}


def _is_of(project: str, container: JSON) -> bool:
    return (container.get("Labels") or {}).get(PROJECT) == project and not container.get("IsInfra")


def _or_none(ask: Callable[[str], JSON], name: str) -> Callable[[], Any]:
    def answer() -> JSON | None:
        try:
            return ask(name)
        except NotFound:
            return None

    return answer


def _at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """The answers, in order; the first error, once all have ended. Lighter to import than concurrent.futures."""
    answers: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []

    def run(index: int) -> None:
        try:
            answers[index] = calls[index]()
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return answers
