"""[Network]: a service that makes a network."""

from __future__ import annotations

from itertools import zip_longest

from podpipe.quadlet.command import booleans, last, option, pairs, podman, values
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.keys import PODMAN_ARGS
from podpipe.quadlet.kind import Kind
from podpipe.quadlet.service import run_once


@option(Subnet="--subnet", Gateway="--gateway", IPRange="--ip-range")
def _subnets(unit: Conversion) -> list[str]:
    """The first gateway and the first range belong to the first subnet, and so on."""
    subnets, gateways, ranges = map(unit.values, ("Subnet", "Gateway", "IPRange"))
    if not subnets and (gateways or ranges):
        raise QuadletError("cannot set gateway or range without subnet")
    for name, given in (("gateways", gateways), ("ranges", ranges)):
        if len(given) > len(subnets):
            raise QuadletError(f"cannot set more {name} than subnets")
    flags = ("--subnet", "--gateway", "--ip-range")
    return [
        word
        for addresses in zip_longest(subnets, gateways, ranges)
        for flag, address in zip(flags, addresses)
        if address is not None
        for word in (flag, address)
    ]


OPTIONS = (
    *booleans(DisableDNS="--disable-dns", Internal="--internal", IPv6="--ipv6"),
    *last(Driver="--driver {}", IPAMDriver="--ipam-driver {}", InterfaceName="--interface-name {}"),
    *values(DNS="--dns {}"),
    _subnets,
    *pairs(Options="--opt {}", Label="--label {}"),
    *PODMAN_ARGS,
)


def convert(unit: Conversion) -> None:
    """Write the service that makes the network, unless it is there already."""
    name = unit.name("NetworkName")
    if unit.boolean("NetworkDeleteOnStop"):
        unit.add_command("ExecStopPost", podman(unit, "network", "rm", name))
    unit.add_command("ExecStart", [*podman(unit, "network", "create", "--ignore", options=OPTIONS), name])
    run_once(unit)
    unit.info.resource_name = name


KIND = Kind("Network", convert, OPTIONS, ("NetworkDeleteOnStop", "NetworkName"), "-network")
