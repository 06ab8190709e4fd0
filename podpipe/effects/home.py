"""Which folder a project lives in: of two folders with one `name:`, each would take the other's pods for its own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from podpipe.errors import NotOurs
from podpipe.files import write_atomic
from podpipe.report import Report


def home_file(state: Path) -> Path:
    """Where it is written down; `state` is podpipe's own folder for the project."""
    return state / "folder"


def home_of(state: Path) -> str:
    """The folder that a project lives in, "" where it is gone."""
    home = _noted(state)
    return home if home and (Path(home) / "podpipe.yaml").is_file() else ""


@dataclass(frozen=True)
class Home:
    """Of the project `name`, seen from the folder `root`."""

    name: str
    root: Path
    state: Path

    def check(self) -> None:
        """Errors: NotOurs where another folder has the project, and is still there."""
        home = home_of(self.state)
        if home and home != os.path.realpath(self.root):
            hint = f"give this one a `name:` of its own in podpipe.yaml; or let it take over: podpipe -C {home} down"
            raise NotOurs(f"the project {self.name} lives in {home}", hint=hint)

    def remember(self, report: Report) -> None:
        """It lives here from now on; where it lived before is gone. Errors: DiskFull."""
        before, now = _noted(self.state), os.path.realpath(self.root)
        if before and before != now:
            report(f"the project {self.name} has moved here from {before}")
        if before != now:
            self.state.mkdir(parents=True, exist_ok=True)
            write_atomic(home_file(self.state), now)

    def forget(self) -> None:
        """Let the next folder of that name have the project."""
        home_file(self.state).unlink(missing_ok=True)


def _noted(state: Path) -> str:
    try:
        return home_file(state).read_text(errors="surrogateescape")
    except OSError:
        return ""
