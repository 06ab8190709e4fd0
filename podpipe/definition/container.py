"""One entry of `containers`."""

from __future__ import annotations

from podpipe.definition.environment import expand, read_environment
from podpipe.definition.names import read_name
from podpipe.definition.paths import read_absolute_path
from podpipe.definition.ports import read_ports
from podpipe.definition.probes import read_probe
from podpipe.definition.quantities import read_cores, read_size
from podpipe.definition.reader import Fields, Value, suggest
from podpipe.definition.references import find_image
from podpipe.definition.scope import PodScope
from podpipe.definition.security import read_security
from podpipe.definition.specs import Container, EmptyDirVolume, Mount
from podpipe.definition.subset.containers import LIMITS, RESOURCES, VOLUME_MOUNT


def read_container(fields: Fields, pod: PodScope) -> Container:
    """A container of `pod`; its ports are noted in the project's scope."""
    name = read_name(fields.get("name", required=True))
    variables = read_environment(fields, pod.project)
    ports = read_ports(fields, pod.pod, name)
    pod.project.ports.extend(ports)
    memory, cpu = _read_limits(fields)
    fields.choice("imagePullPolicy", ["IfNotPresent", "Never"])
    return Container(
        name=name,
        image=find_image(fields.get("image", required=True), pod.project),
        place=fields.place,
        command=tuple(expand(word, variables) for word in fields.strings("command")),
        args=tuple(expand(word, variables) for word in fields.strings("args")),
        working_dir=read_absolute_path(fields.get("workingDir")),
        env=tuple(variables.items()),
        ports=tuple(port.published for port in ports if port.published),
        mounts=_read_mounts(fields, pod),
        probe=read_probe(fields, {port.name: port.number for port in ports if port.name}),
        security=read_security(fields, pod.run_as),
        memory=memory,
        cpu=cpu,
    )


def _read_limits(container: Fields) -> tuple[int | None, float | None]:
    resources = container.fields("resources", RESOURCES)
    limits = resources.fields("limits", LIMITS) if resources else None
    if limits is None:
        return None, None
    return read_size(limits.get("memory"), low=1 << 20), read_cores(limits.get("cpu"))


def _read_mounts(container: Fields, pod: PodScope) -> tuple[Mount, ...]:
    mounts: dict[str, Mount] = {}
    for fields in container.each("volumeMounts", VOLUME_MOUNT):
        path = _mount_path(fields.get("mountPath", required=True))
        if path in mounts and path:
            fields.value.refuse(f"two volumes are mounted at {path}", "give each its own place")
        name = _volume_name(fields.get("name", required=True), pod)
        read_only = fields.boolean("readOnly")
        if read_only and isinstance(pod.volumes.get(name), EmptyDirVolume):
            fields.value.refuse("an emptyDir that is read-only stays empty", "remove `readOnly`")
        mounts[path] = Mount(name, path, read_only)
    return tuple(mounts.values())


def _mount_path(value: Value | None) -> str:
    path = read_absolute_path(value)
    if value and path == "/":
        value.refuse("a volume cannot take the place of the whole root", "mount it at a folder: /srv/data")
    return path


def _volume_name(value: Value | None, pod: PodScope) -> str:
    name = value.string() if value else None
    if value and name is not None and name not in pod.volumes:
        hint = suggest(name, pod.volumes) or "add it to the pod's `volumes`"
        value.refuse(f"the pod has no volume `{name[:80]}`", hint)
    return name or ""
