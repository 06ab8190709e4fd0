"""What containers write into the spool: requests, and whatever else they like."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.delivery.requests import Request
from podpipe.delivery.spool import LARGEST, MOST, Refused, drain_spool, read_request

IMAGES = ("nginx", "builder")


class Spool:
    """A folder, and what came of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: list[Request] = []
        self.refused: dict[str, str] = {}

    def write(self, content: object, name: str = "a.json") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    def drain(self) -> bool:
        return drain_spool(self.folder, IMAGES, self.taken.append, self.refused.__setitem__)

    @property
    def left(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path)


def test_a_request_is_taken_once(spool: Spool) -> None:
    spool.write({"branch": "main", "images": ["nginx", "nginx"], "commit": "a" * 40})
    assert not spool.drain() and not spool.drain()
    (request,) = spool.taken
    assert (request.branch, request.images, request.asked_by) == ("main", ("nginx",), "webhook")
    assert (request.commit, request.repository, request.old) == ("", "", "")  # of these nothing is believed
    assert (spool.refused, spool.left) == ({}, [])


FORGED = [
    (b"", "it is not JSON in UTF-8"),
    (b"\xff\xfe", "it is not JSON in UTF-8"),
    (b"[" * LARGEST, "it is not JSON in UTF-8"),
    (b'{"branch": "a", "branch": "b"}', "it is not JSON in UTF-8"),
    (b" " * (LARGEST + 1), f"it is larger than {LARGEST} bytes"),
    ([], "it is not a JSON object"),
    ({}, "it names no branch"),
    ({"branch": 1}, "it names no branch"),
    ({"branch": "--help"}, "`--help` is not a name of a branch: it begins with `-`"),
    ({"branch": "a;rm -rf /"}, "`a;rm -rf /` is not a name of a branch: it holds ` `"),
    ({"branch": "../../x"}, "is not a name of a branch"),
    ({"branch": "a\nb"}, "is not a name of a branch"),
    ({"branch": "\ud800"}, "is not a name of a branch"),
    ({"branch": "a" * 300}, "is not a name of a branch"),
    ({"branch": "main", "repository": "/etc"}, "it has a key `repository`"),
    ({"branch": "main", "action": "deploy"}, "it has a key `action`"),
    ({"branch": "main", "commit": "abc"}, "its commit is not 40 hexadecimal digits"),
    ({"branch": "main", "commit": "a" * 40 + "\n"}, "its commit is not 40 hexadecimal digits"),
    ({"branch": "main", "commit": None}, "its commit is not 40 hexadecimal digits"),
    ({"branch": "main", "images": []}, "its images are not a list of names"),
    ({"branch": "main", "images": "nginx"}, "its images are not a list of names"),
    ({"branch": "main", "images": ["other"]}, "no image that is built here is called `other`"),
    ({"branch": "main", "images": [["nginx"]]}, "no image that is built here is called `['nginx']`"),
]


@pytest.mark.parametrize(("content", "why"), FORGED, ids=[str(content)[:40] for content, _ in FORGED])
def test_a_forged_one_is_refused_and_removed(spool: Spool, content: object, why: str) -> None:
    spool.write(content)
    spool.drain()
    assert why in spool.refused["a.json"]
    assert (spool.taken, spool.left) == ([], [])


def plant_fifo(path: Path) -> None:
    os.mkfifo(path)


def plant_link(path: Path) -> None:
    secret = path.parent.parent / "secret"
    secret.write_text('{"branch": "main"}')
    path.symlink_to(secret)


def plant_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize("plant", [plant_fifo, plant_link, plant_socket])
def test_only_regular_files_are_opened(tmp_path: Path, plant: Callable[[Path], None]) -> None:
    (tmp_path / "s").mkdir()
    spool = Spool(tmp_path / "s")
    plant(spool.folder / "a.json")
    spool.drain()
    assert spool.refused == {"a.json": "it is not a regular file"}
    assert (spool.taken, spool.left) == ([], [])


def test_a_file_that_may_not_be_read(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    path = spool.write({"branch": "main"})
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may

        def refuse(*_: object, **__: object) -> int:
            raise PermissionError(13, "Permission denied")

        real, opened = os.open, {"a.json": refuse}
        monkeypatch.setattr(os, "open", lambda name, *rest, **more: opened.get(name, real)(name, *rest, **more))
    spool.drain()
    assert spool.refused == {"a.json": "it cannot be read: Permission denied; its mode must be 644"}
    assert spool.left == []


def test_other_names_are_refused_and_those_with_a_dot_are_not_done_yet(spool: Spool) -> None:
    good = {"branch": "main"}
    for name in ("a", "a.txt", "ä.json", "-a.json", "a b.json", "a\nb.json", ".b.json"):
        spool.write(good, name)
    spool.drain()
    assert len(spool.refused) == 6 and spool.taken == []
    assert spool.left == [".b.json"]


def test_a_run_takes_no_more_than_some(spool: Spool) -> None:
    for number in range(MOST + 1):
        spool.write({"branch": f"b{number}"}, f"{number}.json")
    assert spool.drain()
    assert (len(spool.taken), len(spool.left)) == (MOST, 1)
    assert not spool.drain()


def test_folders_are_removed_in_the_user_namespace(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    (spool.folder / "a.json/deep").mkdir(parents=True)
    removed: list[Path] = []
    monkeypatch.setattr("podpipe.delivery.spool.remove_inside", removed.extend)
    spool.drain()
    assert removed == [spool.folder / "a.json"]
    assert spool.refused == {"a.json": "it is not a regular file"}


def test_no_spool_is_an_empty_one(tmp_path: Path) -> None:
    assert not Spool(tmp_path / "none").drain()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["branch", "images", "commit", "x"]), inner),
)


@given(JSON.map(json.dumps).map(str.encode) | st.binary())
def test_whatever_it_is_it_is_taken_or_refused(data: bytes) -> None:
    try:
        request = read_request(data, IMAGES)
    except Refused:
        return
    assert request.branch and set(request.images) <= set(IMAGES)
