"""Which project builds what an image's name stands for: two, from other files each, would undo each other's work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from podpipe.effects.folders import state_home
from podpipe.effects.home import home_of
from podpipe.errors import NotOurs
from podpipe.files import write_atomic


def check_names(project: str, references: Iterable[str]) -> None:
    """Errors: NotOurs for an image that another project has built, which is still there."""
    wanted = set(references)
    for state in _others(project):
        taken = sorted(wanted & _noted(state))
        home = home_of(state)
        if taken and home:
            hint = "give this one another name among the `images` of podpipe.yaml, and in the manifests"
            raise NotOurs(f"{taken[0]} is built by the project {state.name} in {home}, from other files", hint=hint)


def remember_names(state: Path, references: Iterable[str]) -> None:
    """Write down that this project has built them; `state` is podpipe's own folder for it. Errors: DiskFull."""
    before = _noted(state)
    now = before.union(references)
    if now != before:
        state.mkdir(parents=True, exist_ok=True)
        write_atomic(state / "images", "\n".join(sorted(now)))


def _others(project: str) -> Iterator[Path]:
    return (note.parent for note in sorted(state_home().glob("*/images")) if note.parent.name != project)


def _noted(state: Path) -> set[str]:
    try:
        return set((state / "images").read_text().splitlines())
    except (OSError, ValueError):
        return set()
