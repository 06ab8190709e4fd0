"""The manifest of a Pod, and the pod inside a CronJob's."""

from __future__ import annotations

import re

from podpipe.definition.container import read_container
from podpipe.definition.names import read_name
from podpipe.definition.ports import read_address
from podpipe.definition.reader import Fields
from podpipe.definition.scope import PodScope, Scope
from podpipe.definition.security import RunAs, read_run_as
from podpipe.definition.specs import Container, EmptyDirVolume, Pod, Volume
from podpipe.definition.subset.containers import CONTAINER
from podpipe.definition.subset.pods import HOST_ALIAS, POD_SPEC
from podpipe.definition.subset.security import POD_SECURITY
from podpipe.definition.volumes import read_volumes

_LABEL_VALUE = "([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?"
_LABEL_KEY = r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_HOST_NAME = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"


def read_pod(manifest: Fields, name: str, labels: tuple[tuple[str, str], ...], scope: Scope) -> Pod | None:
    """A manifest of kind Pod."""
    spec = manifest.fields("spec", POD_SPEC, required=True)
    if spec is None:
        return None
    containers, volumes = read_containers(spec, name, scope)
    return Pod(
        name=name,
        containers=containers,
        place=manifest.place,
        volumes=volumes,
        restart_policy=spec.choice("restartPolicy", ["Always", "OnFailure", "Never"], "Always"),
        grace_period=spec.integer("terminationGracePeriodSeconds", 30),
        hostname=read_name(spec.get("hostname")),
        host_aliases=_read_host_aliases(spec),
        labels=labels,
    )


def read_containers(spec: Fields, name: str, scope: Scope) -> tuple[tuple[Container, ...], tuple[Volume, ...]]:
    """The containers and volumes of the pod `name`."""
    volumes = read_volumes(spec, scope)
    run_as = read_run_as(spec.fields("securityContext", POD_SECURITY), RunAs())
    pod = PodScope(scope, name, volumes, run_as)
    containers: dict[str, Container] = {}
    taken: set[str] = set()
    for fields in spec.each("containers", CONTAINER, required=True):
        container = read_container(fields, pod)
        if container.name and container.name in containers:
            fields.value.refuse(f"two containers have the name `{container.name}`", "give each its own")
        containers[container.name] = container
        taken |= _take_empty_dirs(fields, container, volumes, taken)
    return tuple(containers.values()), tuple(volumes.values())


def _take_empty_dirs(fields: Fields, container: Container, volumes: dict[str, Volume], taken: set[str]) -> set[str]:
    """The emptyDirs that a container mounts. Kubernetes shares them within the pod, a tmpfs cannot be."""
    mounted = {mount.volume for mount in container.mounts}
    mine = {name for name in mounted if isinstance(volumes.get(name), EmptyDirVolume)}
    for name in sorted(mine & taken):
        what = f"the emptyDir `{name}` is mounted by another container too, and a tmpfs is one container's"
        fields.value.refuse(what, "give each its own, or share a persistentVolumeClaim")
    return mine


def _read_host_aliases(spec: Fields) -> tuple[tuple[str, str], ...]:
    aliases = []
    for fields in spec.each("hostAliases", HOST_ALIAS):
        address = read_address(fields.get("ip", required=True))
        for value in fields.items("hostnames", required=True):
            name = value.string()
            if name is not None and not re.fullmatch(_HOST_NAME, name):
                value.refuse(f"`{name[:80]}` is not a host's name", "use lower-case letters, digits, `-` and `.`")
            aliases.append((name or "", address))
    return tuple(aliases)


def read_labels(metadata: Fields) -> tuple[tuple[str, str], ...]:
    """metadata.labels, which go to Podman as they are."""
    labels = []
    value = metadata.get("labels")
    for key, label in value.entries() if value else []:
        name, text = key.string(), label.string()
        if name is not None and (not re.fullmatch(_LABEL_KEY, name) or name.startswith("io.podpipe.")):
            key.refuse(f"`{name[:80]}` is no label's name, or one of podpipe's own", "write it as example.org/name")
        if text is not None and not re.fullmatch(_LABEL_VALUE, text):
            label.refuse(f"`{text[:80]}` is not a label's value", "use letters, digits, `-`, `_` and `.`, at most 63")
        labels.append((name or "", text or ""))
    return tuple(labels)
