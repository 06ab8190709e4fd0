from __future__ import annotations

import json
from pathlib import Path

import pytest

from podpipe.cli import main
from tests.definition.folder import ProjectFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ProjectFolder(tmp_path).root


def test_it_writes_the_projects_folder_and_checks_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-C", str(folder), "quadlet"]
    assert main([*words, "--check"]) == 1
    assert "+PodName=web" in capsys.readouterr().out.splitlines()
    assert main(words) == 0
    assert "create   file      web.pod" in capsys.readouterr().out.splitlines()
    assert (folder / "quadlet/web.pod").exists()
    assert main([*words, "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_another_folder_and_json(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-C", str(folder), "quadlet", "--output", str(tmp_path / "other"), "--json"]
    assert main([*words, "--check"]) == 1
    assert {"verb": "create", "kind": "file", "name": "web.pod", "workload": "web", "reasons": []} in answer(capsys)
    assert main(words) == 0
    assert {each["verb"] for each in answer(capsys)} == {"create"}
    assert main(words) == 0
    assert {each["verb"] for each in answer(capsys)} == {"keep"}


def test_a_version_of_podman(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-C", str(folder), "quadlet", "--check", "--podman-version"]
    assert main([*words, "newest"]) == 2
    assert "podpipe: 'newest' is no version of Podman" in capsys.readouterr().err
    assert main([*words, "5.8.2"]) == 1


@pytest.mark.parametrize(
    ("words", "said"), [([], "installed /here\n"), (["--remove"], "removed /here\n")], ids=["install", "remove"]
)
def test_the_generator(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("install_generator", "remove_generator"):
        monkeypatch.setattr(f"podpipe.effects.generator.{name}", lambda: Path("/here"))
    assert main(["quadlet", "install-generator", *words]) == 0
    assert capsys.readouterr().out == said


def answer(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return json.loads(capsys.readouterr().out)
