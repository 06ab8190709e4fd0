"""`ports` of a container, and the collisions between all ports of a project."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from podpipe.definition.reader import Fields, Value
from podpipe.definition.specs import Place, Port, Problem
from podpipe.definition.subset.containers import PORT

_NAME = "(?=.*[a-z])[a-z0-9](-?[a-z0-9]){0,14}"


class ListedPort(NamedTuple):
    """An entry of `ports`; `published` is None where it has no hostPort, `name` "" where it has none."""

    pod: str
    container: str
    name: str
    number: int
    protocol: str
    published: Port | None
    place: Place


def read_ports(container: Fields, pod: str, name: str) -> list[ListedPort]:
    """The ports of the container `name`."""
    listed: dict[str, ListedPort] = {}
    for index, fields in enumerate(container.each("ports", PORT)):
        port = _read_port(fields, pod, name)
        if port.name in listed:
            fields.value.refuse(f"two ports have the name `{port.name}`", "give each its own")
        listed[port.name or str(index)] = port
    return list(listed.values())


def validate_ports(listed: Iterable[ListedPort]) -> Iterator[Problem]:
    """Ports that two cannot have at once: on the machine, or in the network that a pod's containers share."""
    on_machine: dict[tuple[str, int], dict[str, ListedPort]] = {}
    in_pod: dict[tuple[str, str, int], ListedPort] = {}
    for port in listed:
        if port.published:
            taken = on_machine.setdefault((port.protocol, port.published.host_port), {})
            earlier = _at_address(taken, port.published.host_ip)
            if earlier:
                message = f"port {port.published.host_port}/{port.protocol} of the machine is taken by {_who(earlier)}"
                yield Problem(port.place, message, "choose another hostPort")
            taken.setdefault(port.published.host_ip, port)
        first = in_pod.setdefault((port.pod, port.protocol, port.number), port)
        if first.container != port.container:
            message = f"port {port.number}/{port.protocol} of the pod is taken by {_who(first)}"
            yield Problem(port.place, message, "let one of them listen elsewhere: a pod's containers share one network")


def _at_address(taken: Mapping[str, ListedPort], address: str) -> ListedPort | None:
    """Who listens at an address; "" is every one of them."""
    if not address:
        return next(iter(taken.values()), None)
    return taken.get(address) or taken.get("")


def _who(port: ListedPort) -> str:
    return f"{port.pod}/{port.container} ({port.place.file}:{port.place.line})"


def _read_port(fields: Fields, pod: str, container: str) -> ListedPort:
    number = fields.integer("containerPort", 0, 1, 65535, required=True)
    host_port = fields.integer("hostPort", 0, 1, 65535)
    protocol = fields.choice("protocol", ["TCP", "UDP"], "TCP").lower()
    host_ip = _read_host_ip(fields.get("hostIP"))
    if host_ip and "hostPort" not in fields:
        fields.value.refuse("hostIP stands without hostPort", "write both, or none")
    published = Port(number, host_port, host_ip, protocol) if host_port else None
    return ListedPort(pod, container, _read_name(fields.get("name")), number, protocol, published, fields.place)


def _read_name(value: Value | None) -> str:
    text = value.string() if value else None
    if value and text is not None and not re.fullmatch(_NAME, text):
        hint = "use lower-case letters, digits and `-`, at most 15 characters"
        value.refuse(f"`{text[:80]}` is not a port's name", hint)
    return text or ""


def _read_host_ip(value: Value | None) -> str:
    """An address; "" stands for every one of them."""
    address = read_address(value)
    return "" if address in ("0.0.0.0", "::") else address  # noqa: S104 - compared with, never bound


def read_address(value: Value | None) -> str:
    """An IPv4 or IPv6 address in its shortest spelling; "" where it is missing or wrong."""
    text = value.string() if value else None
    if value is None or text is None:
        return ""
    import ipaddress

    try:
        if "%" in text:  # a zone is this machine's own name for a link; Python 3.9 takes it, Podman does not
            raise ValueError(text)
        return str(ipaddress.ip_address(text))
    except ValueError:
        value.refuse(f"`{text[:80]}` is not an IP address", "write IPv4 or IPv6 digits: 127.0.0.1")
        return ""
