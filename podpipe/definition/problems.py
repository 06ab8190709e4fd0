"""The error that carries every mistake of a definition at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace

from podpipe.definition.specs import Problem
from podpipe.errors import PodpipeError, escaped


class DefinitionError(PodpipeError):
    """The project's files are wrong; `problems` holds every mistake found, by file and line."""

    exit_status = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sort_problems(problems)
        count = len(self.problems)
        super().__init__(f"the definition has {count} problem{'' if count == 1 else 's'}")

    def as_json(self) -> dict[str, object]:
        return {**super().as_json(), "problems": [asdict(problem) for problem in self.problems]}

    def __str__(self) -> str:
        return "\n".join([f"{self.message}:", *map(str, self.problems)])


def sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems by file, line and column; one that was found twice (an alias is read at each use) stands once."""
    return tuple(sorted(dict.fromkeys(map(_printable, problems)), key=_position))


def _printable(problem: Problem) -> Problem:
    """A problem quotes what anybody may have written: no character of it may steer a terminal."""
    place = replace(problem.place, file=escaped(problem.place.file), path=escaped(problem.place.path))
    return Problem(place, escaped(problem.message), escaped(problem.hint))


def _position(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return (place.file, place.line, place.column)
