"""What containers mount besides volumes."""

from __future__ import annotations

from pathlib import Path

from podpipe.effects.apply import apply_storage
from podpipe.render import Places, render_desired
from tests.samples import definition


def test_what_nobody_asks_for_is_not_made(tmp_path: Path) -> None:
    apply_storage(render_desired(definition(), Places(tmp_path / "state", tmp_path / "secrets")))
    assert list(tmp_path.iterdir()) == []
