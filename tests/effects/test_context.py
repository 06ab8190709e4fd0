"""A context's hash counts what an image can see, and what is staged is what was counted."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from podpipe.definition.specs import BuiltImage
from podpipe.effects.context import context_entries, context_hash, stage_context
from podpipe.errors import UsageError


@pytest.fixture
def image(tmp_path: Path) -> BuiltImage:
    context = tmp_path / "context"
    (context / "conf").mkdir(parents=True)
    (context / "Containerfile").write_text("FROM localhost/base\nCOPY . /\n")
    (context / "conf/site.conf").write_text("listen 8080\n")
    (context / "conf/link").symlink_to("site.conf")
    (context / "run").write_text("#!/bin/sh\n")
    (context / "run").chmod(0o755)
    (context / "empty").mkdir()
    (context / "draft.md").write_text("later")
    (context / ".containerignore").write_text("*.md\n")
    return BuiltImage("web", context, context / "Containerfile", bases=("base",))


def hash_of(image: BuiltImage, base: str = "1") -> str:
    return context_hash(image, {"base": base})


def relink(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda context: (context / "conf/site.conf").write_text("listen 8081\n"),
    "Containerfile": lambda context: (context / "Containerfile").write_text("FROM localhost/base\n"),
    "name": lambda context: (context / "run").rename(context / "walk"),
    "executable bit": lambda context: (context / "run").chmod(0o644),
    "link": lambda context: (context / "conf/link").rename(context / "conf/other"),
    "where a link points": lambda context: relink(context / "conf/link", "../run"),
    "new folder": lambda context: (context / "new").mkdir(),
    "no folder": lambda context: (context / "empty").rmdir(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_an_image_sees_counts(image: BuiltImage, change: str) -> None:
    before = hash_of(image)
    CHANGES[change](image.context)
    assert hash_of(image) != before


def test_the_base_counts(image: BuiltImage) -> None:
    assert hash_of(image, "1") != hash_of(image, "2")


def test_times_other_modes_and_ignored_files_do_not_count(image: BuiltImage) -> None:
    before = hash_of(image)
    (image.context / "draft.md").write_text("now")
    (image.context / "conf/site.conf").chmod(0o600)
    os.utime(image.context / "run", (1, 1))
    assert hash_of(image) == before


def test_what_is_staged_is_what_was_counted(image: BuiltImage, tmp_path: Path) -> None:
    staged = tmp_path / "staged"
    staged.mkdir()
    stage_context(image, staged)
    copy = replace(image, context=staged, containerfile=image.containerfile)
    assert hash_of(copy) == hash_of(image)
    assert not (staged / "draft.md").exists()
    assert {path.lstat().st_mtime for path in staged.rglob("*")} == {(staged / "run").stat().st_mtime}


@pytest.mark.parametrize("runtime", ["web", "data"])
def test_the_runtime_comes_besides(image: BuiltImage, runtime: str) -> None:
    image = replace(image, runtime=runtime)
    paths = [entry.path for entry in context_entries(image)]
    assert "podpipe/errors.py" in paths
    assert f"podpipe/{runtime}/__init__.py" in paths
    assert not [path for path in paths if "__pycache__" in path or path.startswith("podpipe/effects")]


def test_a_context_with_a_podpipe_of_its_own_gets_no_runtime(image: BuiltImage) -> None:
    (image.context / "podpipe").mkdir()
    with pytest.raises(UsageError, match=r"podpipe is in the way"):
        context_entries(replace(image, runtime="web"))


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "sub/../../secret", ".."])
def test_a_link_out_of_the_context_is_refused_by_name(image: BuiltImage, target: str) -> None:
    (image.context / "leak").symlink_to(target)
    with pytest.raises(UsageError, match=f"leak points out of the build context, to {target}"):
        hash_of(image)
    (image.context / ".containerignore").write_text("*.md\nleak\n")
    hash_of(image)


def test_a_pipe_is_refused_by_name(image: BuiltImage) -> None:
    os.mkfifo(image.context / "pipe")
    with pytest.raises(UsageError, match="pipe is neither file, folder nor link"):
        hash_of(image)


def test_a_file_may_be_taken_back_from_a_folder_that_is_left_out(image: BuiltImage) -> None:
    (image.context / ".containerignore").write_text("conf\n!conf/site.conf\n")
    assert "conf/site.conf" in [entry.path for entry in context_entries(image)]
    assert "conf" not in [entry.path for entry in context_entries(image)]


def test_a_file_larger_than_the_memory_is_not_held_in_it(image: BuiltImage) -> None:
    with (image.context / "conf/large").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    tracemalloc.start()
    hash_of(image)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * 1024 * 1024
