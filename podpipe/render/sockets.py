"""What starts or feeds containers besides timers: listening sockets, watched folders, and the wait for a network."""

from __future__ import annotations

from collections.abc import Sequence

from podpipe.definition.specs import FrontDoor, Port, Watch
from podpipe.render.unitfile import Line, UnitFile, render_file

ANY = "0.0.0.0"  # noqa: S104 - written out: a server finds its inherited socket by the address that it is to listen at
NETWORK_SECONDS = 10

_NAMED = "grep -qs ^nameserver /etc/resolv.conf"
# A route to everywhere, of IPv4 or, but for the one of the loopback, IPv6.
_ROUTED = (
    'grep -Eqs "^[^[:space:]]+[[:space:]]+0{8}[[:space:]]" /proc/net/route',
    'grep -Es "^0{32} 00 " /proc/net/ipv6_route | grep -qv " lo$$"',
)


def render_socket(door: FrontDoor, ports: Sequence[Port], origin: str) -> UnitFile:
    """systemd listens in the container's place, and goes on while the container is replaced."""
    name = f"{door.pod}-{door.container}"
    socket: list[Line] = [("ListenStream", _address(port)) for port in ports]
    socket.append(("NoDelay", "true"))
    if any(port.host_ip for port in ports):
        socket.append(("FreeBind", "true"))  # the machine may get the address later
    sections: dict[str, list[Line]] = {
        "Unit": [("Description", f"Front door of the container {door.container} of the pod {door.pod}")],
        "Socket": socket,
        "Install": [("WantedBy", "sockets.target")],
    }
    return render_file(f"{name}.socket", door.pod, origin, sections)


def _address(port: Port) -> str:
    host = port.host_ip or ANY
    return f"[{host}]:{port.host_port}" if ":" in host else f"{host}:{port.host_port}"


def render_watch(watch: Watch, path: str, origin: str) -> UnitFile:
    """A run of the CronJob whenever a file of the claim is written, renamed or removed."""
    sections: dict[str, list[Line]] = {
        "Unit": [("Description", f"Watch over the claim {watch.claim} for the CronJob {watch.job}")],
        "Path": [("PathChanged", path), ("Unit", f"{watch.job}.service")],
        "Install": [("WantedBy", "paths.target")],
    }
    return render_file(f"{watch.job}-{watch.claim}.path", watch.job, origin, sections)


def network_unit(project: str) -> str:
    """The unit that pods and CronJobs wait for."""
    return f"{project}-network.service"


def render_network(project: str) -> UnitFile:
    """It waits a little for a network, and then lets all begin whether there is one or not: a Pi may have none.

    A pod under pasta copies the machine's addresses, routes and name server when it starts, and never again.

    systemd's own network-online.target is the system's, which a user's units cannot wait for.
    """
    attempts = " ".join(f"{number}" for number in range(NETWORK_SECONDS))
    routed = f"{{ {' || '.join(_ROUTED)}; }}"
    sections: dict[str, list[Line]] = {
        "Unit": [("Description", f"At most {NETWORK_SECONDS} seconds of waiting for a network (podpipe, {project})")],
        "Service": [
            ("Type", "oneshot"),
            ("RemainAfterExit", "yes"),
            ("ExecStart", f"/bin/sh -c 'for second in {attempts}; do {_NAMED} && {routed} && exit; sleep 1; done'"),
        ],
    }
    return render_file(network_unit(project), "", "podpipe.yaml: name", sections)
