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


def look(engine: Engine, project: str, images: Iterable[str]) -> JSON:
    """Pods, containers and volumes as the engine lists them; inspected, the containers of `project` and the `images`.

    Containers are under `inspected` by their ID, images by their reference; what is missing is left out. Images are
    asked for one by one because Podman works out every size for a list. Errors: EngineError and its kin.
    """
    references = list(images)
    lists = [engine.pods, engine.containers, engine.volumes]
    pods, containers, volumes, *found = _at_once(
        [*lists, *(_or_none(engine.inspect_image, reference) for reference in references)]
    )
    ours = [each["Id"] for each in containers if _is_of(project, each)]
    inspected = _at_once([_or_none(engine.inspect_container, identity) for identity in ours])
    return {
        "version": list(engine.version),
        "pods": pods,
        "containers": containers,
        "volumes": volumes,
        "images": {reference: image for reference, image in zip(references, found) if image},
        "inspected": {identity: container for identity, container in zip(ours, inspected) if container},
    }


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
