"""What becomes of Podman's answers, and of their absence: a socket that says what the test wants."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.effects.transport import Transport, parse_version, refusal
from podpipe.errors import (
    DiskFull,
    EngineConflict,
    EngineError,
    EngineSilent,
    EngineUnavailable,
    NotFound,
    PodpipeError,
    PortTaken,
)


@contextmanager
def answering(path: Path, answer: Callable[[socket.socket], None]) -> Iterator[Transport]:
    """A server that reads one request and then lets `answer` have the connection."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Transport(str(path))
        thread.join()


def http(status: int, body: Any, **headers: str) -> Callable[[socket.socket], None]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return lambda connection: connection.sendall("\r\n".join([*lines, "", ""]).encode() + content)


def fails(path: Path, answer: Callable[[socket.socket], None], patience: float = 5.0) -> PodpipeError:
    with answering(path, answer) as transport, pytest.raises(PodpipeError) as caught:
        transport.request("POST", "/containers/create", "create container web-nginx", patience=patience)
    return caught.value


def refused(path: Path, status: int, cause: str, message: str) -> PodpipeError:
    return fails(path, http(status, {"cause": cause, "message": message, "response": status}))


@pytest.mark.parametrize(
    ("status", "cause", "error"),
    [
        (404, "no such container", NotFound),
        (500, "image not known", NotFound),  # 3.0.1, 4.3.1
        (500, "no such pod", NotFound),
        (409, "pod already exists", EngineConflict),
        (500, "that name is already in use", EngineConflict),
        (500, "volume already exists", EngineConflict),
        (500, "container state improper", EngineConflict),
        (500, "internal libpod error", EngineError),
    ],
)
def test_a_refusal_is_told_by_its_cause_and_in_podmans_words(
    tmp_path: Path, status: int, cause: str, error: type[PodpipeError]
) -> None:
    got = refused(tmp_path / "s", status, cause, f"so it is: {cause}")
    assert type(got) is error
    assert got.message == f"cannot create container web-nginx: so it is: {cause}"


def test_a_full_disk_is_told_apart(tmp_path: Path) -> None:
    got = refused(tmp_path / "s", 500, "no space left on device", "mkdir /x: no space left on device")
    assert isinstance(got, DiskFull)
    assert "image prune" in got.hint


@pytest.mark.parametrize(
    "said",
    [
        "rootlessport listen tcp 127.0.0.1:8080: bind: address already in use",
        "pasta failed with exit code 1:\nFailed to bind port 8080 (Address already in use)",
    ],
)
def test_a_taken_port_in_what_a_pods_containers_say(tmp_path: Path, said: str) -> None:
    got = fails(tmp_path / "s", http(409, {"Errs": [f"starting container x: {said}", "and y"], "Id": "1"}))
    assert isinstance(got, PortTaken)
    assert said in got.message
    assert got.message.endswith("; and y")


def test_a_pod_that_cannot_start_is_no_conflict(tmp_path: Path) -> None:
    """A conflict is tried again; this would fail again."""
    assert type(fails(tmp_path / "s", http(409, {"Errs": ["no such file"], "Id": "1"}))) is EngineError


def test_an_answer_that_is_not_json(tmp_path: Path) -> None:
    assert fails(tmp_path / "s", http(500, b"Oops\n")).message == "cannot create container web-nginx: Oops"


@pytest.mark.parametrize(
    "answer",
    [
        lambda connection: None,
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        lambda connection: connection.sendall(b"\x00 nonsense\r\n\r\n"),
    ],
    ids=["closes", "breaks off", "breaks off in a chunk", "talks nonsense"],
)
def test_an_api_that_goes_away(tmp_path: Path, answer: Callable[[socket.socket], None]) -> None:
    got = fails(tmp_path / "s", answer)
    assert isinstance(got, EngineUnavailable)
    assert "could not create container web-nginx" in got.message
    assert "run the command again" in got.hint


def test_an_api_that_stays_silent(tmp_path: Path) -> None:
    done = threading.Event()
    got = fails(tmp_path / "s", lambda connection: done.wait(0.5) and None, patience=0.1)
    assert isinstance(got, EngineSilent)


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="does not answer"):
        Transport(str(tmp_path / "none")).request("GET", "/pods/json", "list pods")


def test_a_greeting_tells_the_version(tmp_path: Path) -> None:
    with answering(tmp_path / "s", http(200, b"OK", Libpod_Api_Version="4.3.1")) as transport:
        assert transport.ping(5) == (4, 3, 1)


def test_something_else_than_podman(tmp_path: Path) -> None:
    with answering(tmp_path / "s", http(200, b"OK")) as transport, pytest.raises(EngineUnavailable, match="not Podman"):
        transport.ping(5)


def test_an_empty_answer(tmp_path: Path) -> None:
    with answering(tmp_path / "s", http(200, b"")) as transport:
        assert transport.request("POST", "/containers/x/start", "start container x") is None


@given(st.tuples(*[st.integers(0, 99)] * 3), st.sampled_from(["", "-dev", "-rc1", "+ds1"]))
def test_versions_are_read_with_and_without_a_suffix(version: tuple[int, int, int], suffix: str) -> None:
    assert parse_version(".".join(map(str, version)) + suffix) == version


@given(st.sampled_from([400, 404, 409, 500]), st.text(), st.text())
def test_every_refusal_is_one_of_our_errors_and_says_what_was_being_done(status: int, cause: str, message: str) -> None:
    assert refusal("start pod web", status, cause, message).message.startswith("cannot start pod web: ")


@pytest.mark.parametrize("what", ['error getting container from store "ee63": container not known', "layer not known"])
def test_a_container_that_the_storage_does_not_know_yet_is_not_there(what: str) -> None:
    assert isinstance(refusal("inspect container web-nginx", 500, "", what), NotFound)
