"""[Pod]: a service that makes a pod, starts its infra container and, by dependencies, the other ones."""

from __future__ import annotations

from podpipe.quadlet.command import last, pairs, podman, rows, values
from podpipe.quadlet.conversion import Conversion, stem
from podpipe.quadlet.keys import DNS, PODMAN_ARGS, PUBLISH_PORT
from podpipe.quadlet.kind import Kind
from podpipe.quadlet.mounts import VOLUME
from podpipe.quadlet.networks import NETWORK
from podpipe.quadlet.service import name_log, name_unit
from podpipe.quadlet.unitfile import UnitFile
from podpipe.quadlet.usernamespaces import USER_MAPPINGS

STOP_TIMEOUT = "10"  # seconds


def _exit_policy(unit: Conversion, key: str) -> list[str]:
    """By default the pod stops with its last container, so that its service ends."""
    policy = unit.value(key)
    return ["stop" if policy is None else policy]


def _name(unit: Conversion, key: str) -> list[str]:
    return [_pod_name(unit.file)]


def _pod_name(unit: UnitFile, service: str = "") -> str:
    return unit.lookup("Pod", "PodName") or f"systemd-{stem(unit.filename)}"


OPTIONS = (
    *rows(_exit_policy, ExitPolicy="--exit-policy {}"),
    USER_MAPPINGS,
    *PUBLISH_PORT,
    *pairs(Label="--label {}"),
    *NETWORK,
    *last(IP="--ip {}", IP6="--ip6 {}", ShmSize="--shm-size {}"),
    *values(NetworkAlias="--network-alias {}"),
    *DNS,
    *values(AddHost="--add-host {}", HostName="--hostname {}"),
    *VOLUME,
    *rows(_name, PodName="--infra-name {0}-infra --name {0}"),
    *PODMAN_ARGS,
)


def convert(unit: Conversion) -> None:
    """Write the service that makes the pod and starts it; systemd watches the conmon of its infra container."""
    name = _pod_name(unit.file)
    for container in unit.info.containers:
        unit.service.add("Unit", "Wants", container)
        unit.service.add("Unit", "Before", container)
    name_log(unit)
    timeout = unit.value("StopTimeout")
    stop = f"--time={STOP_TIMEOUT if timeout is None else timeout}"
    unit.add_command("ExecStart", podman(unit, "pod", "start", name))
    unit.add_command("ExecStop", podman(unit, "pod", "stop", "--ignore", stop, name))
    unit.add_command("ExecStopPost", podman(unit, "pod", "rm", "--ignore", "--force", name))
    create = ("pod", "create", "--infra-conmon-pidfile=%t/%N.pid", "--replace")
    unit.add_command("ExecStartPre", podman(unit, *create, options=OPTIONS))
    name_unit(unit)
    for key, value in (("Type", "forking"), ("Restart", "on-failure"), ("PIDFile", "%t/%N.pid")):
        unit.service.set("Service", key, value)


KIND = Kind("Pod", convert, OPTIONS, ("StopTimeout",), "-pod", _pod_name)
