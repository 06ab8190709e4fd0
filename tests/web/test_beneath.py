"""The content's files are opened beneath its folder and through no link, also when one comes after the look."""

from __future__ import annotations

import os
from datetime import timezone
from pathlib import Path
from unittest.mock import Mock

import pytest

from podpipe.web.beneath import open_file
from podpipe.web.cache import open_cache
from podpipe.web.reading import Reader
from podpipe.web.scan import scan
from podpipe.web.texts import Texts
from tests.web.conftest import Desk


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "page.md").write_text("secret")
    return folder


def test_a_template_includes_only_what_the_scan_found(desk: Desk, secret: Path) -> None:
    desk.write("templates/page.html", "{% include '.x/page.md' %}")
    (desk.content / "templates/.x").symlink_to(secret)
    desk.post("a.md", title="A")
    assert desk.problems() == ["templates/page.html:1: asks for the template .x/page.md, which is not there"]


def test_what_is_hidden_is_no_links_target(desk: Desk) -> None:
    desk.write(".git/config", "url = https://me:password@forge.example/site")
    desk.write("static/plain.txt", "plain")
    (desk.content / "static/config").symlink_to("../.git/config")
    (desk.content / "static/same.txt").symlink_to("plain.txt")
    assert desk.problems() == ["static/config: is a link to what is hidden: put the file itself here"]
    (desk.content / "static/config").unlink()
    desk.build()
    assert desk.page("same.txt") == "plain"


@pytest.mark.parametrize("swapped", ["posts/page.md", "posts"])
def test_a_link_that_comes_after_the_look_is_refused(desk: Desk, secret: Path, swapped: str) -> None:
    page = desk.post("posts/page.md", title="A")
    tree = scan(desk.content)
    page.unlink()
    if swapped == "posts":
        page.parent.rmdir()
        page.parent.symlink_to(secret)
    else:
        page.symlink_to(secret / "page.md")
    with open_cache(desk.content.parent / "cache.db", "1") as cache:
        reader = Reader(desk.content, cache)
        assert reader.pages(tree.pages, Texts(Mock(), ""), timezone.utc) == []
    assert [str(each) for each in reader.problems] == [
        "posts/page.md: cannot be read: a link took its place, or its folder's"
    ]


def test_what_became_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "page.md")
    with pytest.raises(OSError, match="no file"):
        open_file(tmp_path, "page.md")


def test_a_folder_that_cannot_be_read_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(root: Path, path: str) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("podpipe.web.scan.open_folder", refuse)
    assert desk.problems() == [".: cannot be read: Permission denied"]


def test_a_tree_that_is_too_deep_is_refused(desk: Desk) -> None:
    deep = "/".join(["d"] * 100)
    desk.write(f"static/{deep}/x.txt", "x")
    assert desk.problems() == [f"static/{deep}/x.txt: lies more than 100 folders deep"]
