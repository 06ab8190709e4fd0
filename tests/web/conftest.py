"""A writer's desk: a content folder, and where its site goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import pytest

from podpipe.web.build import Built, build
from podpipe.web.problems import ContentError

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Desk:
    content: Path
    output: Path

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def post(self, path: str, text: str = "Words.", **fields: str) -> Path:
        lines = "".join(f"{key}: {value}\n" for key, value in fields.items())
        return self.write(path, f"---\n{lines}---\n{text}\n")

    def build(self, now: datetime = NOW) -> Built:
        return build(self.content, self.output, now=now)

    def problems(self) -> list[str]:
        """What a build complains of."""
        try:
            found = self.build().problems
        except ContentError as error:
            found = error.problems
        return [str(problem) for problem in found]

    def page(self, path: str) -> str:
        return (self.output / "current" / path).read_text()

    def files(self) -> dict[str, bytes]:
        return files_of(self.output)


def files_of(output: Path) -> dict[str, bytes]:
    """The live site, folders too, so that an empty one left over is seen."""
    live = (output / "current").resolve()
    return {
        str(path.relative_to(live)): b"<folder>" if path.is_dir() else path.read_bytes() for path in live.rglob("*")
    }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    content = tmp_path / "content"
    content.mkdir()
    return Desk(content, tmp_path / "site")
