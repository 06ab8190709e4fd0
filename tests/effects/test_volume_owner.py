"""Only a volume that nobody has used is handed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.effects.volume_owner import hand_over
from podpipe.errors import CommandFailed


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a podman of the test's own writes what it is asked."""
    (tmp_path / "podman").write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/asked\n')
    (tmp_path / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "asked"


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    folder = tmp_path / "site" / "_data"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(("user", "owner"), [("1000", "1000:1000"), ("1000:50", "1000:50")])
def test_a_new_volume_is_handed_over(asked: Path, volume: Path, user: str, owner: str) -> None:
    hand_over(volume, user)
    assert asked.read_text().split() == ["unshare", "chown", owner, str(volume)]


@pytest.mark.parametrize("user", ["", "nginx", "nginx:nginx"])
def test_without_a_number_nothing_is_done(asked: Path, volume: Path, user: str) -> None:
    hand_over(volume, user)
    assert not asked.exists()


def test_a_used_volume_stays_as_it_is(asked: Path, volume: Path) -> None:
    (volume / "data.db").touch()
    hand_over(volume, "1000:1000")
    assert not asked.exists()


def test_a_failure_names_the_volume(asked: Path, volume: Path) -> None:
    (asked.parent / "podman").write_text("#!/bin/sh\necho no subuids >&2; exit 1\n")
    with pytest.raises(CommandFailed, match="giving volume site to user 1000") as caught:
        hand_over(volume, "1000")
    assert caught.value.lines == ("no subuids",)
