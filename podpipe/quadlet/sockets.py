"""Sockets of systemd's on Podmans before 3.4, which do not hand them to the container by themselves."""

from __future__ import annotations

from podpipe.quadlet.invocation import Given

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.target import Target

HANDED_IN = (3, 4, 0)
# What the container is told; systemd expands it.
LISTEN = {"LISTEN_FDS": "${LISTEN_FDS}", "LISTEN_FDNAMES": "${LISTEN_FDNAMES}", "LISTEN_PID": "1"}


def hand_in_sockets(target: Target) -> None:
    """Let podman keep the sockets of a service that names some, and tell the container of them as systemd would."""
    if target.version < HANDED_IN and target.service.lookup_all("Service", "Sockets"):
        told = [Given("env", f"{name}={value}") for name, value in LISTEN.items()]
        target.call.options[:0] = [Given("preserve-fds", LISTEN["LISTEN_FDS"]), *told]
