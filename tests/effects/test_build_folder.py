"""The folder of a build: empty, ours, and gone afterwards."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from podpipe.effects import build_folder as module
from podpipe.effects.build_folder import build_folder
from podpipe.errors import PodpipeError


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def remove(argv: list[str], **_: object) -> None:
        assert argv[:-1] == ["buildah", "unshare", "rm", "-rf"]
        shutil.rmtree(argv[-1])

    monkeypatch.setattr(module, "PARENT", tmp_path)
    monkeypatch.setattr(module, "run", remove)
    return tmp_path


def test_it_is_empty_passable_and_gone_afterwards(parent: Path) -> None:
    left = parent / f"podpipe-{os.getuid()}" / "web" / "left-by-a-killed-build"
    left.mkdir(parents=True)
    umask = os.umask(0o077)
    try:
        with build_folder("web") as folder:
            assert list(folder.iterdir()) == []
            assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o711
    finally:
        os.umask(umask)
    assert not folder.exists()


def test_a_link_that_someone_else_laid_is_not_followed(parent: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (parent / f"podpipe-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PodpipeError, match="belongs to someone else"), build_folder("web"):
        pass
