from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from podpipe.effects.generator import CODE, LAUNCHER, SCRIPT, install_generator, remove_generator
from podpipe.effects.generators import FOLDERS, OURS
from podpipe.errors import PodpipeError, UsageError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "usr").mkdir()
    return tmp_path


def test_systemd_looks_where_it_is_put() -> None:
    assert Path("/", LAUNCHER) in [folder / OURS for folder in FOLDERS]


def test_it_is_installed_and_removed(root: Path) -> None:
    assert install_generator(root) == root / LAUNCHER
    assert install_generator(root) == root / LAUNCHER  # again: a newer one in its place
    assert remove_generator(root) == root / LAUNCHER
    assert [path for path in root.rglob("*") if path.is_file()] == []
    remove_generator(root)


def test_the_copy_works_by_itself(root: Path, tmp_path: Path) -> None:
    launcher = install_generator(root)
    assert os.access(launcher, os.X_OK) and launcher.read_text() == SCRIPT
    assert list((root / CODE / "podpipe/quadlet/__pycache__").glob("main.*.pyc"))
    launcher.write_text(SCRIPT.replace(f"/{CODE}", f"{root / CODE}"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/web.container").write_text("[Container]\nImage=localhost/web:latest\n")
    environment = {"QUADLET_UNIT_DIRS": f"{tmp_path / 'in'}", "PYTHONPATH": "/nowhere"}
    options = ["-no-kmsg-log", "-podman-version", "5.8.2"]
    subprocess.run([launcher, *options, tmp_path / "out"], env=environment, check=True)
    assert "podman run" in (tmp_path / "out/web.service").read_text()


def test_podmans_own_is_not_shadowed(root: Path) -> None:
    own = root / "usr/lib/systemd/user-generators/podman-user-generator"
    own.parent.mkdir(parents=True)
    own.touch()
    with pytest.raises(UsageError, match="this machine's Podman has a generator of its own"):
        install_generator(root)
    assert not (root / LAUNCHER).exists()


@pytest.mark.parametrize(("act", "option"), [(install_generator, ""), (remove_generator, " --remove")])
def test_who_is_not_root_is_told_the_command(monkeypatch: pytest.MonkeyPatch, root: Path, act, option: str) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(PodpipeError) as caught:
        act(root)
    assert caught.value.hint.startswith("run: sudo /")
    assert caught.value.hint.endswith(f" -m podpipe quadlet install-generator{option}")
