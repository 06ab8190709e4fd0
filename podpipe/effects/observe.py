"""What an engine says, in the plan's words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from podpipe.plan.observed import Observed, ObservedContainer, ObservedImage, ObservedPod
from podpipe.render.labels import CONTEXT

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine

JSON = dict[str, Any]


def observe(seen: JSON) -> Observed:
    """What `podpipe.effects.look.look` gave; infra containers count as a part of their pod."""
    infra = {each["Id"]: each for each in seen["containers"] if each.get("IsInfra")}
    major, minor, patch = seen["version"]
    return Observed(
        version=(major, minor, patch),
        images={reference: _image(image) for reference, image in seen["images"].items()},
        volumes={volume["Name"]: volume.get("Labels") or {} for volume in seen["volumes"]},
        pods={pod["Name"]: _pod(pod, infra, seen["listening"]) for pod in seen["pods"]},
        containers=_containers(seen),
    )


def observe_container(engine: Engine, name: str) -> ObservedContainer:
    """One container as it is now; its `pod` is left empty. Errors: NotFound."""
    return _container(engine.inspect_container(name), pod="")


def _image(inspect: JSON) -> ObservedImage:
    return ObservedImage(inspect["Id"].removeprefix("sha256:"), (inspect.get("Labels") or {}).get(CONTEXT, ""))


def _pod(entry: JSON, infras: Mapping[str, JSON], listening: Collection[int] | None) -> ObservedPod:
    """`listening` is None where it is not known."""
    infra = infras.get(entry.get("InfraId", ""), {})
    running = infra.get("State") == "running"
    gone = [] if listening is None or not running else [port for port in _published(infra) if port not in listening]
    return ObservedPod(
        name=entry["Name"],
        id=entry["Id"],
        labels=entry.get("Labels") or {},
        state=entry.get("Status", "").lower(),
        infra_running=running,
        deaf=tuple(gone),
    )


def _published(infra: JSON) -> list[int]:
    """The TCP ports of a pod, which its infra container publishes; 3.0.1 writes their names as CNI does."""
    tcp = [port for port in infra.get("Ports") or () if port["protocol"] == "tcp"]
    return [port.get("host_port") or port["hostPort"] for port in tcp]


def _containers(seen: JSON) -> dict[str, ObservedContainer]:
    pods = {pod["Id"]: pod["Name"] for pod in seen["pods"]}
    found = {}
    for entry in seen["containers"]:
        if entry.get("IsInfra"):
            continue
        pod, inspect = pods.get(entry.get("Pod", ""), ""), seen["inspected"].get(entry["Id"])
        container = _container(inspect, pod) if inspect else _listed(entry, pod)
        found[container.name] = container
    return found


def _listed(entry: JSON, pod: str) -> ObservedContainer:
    labels = entry.get("Labels") or {}
    return ObservedContainer(entry["Names"][0], entry["Id"], pod, labels, entry.get("State", "").lower())


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
