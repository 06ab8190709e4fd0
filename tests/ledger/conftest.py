from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.ledger import Ledger


class Desk:
    """A ledger in a folder of its own; `said` is what it reported."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.file = folder / "ledger" / "podpipe.db"

    @property
    def ledger(self) -> Ledger:
        """As another process would open it."""
        return Ledger(self.file, self.said.append)

    def beside(self, pattern: str) -> list[Path]:
        return sorted(self.file.parent.glob(f"podpipe.db{pattern}"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a lock."""
    monkeypatch.setattr("podpipe.ledger.database.PATIENCE", 0.05)
