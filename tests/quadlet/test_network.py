from __future__ import annotations

import pytest

from podpipe.quadlet.kind import COMMON_KEYS
from podpipe.quadlet.network import KIND
from tests.quadlet.converted import added, command, convert_file, problem

NAME = "net.network"
PLAIN = "podman network create --ignore systemd-net"

SERVICE = """\
[X-Network]
NetworkName=net
NetworkDeleteOnStop=yes

[Unit]
Wants=podman-user-wait-network-online.service
After=podman-user-wait-network-online.service
SourcePath=/q/net.network
RequiresMountsFor=%t/containers

[Service]
ExecStopPost=podman network rm net
ExecStart=podman network create --ignore net
SyslogIdentifier=%N
Type=oneshot
RemainAfterExit=yes
"""

OPTIONS = [
    ("DisableDNS=yes\nIPv6=no\nInternal=yes", "--disable-dns --internal --ipv6=false"),
    ("DNS=1.1.1.1", "--dns 1.1.1.1"),
    ("Driver=bridge\nIPAMDriver=dhcp\nInterfaceName=a", "--driver bridge --ipam-driver dhcp --interface-name a"),
    ("Label=a=b\nOptions=isolate=true mtu=1", "--opt isolate=true --opt mtu=1 --label a=b"),
    ("PodmanArgs=--a", "--a"),
    (
        "Subnet=10.0.0.0/24\nSubnet=10.0.1.0/24\nGateway=10.0.0.1\nGateway=10.0.1.1\nIPRange=10.0.0.8/29",
        "--subnet 10.0.0.0/24 --gateway 10.0.0.1 --ip-range 10.0.0.8/29 --subnet 10.0.1.0/24 --gateway 10.0.1.1",
    ),
]


def test_service() -> None:
    assert str(convert_file(NAME, "[Network]\nNetworkName=net\nNetworkDeleteOnStop=yes\n")) == SERVICE


@pytest.mark.parametrize(("keys", "words"), OPTIONS)
def test_options(keys: str, words: str) -> None:
    assert added(PLAIN, command(NAME, f"[Network]\n{keys}\n")) == words


def test_every_key_is_tried() -> None:
    tried = {line.partition("=")[0] for keys, _ in OPTIONS for line in keys.split("\n")}
    assert tried | {*COMMON_KEYS, "NetworkName", "NetworkDeleteOnStop"} == KIND.keys


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("Gateway=10.0.0.1", "cannot set gateway or range without subnet"),
        ("Subnet=10.0.0.0/24\nGateway=10.0.0.1\nGateway=10.0.0.2", "cannot set more gateways than subnets"),
        ("Subnet=10.0.0.0/24\nIPRange=10.0.0.8/29\nIPRange=10.0.0.1/29", "cannot set more ranges than subnets"),
    ],
)
def test_problems(keys: str, what: str) -> None:
    assert problem(NAME, f"[Network]\n{keys}\n") == what
