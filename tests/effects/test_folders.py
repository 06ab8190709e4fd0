"""podpipe's own folders belong to its user, and its locks lie there."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.effects.folders import runtime_folder
from podpipe.errors import UsageError
from podpipe.files import lock


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "podpipe"


def test_a_runtime_folder_that_others_may_write_to_is_refused(runtime: Path) -> None:
    assert runtime_folder() == runtime
    runtime.chmod(0o777)
    with pytest.raises(UsageError, match="others may write there"):
        runtime_folder()


def test_a_link_in_its_place_is_refused(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    runtime.symlink_to("elsewhere")
    with pytest.raises(UsageError, match="is another user's"):
        runtime_folder()


def test_a_lock_is_not_taken_through_a_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("words")
    (tmp_path / "lock").symlink_to(precious)
    with pytest.raises(UsageError, match="is a link"), lock(tmp_path / "lock", "somebody"):
        pass
    assert precious.read_text() == "words"
