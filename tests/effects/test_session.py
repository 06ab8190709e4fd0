"""What cron leaves out is put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.effects.session import session_environment


def test_an_empty_environment_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PATH", "HOME", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "bus").touch()
    found = session_environment()
    assert found == {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(Path.home()),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/bus",
    }


def test_what_is_there_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PATH", "HOME", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert session_environment() == {}
