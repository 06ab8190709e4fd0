"""The manual says what the tables say."""

from __future__ import annotations

from pathlib import Path

from podpipe.quadlet.convert import KINDS
from podpipe.quadlet.kind import COMMON_KEYS
from podpipe.quadlet.reference import COMMANDS, render_reference

ROOT = Path(__file__).parents[2]


def test_the_manual_is_not_stale() -> None:
    run = "run python3 -m podpipe.quadlet.reference docs/quadlet.md"
    assert (ROOT / "docs/quadlet.md").read_text() == render_reference(), run


def test_every_key_of_every_kind_is_in_it() -> None:
    chapters = dict(zip(["Every kind", *COMMANDS], render_reference().split("\n## ")[1:]))
    for group in COMMANDS:
        missing = [key for key in KINDS[f".{group.lower()}"].keys - {*COMMON_KEYS} if f"`{key}`" not in chapters[group]]
        assert missing == [], group
    assert [key for key in COMMON_KEYS if f"`{key}`" not in chapters["Every kind"]] == []
