"""Where to look, and as whom: the real machine, or in tests a folder that plays it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from podpipe.effects.folders import state_home
from podpipe.effects.linger import user_name
from podpipe.effects.session import session_environment, session_folder

Seen = TypeVar("Seen")
MOST = 1 << 20  # bytes that are read of a file


@dataclass(frozen=True)
class Here:
    """`root` is the folder that plays /; all paths are as the machine itself names them."""

    root: Path
    uid: int
    name: str
    home: str
    environment: Mapping[str, str]
    runtime: str
    state: str

    def at(self, path: str | os.PathLike[str]) -> Path:
        """Where a path of the machine's lies."""
        return self.root / os.fspath(path).lstrip("/")

    def read(self, path: str | os.PathLike[str]) -> str:
        """The text of a file, or as much as anyone wants to see; "" where it cannot be read."""
        try:
            with self.at(path).open(errors="replace") as file:
                return file.read(MOST)
        except OSError:
            return ""


def here() -> Here:
    """This machine, this user."""
    return Here(
        root=Path("/"),
        uid=os.getuid(),
        name=user_name(),
        home=str(Path.home()),
        environment={**os.environ, **session_environment()},
        runtime=str(session_folder()),
        state=str(state_home()),
    )


def softly(look: Callable[[], Seen], otherwise: Seen) -> Seen:
    """What is seen, or `otherwise` where the machine does not show it, or shows what nobody expects."""
    try:
        return look()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return otherwise
