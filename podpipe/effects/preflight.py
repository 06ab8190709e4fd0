"""What can be known to go wrong before anything is touched."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podpipe.effects.capabilities import check_request
from podpipe.effects.ports import find_listener
from podpipe.errors import PodpipeError, PortTaken
from podpipe.plan import Observed, Plan
from podpipe.plan.observed import made_from
from podpipe.render import Desired, SecretFolder
from podpipe.report import Report

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine

JSON = dict[str, Any]

LETTING_GO = 2.0  # seconds that Podman's port forwarder may live on after its pod
LOWEST_PORT = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


def check_before_apply(
    engine: Engine,
    desired: Desired,
    observed: Observed,
    plan: Plan,
    report: Report,
    held: Collection[tuple[int, str]] = (),
) -> None:
    """Refuse what this engine or this machine cannot do.

    `held` are ports (number, protocol) that are ours besides those of the pods that Podman alone keeps.
    Errors: Unsupported, PortTaken, PodpipeError for a secret that is not there.
    """
    check_requests(engine, desired, plan, report)
    made = {action.name for action in plan.of("pod", "create", "recreate")}
    _check_ports(desired, {*held, *_published(desired.project, observed)}, made)
    for folder in desired.secret_folders:
        _check_secret(folder)


def check_requests(engine: Engine, desired: Desired, plan: Plan, report: Report) -> None:
    """Refuse what this engine cannot do, and say which limits are none. Errors: Unsupported."""
    changed = {action.name for action in plan.changes}
    requests = [request for workload in desired.workloads for request in workload.containers]
    for request in requests:
        if request["name"] in changed:
            check_request("container", request, engine)
    for workload in desired.workloads:
        if workload.pod and workload.name in changed:
            check_request("pod", workload.pod, engine)
    _tell_of_limits(desired, plan, report)


def _tell_of_limits(desired: Desired, plan: Plan, report: Report) -> None:
    """Once: where what they are to bound is made."""
    made = {action.name for action in plan.changes if action.verb in ("create", "recreate")}
    missing = [controller for controller, names in desired.unenforced.items() if made.intersection(names)]
    if missing:
        report(f"this machine keeps no limit of {' and '.join(missing)}: `podpipe doctor` says why, and what mends it")


def _published(project: str, observed: Observed) -> set[tuple[int, str]]:
    return {
        (port["host_port"], port["protocol"])
        for pod in observed.pods.values()
        if pod.project == project and pod.infra_running
        for port in made_from(pod.labels).get("portmappings", ())
    }


def _check_ports(desired: Desired, held: set[tuple[int, str]], pods: set[str]) -> None:
    """Ports that our own pods hold now are free by the time the new ones want them."""
    wanted = [
        (workload.name, port)
        for workload in desired.workloads
        for port in (workload.pod["portmappings"] if workload.pod and workload.name in pods else ())
        if (port["host_port"], port["protocol"]) not in held
    ]
    deadline = time.monotonic() + LETTING_GO
    while problems := [problem for pod, port in wanted for problem in _port_problems(pod, port)]:
        if time.monotonic() < deadline:
            time.sleep(0.1)
            continue
        raise PortTaken("; ".join(problems), hint="choose another hostPort, or end what is in the way if it is yours")


def _port_problems(pod: str, port: JSON) -> Iterable[str]:
    number, protocol = port["host_port"], port["protocol"]
    lowest = int(LOWEST_PORT.read_text()) if LOWEST_PORT.exists() else 0
    if number < lowest and os.getuid():
        yield (
            f"pod {pod} wants port {number}/{protocol}, but without root the lowest is {lowest}"
            f" (`sudo sysctl net.ipv4.ip_unprivileged_port_start={number}` lowers it)"
        )
        return
    listener = find_listener(number, protocol, port["host_ip"])
    if listener:
        yield f"pod {pod} wants port {number}/{protocol}, but {listener} listens there"


def _check_secret(secret: SecretFolder) -> None:
    missing = [key for key in secret.keys if not (secret.folder / key).is_file()]
    if secret.optional or (secret.folder.is_dir() and not missing):
        return
    what = f"has no key {missing[0]}" if secret.folder.is_dir() and missing else "is not there"
    file = secret.folder / (missing or ["KEY"])[0]
    raise PodpipeError(
        f"the secret {secret.name} {what}",
        hint=f"put each key into a file of its own: install -m 644 -D /dev/stdin {file}",
    )
