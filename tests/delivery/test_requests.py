"""The queue's files: nothing that was pushed is forgotten, and no more is kept waiting than needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.delivery.requests import ATTEMPTS, Request, Requests, merge

A, B, C = "a" * 40, "b" * 40, "c" * 40


def push(commit: str, old: str = "", branch: str = "main", at: float = 1.0) -> Request:
    return Request(branch, commit, old, repository="/r.git", at=at)


@pytest.fixture
def requests(tmp_path: Path) -> Requests:
    return Requests(tmp_path)


def ends(requests: Requests, request: Request) -> list[tuple[str, str, str]]:
    import json

    lines = requests.progress(request.key).path.read_text().splitlines()
    return [(entry["event"], entry["commit"], entry["text"]) for entry in map(json.loads, lines)]


def test_a_newer_push_takes_the_older_ones_place(requests: Requests) -> None:
    requests.put(push(B, A))
    requests.put(push(C, B))
    assert requests.listed("waiting") == [push(C, A)]
    assert ends(requests, push(C)) == [("superseded", B, C)]


PUSHES = st.lists(st.tuples(st.sampled_from(["main", "--help", "a;b", "größe"]), st.sampled_from("abcdef")), min_size=1)


@given(pushes=PUSHES, taken_after=st.integers(0, 5))
def test_no_push_is_forgotten(
    pushes: list[tuple[str, str]], taken_after: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever comes in whatever order, each branch ends with its last commit and with all that was touched."""
    requests = Requests(tmp_path_factory.mktemp("state"))
    last: dict[str, str] = {}
    delivered: dict[str, list[Request]] = {}
    for number, (branch, letter) in enumerate(pushes):
        commit = letter * 40
        requests.put(push(commit, last.get(branch, "0" * 40), branch, at=float(number)))
        last[branch] = commit
        assert len(requests.listed("waiting")) <= len(last)
        if number == taken_after and (request := requests.take()):
            delivered.setdefault(request.branch, []).append(request)
            requests.finish(request, "", failed=False)
    while request := requests.take():
        delivered.setdefault(request.branch, []).append(request)
        requests.finish(request, "", failed=False)
    assert {branch: each[-1].commit for branch, each in delivered.items()} == last
    for each in delivered.values():
        assert [request.old for request in each] == ["0" * 40, *(request.commit for request in each[:-1])]


def test_what_was_interrupted_is_taken_up_again_with_what_came_since(requests: Requests) -> None:
    requests.put(push(B, A))
    assert requests.take() == replace(push(B, A), attempts=1, begun=(B,))
    assert requests.listed("waiting") == []
    again = Requests(requests.folder.parent)  # as after a kill
    again.put(push(C, B, at=2.0))
    taken = again.take()
    assert taken and (taken.commit, taken.old, taken.begun, taken.attempts) == (C, A, (B, C), 1)
    assert ("superseded", B, C) in ends(again, taken)


def test_a_request_that_kills_is_given_up_at_last(requests: Requests) -> None:
    requests.put(push(B, A))
    assert [bool(requests.take()) for _ in range(ATTEMPTS + 1)] == [True] * ATTEMPTS + [False]
    assert [request.attempts for request in requests.listed("failed")] == [0]
    assert not requests.is_open(push(B).key)
    event, commit, text = ends(requests, push(B))[-1]
    assert (event, commit) == ("failed", B) and text.startswith("given up")


def test_the_next_request_makes_up_for_one_that_failed(requests: Requests) -> None:
    requests.put(push(B, A))
    requests.finish(requests.take() or push(""), "bad", failed=True)
    assert requests.take() is None
    requests.put(push(C, B))
    taken = requests.take()
    assert taken and (taken.commit, taken.old, taken.begun) == (C, A, (B, C))
    requests.finish(taken, "well", failed=False)
    assert [requests.listed(part) for part in ("waiting", "working", "failed")] == [[], [], []]


def test_the_oldest_first(requests: Requests) -> None:
    for branch, at in (("late", 3.0), ("early", 1.0), ("middle", 2.0)):
        requests.put(push(A, branch=branch, at=at))
    assert [request.branch for request in (requests.take(),) if request] == ["early"]


def test_a_deleted_branch_waits_no_more(requests: Requests) -> None:
    requests.put(push(B, A))
    assert requests.drop(push(""), "the branch was deleted")
    assert not requests.drop(push(""), "the branch was deleted")
    assert requests.take() is None
    assert ends(requests, push(B))[-1] == ("ended", B, "the branch was deleted")


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"branch": "other"}', b"\xff", b'{"images": 1}'])
def test_a_damaged_file_does_not_stay_where_systemd_looks(requests: Requests, content: bytes) -> None:
    requests.put(push(B, A))
    (requests.folder / "waiting" / f"{push(B).key}.json").write_bytes(content)
    (requests.folder / "working/stranger").mkdir()
    assert requests.take() is None
    assert not [*(requests.folder / "waiting").iterdir(), *(requests.folder / "working").iterdir()]
    assert len([*(requests.folder / "failed").iterdir()]) == 2


def test_names_that_are_asked_for_come_together() -> None:
    one, two, touched = Request("m", images=("a",)), Request("m", images=("b", "a")), push(B, A)
    assert merge(one, two).images == ("a", "b")
    assert (merge(one, touched).images, merge(one, touched).old) == ((), "")


def test_another_repository_is_another_request(requests: Requests) -> None:
    requests.put(push(B, A))
    requests.put(Request("main", at=2.0, asked_by="webhook"))
    assert len(requests.listed("waiting")) == 2
