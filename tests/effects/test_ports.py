"""`find_listener` against sockets that really listen."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.effects import ports
from podpipe.effects.ports import find_listener, parse_address


@contextmanager
def listening(address: str, protocol: str = "tcp", family: socket.AddressFamily = socket.AF_INET) -> Iterator[int]:
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as server:
        server.bind((address, 0))
        if protocol == "tcp":
            server.listen()
        yield server.getsockname()[1]


def free_port() -> int:
    with listening("127.0.0.1") as port:
        return port


def ourselves() -> str:
    return f"{Path('/proc/self/comm').read_text().strip()} (pid {os.getpid()})"


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
@pytest.mark.parametrize("host_ip", ["", "0.0.0.0", "127.0.0.1"])
def test_names_the_process_that_is_in_the_way(protocol: str, host_ip: str) -> None:
    with listening("127.0.0.1", protocol) as port:
        assert find_listener(port, protocol, host_ip) == ourselves()


def test_another_address_is_not_in_the_way() -> None:
    with listening("127.0.0.2") as port:
        assert find_listener(port, "tcp", "127.0.0.1") is None


def test_every_address_is_in_the_way_of_each() -> None:
    with listening("0.0.0.0") as port:
        assert find_listener(port, "tcp", "127.0.0.1") == ourselves()


def test_the_other_protocol_is_not_in_the_way() -> None:
    with listening("127.0.0.1", "udp") as port:
        assert find_listener(port, "tcp", "127.0.0.1") is None


def test_a_free_port() -> None:
    assert find_listener(free_port(), "tcp", "") is None


def test_ipv6() -> None:
    try:
        with listening("::1", family=socket.AF_INET6) as port:
            assert find_listener(port, "tcp", "::1") == ourselves()
            assert find_listener(port, "tcp", "127.0.0.1") is None
    except OSError:
        pytest.skip("this machine has no IPv6")


def test_an_unreadable_process_is_named_by_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_holds", lambda process, target: False)
    with listening("127.0.0.1") as port:
        user = find_listener(port, "tcp", "")
    assert user == f"a process of user {ports.pwd.getpwuid(os.getuid()).pw_name}"


@given(st.ip_addresses())
def test_reads_addresses_as_the_kernel_writes_them(address: object) -> None:
    packed: bytes = address.packed  # type: ignore[attr-defined]
    words = [packed[start : start + 4] for start in range(0, len(packed), 4)]
    written = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
    assert parse_address(written) == packed
