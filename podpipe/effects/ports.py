"""Who listens on a port: the kernel's tables say which socket, /proc/PID/fd whose it is."""

from __future__ import annotations

import pwd
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# The `st` column of /proc/net: TCP_LISTEN; a bound UDP socket is TCP_CLOSE (Documentation/networking/proc_net_tcp.rst).
LISTENING = {"tcp": "0A", "udp": "07"}
MAPPED = bytes(10) + b"\xff\xff"  # an IPv4 address inside an IPv6 one


@dataclass(frozen=True)
class Listener:
    """A line of the kernel's table: a socket that waits on `address` (4 or 16 bytes, network order)."""

    address: bytes
    port: int
    uid: int
    inode: int


def find_listener(port: int, protocol: str, host_ip: str) -> str | None:
    """Whose process would be in the way of publishing `port` on `host_ip` ("" : every address).

    Gives "nginx (pid 123)", or "a process of user root" where its files are not ours to see; None where the
    port is free. `protocol` is tcp or udp.
    """
    for listener in listeners(protocol):
        if listener.port == port and _collide(listener.address, host_ip):
            return _owner(listener)
    return None


def listeners(protocol: str) -> Iterator[Listener]:
    """All sockets of this network namespace that listen, IPv4 and IPv6."""
    for table in (protocol, f"{protocol}6"):
        try:
            lines = (PROC / "net" / table).read_text().splitlines()[1:]
        except FileNotFoundError:  # a kernel without IPv6
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == LISTENING[protocol]:
                address, _, port = fields[1].partition(":")
                yield Listener(parse_address(address), int(port, 16), int(fields[7]), int(fields[9]))


def parse_address(text: str) -> bytes:
    """The kernel's hex, made of 32-bit words in the machine's own byte order: 0100007F is 127.0.0.1 on a Pi."""
    words = (text[start : start + 8] for start in range(0, len(text), 8))
    return b"".join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)


def _collide(listening: bytes, host_ip: str) -> bool:
    """Two sockets get in each other's way on the same address, or where either is for every address."""
    family = socket.AF_INET6 if ":" in host_ip else socket.AF_INET
    wanted = socket.inet_pton(family, host_ip or "0.0.0.0")  # noqa: S104
    taken = listening.removeprefix(MAPPED)
    return not any(wanted) or not any(taken) or wanted == taken


def _owner(listener: Listener) -> str:
    target = f"socket:[{listener.inode}]"
    for process in PROC.iterdir():
        if process.name.isdecimal() and _holds(process, target):
            return f"{_name(process)} (pid {process.name})"
    try:
        user = pwd.getpwuid(listener.uid).pw_name
    except KeyError:
        user = str(listener.uid)
    return f"a process of user {user}"


def _holds(process: Path, target: str) -> bool:
    try:
        return any(str(entry.readlink()) == target for entry in (process / "fd").iterdir())
    except OSError:  # it ended, or belongs to somebody else
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "a process"
