"""What the tests of the generator share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.quadlet.command import Command


@pytest.fixture
def command(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    command = Command(tmp_path, capfd)
    monkeypatch.setenv("QUADLET_UNIT_DIRS", str(command.sources))
    monkeypatch.setenv("PODPIPE_PODMAN_VERSION", "5.8.2")
    monkeypatch.setenv("PODMAN", "/usr/bin/podman")
    return command
