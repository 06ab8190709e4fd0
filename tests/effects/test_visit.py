"""What a visitor finds at a published address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from podpipe.effects import visit
from podpipe.effects.visit import answers


@contextmanager
def listening(treat: Callable[[socket.socket], None], host: str = "127.0.0.1") -> Iterator[str]:
    """The address of a server that does that to each of its visitors, and hangs up."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as server:
        server.bind((host, 0))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                treat(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://{f'[{host}]' if ':' in host else host}:{server.getsockname()[1]}/"
        thread.join(10)


def test_whoever_says_anything_answers() -> None:
    with listening(lambda visitor: visitor.sendall(visitor.recv(4) and b"SSH-2.0 no HTTP here")) as address:
        assert answers(address)


def test_whoever_thinks_for_long_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "PATIENCE", 0.1)
    done = threading.Event()
    with listening(lambda _: bool(done.wait(10)) or None) as address:
        assert answers(address)
        done.set()


def test_a_forwarder_without_anybody_behind_it_hangs_up() -> None:
    with listening(lambda visitor: None) as address:
        assert not answers(address)


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert not answers(f"http://127.0.0.1:{unused.getsockname()[1]}/")


def test_an_ipv6_address_is_asked_too() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        with listening(lambda visitor: visitor.sendall(b"x"), "::1") as address:
            assert answers(address)
    except OSError:
        pytest.skip("no IPv6 loopback here")
