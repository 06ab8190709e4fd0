"""A published address, asked as a visitor would: from outside the pod, through whatever forwards its port."""

from __future__ import annotations

import socket
import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from podpipe.errors import Unhealthy

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine

HEALTHY_WITHIN = 120.0  # seconds, from the start of the containers; a Pi takes 5 to 9 s to start one
ANSWERS_WITHIN = 30.0  # seconds, from when its containers are healthy, for a pod that has no probe, say
PATIENCE = 5.0  # seconds that a service may think before its silence counts: somebody is there, or it would be closed
SHORTEST, LONGEST = 0.05, 1.0  # seconds between two visits


def answers(address: str) -> bool:
    """Whether somebody is there at `http://HOST:PORT/`, whatever he says.

    A port forwarder takes every connection, and closes it where nobody listens inside.
    """
    host, _, port = address[len("http://") : -1].rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE) as visitor:
            visitor.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            return bool(visitor.recv(1))
    except socket.timeout:
        return True
    except OSError:
        return False


def wait_for_answers(engine: Engine, addresses: Mapping[str, Collection[str]], timeout: float) -> None:
    """Visit each pod's addresses until they answer: what is healthy within must be reached from without.

    `timeout`, in seconds, is for all of them. Errors: Unhealthy.
    """
    deadline = time.monotonic() + timeout
    for pod, urls in addresses.items():
        pause = SHORTEST
        while silent := [url for url in urls if not engine.answers(url)]:
            if time.monotonic() >= deadline:
                raise Unhealthy(
                    f"pod {pod} is up, but nobody answers at {' '.join(silent)}",
                    hint=f"does it listen on all addresses inside, not on 127.0.0.1 alone? see `podpipe logs {pod}`",
                )
            time.sleep(pause)
            pause = min(pause * 2, LONGEST)
