"""Where versions of Podman differ: logs, health. What needs a Podman is in tests/real/test_engine.py."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.effects import libpod
from podpipe.effects.libpod import Libpod, normalise_container, split_frames
from podpipe.errors import EngineError, PortTaken

LINE = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"))
LINES = st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), LINE), max_size=20)


def frame(stream: str, text: bytes) -> bytes:
    return bytes([{"stdout": 1, "stderr": 2}[stream], 0, 0, 0]) + len(text).to_bytes(4, "big") + text


@given(LINES)
def test_the_log_of_3_0_1_has_a_frame_for_each_line(lines: list[tuple[str, str]]) -> None:
    sent = b"".join(frame(stream, line.encode()) for stream, line in lines)
    assert list(split_frames(io.BytesIO(sent).read, ends_lines=False)) == lines


@given(LINES, st.integers(1, 5))
def test_later_a_long_line_comes_in_parts(lines: list[tuple[str, str]], size: int) -> None:
    """Parts end anywhere, also in the middle of a character."""
    sent = b""
    for stream, line in lines:
        text = f"{line}\n".encode()
        sent += b"".join(frame(stream, text[start : start + size]) for start in range(0, len(text), size))
    assert list(split_frames(io.BytesIO(sent).read, ends_lines=True)) == lines


def test_parts_of_two_streams_do_not_mix() -> None:
    sent = frame("stdout", b"a") + frame("stderr", b"x\n") + frame("stdout", b"b\n") + frame("stdout", b"unended")
    lines = list(split_frames(io.BytesIO(sent).read, ends_lines=True))
    assert lines == [("stderr", "x"), ("stdout", "ab"), ("stdout", "unended")]


@pytest.mark.parametrize(
    ("state", "health"),
    [
        ({"Healthcheck": {"Status": "healthy", "FailingStreak": 0, "Log": None}}, "healthy"),
        ({"Healthcheck": {"Status": "", "FailingStreak": 0, "Log": None}}, ""),
        ({"Health": {"Status": "starting", "FailingStreak": 0, "Log": []}}, "starting"),
        ({"Health": None}, ""),
        ({}, ""),
    ],
    ids=["3.0.1", "3.0.1 without a check", "4.3.1", "5.4.2 without a check", "none"],
)
def test_health_is_in_one_place(state: dict[str, Any], health: str) -> None:
    seen = normalise_container({"Id": "1", "State": {"Status": "running", **state}})
    assert seen["State"] == {"Status": "running", "Health": {"Status": health, "FailingStreak": 0, "Log": []}}


@pytest.mark.parametrize(("word", "state"), [("configured", "created"), ("stopped", "exited"), ("running", "running")])
def test_a_state_has_one_word(word: str, state: str) -> None:
    assert normalise_container({"State": {"Status": word}})["State"]["Status"] == state


class RefusingTransport:
    """Refuses the first requests, as a Podman whose last pod is not quite gone."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def request(self, *_: Any) -> None:
        if self.refusals:
            self.refusals -= 1
            raise PortTaken("cannot start pod web: bind: address already in use")


def engine_with(transport: RefusingTransport, remove_half_image: Callable[[str], None] = print) -> Libpod:
    engine = Libpod(Path("/nowhere"), (3, 0, 0), remove_half_image=remove_half_image)
    engine._http = transport  # type: ignore[assignment]
    return engine


def test_a_port_that_is_just_let_go_is_waited_for() -> None:
    transport = RefusingTransport(2)
    engine_with(transport).start_pod("web")
    assert transport.refusals == 0


def test_a_port_that_stays_taken_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libpod, "PORTS_FREED", 0.2)
    with pytest.raises(PortTaken):
        engine_with(RefusingTransport(99)).start_pod("web")


class HalfAnImage:
    """Lists nothing until the image that a killed build left is removed; or until it is whole, by itself."""

    def __init__(self, lists: int = 99) -> None:
        self.lists = lists
        self.removed: list[str] = []

    def request(self, method: str, path: str, doing: str, *_: Any) -> list[dict[str, str]]:
        if not self.removed and self.lists:
            self.lists -= 1
            message = f'locating item named "manifest" for image with ID "{"7" * 64}" (consider removing the image)'
            raise EngineError(f"cannot {doing}: {message}: file does not exist")
        return [{"Id": "1"}]


def test_what_a_killed_build_left_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libpod, "LIST_PAUSE", 0.0)
    transport = HalfAnImage()
    assert engine_with(transport, transport.removed.append).images() == [{"Id": "1"}]  # type: ignore[arg-type]
    assert transport.removed == ["7" * 64]


def test_an_image_that_is_being_written_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libpod, "LIST_PAUSE", 0.0)
    transport = HalfAnImage(lists=1)
    assert engine_with(transport, transport.removed.append).images() == [{"Id": "1"}]  # type: ignore[arg-type]
    assert transport.removed == []
