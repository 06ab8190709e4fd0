"""What a project needs of its machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from podpipe.definition.specs import BuiltImage, Container, DebianImage, Definition


@dataclass(frozen=True)
class Needs:
    """As they are without a project: whatever it may be, it should work. `project` is its name, `ports` are (number,
    pod), `platform` is that of another machine, as in linux/arm/v7."""

    project: str = ""
    pods: bool = True
    builds: bool = True
    debian: bool = True
    infra: bool = False
    ports: tuple[tuple[int, str], ...] = ()
    controllers: frozenset[str] = frozenset()
    platform: str = ""


def needs_of(definition: Definition, platform: str = "") -> Needs:
    """The needs of a project; `infra`: it brings an image for the infra containers along."""
    containers = list(_containers(definition))
    # A limit's name is that of the cgroup controller behind it.
    limits = {limit for each in containers for limit in ("memory", "cpu") if getattr(each, limit) is not None}
    return Needs(
        project=definition.name,
        pods=bool(definition.pods),
        builds=any(isinstance(image, (BuiltImage, DebianImage)) for image in definition.images),
        debian=any(isinstance(image, DebianImage) for image in definition.images),
        infra=bool(definition.infra),
        ports=tuple((port.host_port, pod.name) for pod in definition.pods for c in pod.containers for port in c.ports),
        controllers=frozenset(limits),
        platform=platform,
    )


def _containers(definition: Definition) -> Iterator[Container]:
    for pod in (*definition.pods, *(job.template for job in definition.cron_jobs)):
        yield from pod.containers
