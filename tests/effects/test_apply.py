"""What containers mount besides volumes."""

from __future__ import annotations

import os
from pathlib import Path

from podpipe.definition.specs import Claim
from podpipe.effects.apply import apply_storage
from podpipe.render import Places, render_desired
from tests.samples import HERE, definition


def test_the_ledgers_folder_is_there_and_open_to_the_containers_user(tmp_path: Path) -> None:
    state = tmp_path / "state/home"
    desired = render_desired(definition(claims=(Claim("ledger", HERE),)), Places(state, tmp_path / "secrets"))
    before = os.umask(0o077)
    try:
        apply_storage(desired)
        apply_storage(desired)
    finally:
        os.umask(before)
    assert [path.name for path in state.iterdir()] == ["ledger"]
    assert (state / "ledger").stat().st_mode & 0o777 == 0o755


def test_without_the_claim_there_is_no_such_folder(tmp_path: Path) -> None:
    apply_storage(render_desired(definition(), Places(tmp_path / "state", tmp_path / "secrets")))
    assert list(tmp_path.iterdir()) == []
