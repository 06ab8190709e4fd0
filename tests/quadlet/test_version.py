"""Which Podman the units are for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.quadlet.command import UNIT, Command


@pytest.mark.parametrize("told", ["new", "5.x", "", "5..2", "9" * 5000])
def test_a_version_that_is_none_is_refused(command: Command, told: str) -> None:
    command.write(**{"web.container": UNIT})
    assert command.generate(f"-podman-version={told}") == (1 if told else 0)
    assert not told or f"{told!r} is no version of Podman: write it like 5.4.2".startswith(command.messages[0])


def test_artifacts_need_a_podman_that_has_them(command: Command) -> None:
    command.write(**{"a.artifact": "[Artifact]\nArtifact=quay.io/a/b:1\n"})
    assert command.generate("-podman-version", "3.0.1") == 1
    assert command.messages[0].startswith('converting "a.artifact": ')
    assert command.generate("-podman-version=5.8") == 0


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Podman that writes what a test wants."""
    monkeypatch.delenv("PODPIPE_PODMAN_VERSION")
    program = tmp_path / "podman"
    monkeypatch.setenv("PODMAN", str(program))
    return program


@pytest.mark.parametrize(
    ("script", "refused"),
    [
        ("echo podman version 3.0.1", True),
        ("echo podman version 4.9.4-rhel", True),
        ("echo podman version 5.8.0-dev", False),
        ("echo nonsense", False),
        ("exit 1", False),
        ("echo podman version 3.0.1; exec >&-; sleep 60", True),
        (None, False),
    ],
)
def test_podman_itself_is_asked_for_its_version(
    command: Command, podman: Path, script: str | None, refused: bool
) -> None:
    if script:
        podman.write_text(f"#!/bin/sh\n{script}\n")
        podman.chmod(0o755)
    command.write(**{"a.artifact": "[Artifact]\nArtifact=quay.io/a/b:1\n"})
    started = time.monotonic()
    assert command.generate() == int(refused)
    assert time.monotonic() - started < 5


def test_a_podman_that_does_not_answer_is_not_waited_for(
    command: Command, podman: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podpipe.quadlet.version.PATIENCE", 0.2)
    podman.write_text("#!/bin/sh\nexec sleep 60\n")
    podman.chmod(0o755)
    command.write(**{"web.container": UNIT})
    started = time.monotonic()
    assert command.generate() == 0
    assert time.monotonic() - started < 5
