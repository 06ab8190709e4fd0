"""Look at an engine and say what is there, in the plan's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from podpipe.errors import NotFound
from podpipe.plan.observed import Observed, ObservedContainer, ObservedImage, ObservedPod
from podpipe.render.labels import CONTEXT, PROJECT

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine

JSON = dict[str, Any]


def observe(engine: Engine, project: str) -> Observed:
    """All pods, volumes and tagged images; all containers but infra ones, those of `project` inspected."""
    pods = engine.pods()
    containers = engine.containers()
    infra = {each["Id"]: each.get("State", "") for each in containers if each.get("IsInfra")}
    names = {pod["Id"]: pod["Name"] for pod in pods}
    return Observed(
        version=engine.version,
        images=_images(engine.images()),
        volumes={volume["Name"]: volume.get("Labels") or {} for volume in engine.volumes()},
        pods={pod["Name"]: _pod(pod, infra) for pod in pods},
        containers=_containers(engine, containers, names, project),
    )


def _images(entries: Iterable[JSON]) -> dict[str, ObservedImage]:
    found = {}
    for entry in entries:
        image = ObservedImage(entry["Id"].removeprefix("sha256:"), (entry.get("Labels") or {}).get(CONTEXT, ""))
        for name in entry.get("RepoTags") or entry.get("Names") or ():
            found[name] = image
    return found


def _pod(entry: JSON, infra: dict[str, str]) -> ObservedPod:
    return ObservedPod(
        name=entry["Name"],
        id=entry["Id"],
        labels=entry.get("Labels") or {},
        state=entry.get("Status", "").lower(),
        infra_running=infra.get(entry.get("InfraId", "")) == "running",
    )


def _containers(
    engine: Engine, entries: Iterable[JSON], pods: dict[str, str], project: str
) -> dict[str, ObservedContainer]:
    found = {}
    for entry in entries:
        if entry.get("IsInfra"):
            continue
        pod = pods.get(entry.get("Pod", ""), "")
        labels = entry.get("Labels") or {}
        name = entry["Names"][0]
        if labels.get(PROJECT) != project:
            found[name] = ObservedContainer(name, entry["Id"], pod, labels, entry.get("State", "").lower())
            continue
        try:
            found[name] = _container(engine.inspect_container(entry["Id"]), pod)
        except NotFound:  # it went away between the two requests
            continue
    return found


def observe_container(engine: Engine, name: str) -> ObservedContainer:
    """One container as it is now; its `pod` is left empty. Errors: NotFound."""
    return _container(engine.inspect_container(name), pod="")


def _container(inspect: JSON, pod: str) -> ObservedContainer:
    state = inspect["State"]
    return ObservedContainer(
        name=inspect["Name"].lstrip("/"),
        id=inspect["Id"],
        pod=pod,
        labels=inspect["Config"].get("Labels") or {},
        state=state.get("Status", "").lower(),
        image_id=inspect.get("Image", "").removeprefix("sha256:"),
        exit_code=state.get("ExitCode", 0),
        started_at=state.get("StartedAt", ""),
        restarts=inspect.get("RestartCount", 0),
        health=(state.get("Health") or {}).get("Status", ""),
        inspect=inspect,
    )
