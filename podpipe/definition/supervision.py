"""podpipe.yaml's `sockets`, `watch` and `timers`: what systemd does for pods and CronJobs beside keeping them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from podpipe.definition.names import read_name
from podpipe.definition.reader import Fields, Value, suggest
from podpipe.definition.specs import Claim, Container, CronJob, FrontDoor, Place, Pod, Port, Problem, Watch
from podpipe.definition.subset.project import TIMER


class Timer(NamedTuple):
    """How much later than its schedule a CronJob may be started, in seconds, by chance."""

    random_delay: int
    place: Place


class Supervision(NamedTuple):
    """The three keys; `timers` are by the CronJob's name."""

    sockets: tuple[FrontDoor, ...]
    watches: tuple[Watch, ...]
    timers: Mapping[str, Timer]


def read_supervision(project: Fields) -> Supervision:
    """The keys of podpipe.yaml; whether what they name is there is `validate_supervision`'s question."""
    return Supervision(
        sockets=tuple(_read_sockets(project.items("sockets"))),
        watches=tuple(_read_watches(project.get("watch"))),
        timers=dict(_read_timers(project.get("timers"))),
    )


def validate_supervision(
    keys: Supervision, pods: Iterable[Pod], jobs: Iterable[CronJob], claims: Iterable[Claim]
) -> Iterator[Problem]:
    """Names that nothing has, and containers whose ports systemd cannot hold."""
    containers = {f"{pod.name}/{container.name}": container for pod in pods for container in pod.containers}
    job_names, claim_names = {job.name for job in jobs}, {claim.name for claim in claims}
    for door in keys.sockets:
        name = f"{door.pod}/{door.container}"
        yield from _missing(name, "container", containers, door.place)
        if name in containers:
            yield from _unfit(containers[name], door.place)
    for watch in keys.watches:
        yield from _missing(watch.claim, "PersistentVolumeClaim", claim_names, watch.place)
        yield from _missing(watch.job, "CronJob", job_names, watch.place)
    for name, timer in keys.timers.items():
        yield from _missing(name, "CronJob", job_names, timer.place)


def _missing(name: str, kind: str, known: Iterable[str], place: Place) -> Iterator[Problem]:
    names = list(known)
    if name not in names:
        hint = suggest(name, names) or f"there are {', '.join(names) or 'none'}"
        yield Problem(place, f"no {kind} `{name}` is defined", hint)


def _unfit(container: Container, place: Place) -> Iterator[Problem]:
    if not container.ports:
        hint = "give it `ports: [{containerPort: 8080, hostPort: 8080}]`, or take it out here"
        yield Problem(place, f"the container {container.name} publishes no port", hint)
    for port in container.ports:
        yield from _unfit_port(port, place)


def _unfit_port(port: Port, place: Place) -> Iterator[Problem]:
    if port.protocol != "tcp":
        yield Problem(place, f"port {port.host_port}/{port.protocol} is not TCP", "give UDP to a container of its own")
    elif port.host_port != port.container_port:
        message = f"hostPort {port.host_port} is not containerPort {port.container_port}"
        hint = (
            f"write {port.host_port} for both, and in the image's own configuration too: its server gets the machine's"
            " socket; or leave it out of `sockets`"
        )
        yield Problem(place, message, hint)


def _read_sockets(items: Iterable[Value]) -> Iterator[FrontDoor]:
    seen: set[str] = set()
    for item in items:
        text = item.string()
        if text is None:
            continue
        pod, slash, container = text.partition("/")
        if not (pod and slash and container) or "/" in container:
            item.refuse(f"`{text[:80]}` is not POD/CONTAINER", "write it as web/nginx")
        elif text in seen:
            item.refuse(f"`{text[:80]}` stands here twice", "keep one of the two")
        else:
            yield FrontDoor(pod, container, item.place)
        seen.add(text)


def _read_watches(value: Value | None) -> Iterator[Watch]:
    for key, entry in value.entries() if value else []:
        claim, job = read_name(key), read_name(entry)
        if claim and job:
            yield Watch(claim, job, entry.place)


def _read_timers(value: Value | None) -> Iterator[tuple[str, Timer]]:
    for key, entry in value.entries() if value else []:
        name = read_name(key)
        fields = entry.fields(TIMER)
        if name and fields:
            yield name, Timer(fields.integer("randomDelaySeconds", 0, required=True), key.place)
