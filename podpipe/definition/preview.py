"""A branch's definition -> the same beside production: whatever is global on a machine gets a name of its own. Pure.

Every such name becomes `SLUG.NAME`. No manifest can hold it, since names there have no dot; and no two previews
share one, since a slug has none either.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from podpipe.definition.specs import (
    Claim,
    ClaimVolume,
    Container,
    CronJob,
    DebianImage,
    Definition,
    HostPathVolume,
    Image,
    Pod,
    Port,
    RegistryImage,
    Volume,
    local_reference,
)
from podpipe.files import checksum

LONGEST, DIGITS = 20, 8  # characters of a slug, and of the hash at the end of one that is not the branch's own name
_PLAIN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_HASHED = rf".*-[0-9a-f]{{{DIGITS}}}"

Published = tuple[int, str]  # a hostPort and its protocol


def slug_of(branch: str) -> str:
    """A branch's word for its preview: [a-z0-9-], at most 20 characters, no two branches the same.

    It is the name itself where that will do; else what is left of it with a hash, as no name that will do ends.
    """
    if re.fullmatch(_PLAIN, branch) and len(branch) <= LONGEST and not re.fullmatch(_HASHED, branch):
        return branch
    words = re.sub("[^a-z0-9]+", "-", branch.lower()).strip("-")
    digest = checksum(branch)[:DIGITS]
    return f"{words[: LONGEST - DIGITS - 1].strip('-') or 'branch'}-{digest}"


def preview_name(slug: str, name: str) -> str:
    """What something called `name` in the manifests is called in a preview."""
    return f"{slug}.{name}"


def original_name(name: str) -> str:
    """The other way round."""
    return name.partition(".")[2]


def published(definition: Definition) -> tuple[Published, ...]:
    """The ports of the machine that a definition wants, each once."""
    ports = [port for pod in definition.pods for container in pod.containers for port in container.ports]
    return tuple(dict.fromkeys((port.host_port, port.protocol) for port in ports))


def preview_of(
    definition: Definition, slug: str, ports: Mapping[Published, int], shared: Collection[Image] = ()
) -> Definition:
    """The definition of a preview; `ports` has the port for each that the branch's definition wants.

    `shared` are production's images: a base from Debian's archive that is one of them is used as it is. CronJobs keep
    no schedule, hostPath volumes are mounted read-only; sockets, watches and what pushes come to are left out.
    """
    renamed = _renamed(definition.images, slug, shared)
    preview = _Preview(slug, ports, {local_reference(old): local_reference(new) for old, new in renamed.items()})
    return replace(
        definition,
        name=preview_name(slug, definition.name),
        images=tuple(_image(image, renamed) for image in definition.images),
        pods=tuple(preview.pod(pod) for pod in definition.pods),
        cron_jobs=tuple(preview.job(job) for job in definition.cron_jobs),
        claims=tuple(preview.claim(claim) for claim in definition.claims),
        infra=preview.reference(definition.infra),
        sockets=(),
        watches=(),
        branches=(),
    )


def _renamed(images: Iterable[Image], slug: str, shared: Collection[Image]) -> dict[str, str]:
    """The names of the images that a preview makes for itself, old -> new."""
    own = (each for each in images if not isinstance(each, RegistryImage))
    return {
        each.name: preview_name(slug, each.name)
        for each in own
        if not (isinstance(each, DebianImage) and each in shared)
    }


def _image(image: Image, renamed: Mapping[str, str]) -> Image:
    if isinstance(image, RegistryImage):
        return image
    name = renamed.get(image.name, image.name)
    if isinstance(image, DebianImage):
        return replace(image, name=name)
    bases = tuple(renamed.get(base, base) for base in image.bases)
    stand_ins = tuple((image_name, renamed[image_name]) for image_name in image.bases if image_name in renamed)
    return replace(image, name=name, bases=bases, stand_ins=stand_ins)


class _Preview:
    """The new name of each thing; `references` are those of the images that are renamed, old -> new."""

    def __init__(self, slug: str, ports: Mapping[Published, int], references: Mapping[str, str]) -> None:
        self.slug = slug
        self.ports = ports
        self.references = references

    def name(self, old: str) -> str:
        return preview_name(self.slug, old)

    def reference(self, old: str) -> str:
        return self.references.get(old, old)

    def pod(self, pod: Pod) -> Pod:
        """Inside, it goes on to have the host's name that it knows itself by."""
        return replace(
            pod,
            name=self.name(pod.name),
            hostname=pod.hostname or pod.name,
            containers=tuple(self.container(each, pod) for each in pod.containers),
            volumes=tuple(map(self.volume, pod.volumes)),
        )

    def container(self, container: Container, pod: Pod) -> Container:
        """What production has of the machine's own folders a preview only reads."""
        theirs = {volume.name for volume in pod.volumes if isinstance(volume, HostPathVolume)}
        mounts = (replace(each, read_only=each.read_only or each.volume in theirs) for each in container.mounts)
        return replace(
            container,
            image=self.reference(container.image),
            ports=tuple(map(self.port, container.ports)),
            mounts=tuple(mounts),
        )

    def port(self, port: Port) -> Port:
        return replace(port, host_port=self.ports[port.host_port, port.protocol])

    def volume(self, volume: Volume) -> Volume:
        return replace(volume, claim=self.name(volume.claim)) if isinstance(volume, ClaimVolume) else volume

    def job(self, job: CronJob) -> CronJob:
        """It runs when it is made and when it is asked for: production's timers are work enough for the sources."""
        return replace(job, name=self.name(job.name), schedule="", template=self.pod(job.template))

    def claim(self, claim: Claim) -> Claim:
        return replace(claim, name=self.name(claim.name))
