"""What a definition's containers are given of the machine: for who is to run another's files. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from podpipe.definition.specs import ClaimVolume, Container, Definition, HostPathVolume, Pod, SecretVolume, Volume
from podpipe.plan.actions import Action


@dataclass(frozen=True)
class Grant(Action):
    """An action that allows something: `kind` is path, capability, secret or port, `name` which one.

    `container` is POD/CONTAINER; `written` says whether it can change what is there.
    """

    container: str = ""
    written: bool = False

    def __str__(self) -> str:
        words = {"path": "it can write there" if self.written else "it can read there", "port": "from every address"}
        remark = f", {words[self.kind]}" if self.kind in words else ""
        return f"{self.verb:8} {self.kind:9} {self.name} to {self.container}{remark}"

    def as_json(self) -> dict[str, Any]:
        """As an action, and who gets it."""
        return {**super().as_json(), "container": self.container, "written": self.written}


def plan_grants(definition: Definition, chosen: Collection[str] = ()) -> tuple[Grant, ...]:
    """Folders and files of the machine, capabilities, secrets, and ports that are open to every address."""
    pods = {pod.name: pod for pod in definition.pods} | {job.name: job.template for job in definition.cron_jobs}
    return tuple(
        Grant("allow", kind, name, workload, container=f"{workload}/{container.name}", written=written)
        for workload, pod in pods.items()
        if not chosen or workload in chosen
        for container in pod.containers
        for kind, name, written in _given(definition, pod, container)
    )


def _given(definition: Definition, pod: Pod, container: Container) -> Iterator[tuple[str, str, bool]]:
    written = _mounted(container)
    for volume in pod.volumes:
        if volume.name not in written:
            continue
        if isinstance(volume, SecretVolume):
            yield "secret", volume.secret, False
        elif path := _path_of(definition, volume):
            yield "path", path, written[volume.name]
    for capability in container.security.add:
        yield "capability", capability, False
    for port in container.ports:
        if port.host_ip in ("", "0.0.0.0", "::"):  # noqa: S104 (what is looked for)
            yield "port", f"{port.host_port}/{port.protocol}", False


def _mounted(container: Container) -> dict[str, bool]:
    """The pod's volumes that a container mounts, and whether it can write there by one of its mounts."""
    written: dict[str, bool] = {}
    for mount in container.mounts:
        written[mount.volume] = written.get(mount.volume, False) or not mount.read_only
    return written


def _path_of(definition: Definition, volume: Volume) -> str:
    """The machine's file or folder that a volume is, "" where it is Podman's."""
    if isinstance(volume, HostPathVolume):
        return str(volume.path)
    folders = {claim.name: claim.folder for claim in definition.claims}
    folder = folders.get(volume.claim) if isinstance(volume, ClaimVolume) else None
    return str(folder) if folder else ""
