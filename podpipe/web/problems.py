"""What is wrong with a writer's content, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import asdict, dataclass, replace
from typing import Any

from podpipe.errors import PodpipeError


@dataclass(frozen=True)
class Problem:
    """One mistake: `file` relative to the content folder, `line` 1-based or 0 for the whole file.

    `making` are the sources of what could not be made for it, where that is another file's mistake.
    """

    file: str
    line: int
    message: str
    making: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line; names and texts of others cannot steer the terminal that shows it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        others = f" and {len(self.making) - 1} more" if len(self.making) > 1 else ""
        making = f" (while making {self.making[0]}{others})" if self.making else ""
        return "".join(map(_printable, f"{place}: {self.message}{making}"))

    @staticmethod
    def of_json(values: dict[str, Any]) -> Problem:
        """What `as_json` gave."""
        return Problem(**{**values, "making": tuple(values["making"])})

    def as_json(self) -> dict[str, Any]:
        """The mistake as a build's report has it."""
        return asdict(self)


def merged(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The same mistake once, with all that could not be made for it."""
    found: dict[tuple[str, int, str], Problem] = {}
    for problem in problems:
        key = (problem.file, problem.line, problem.message)
        before = found.get(key)
        found[key] = replace(before, making=before.making + problem.making) if before else problem
    return tuple(found.values())


def grouped(problems: Iterable[Problem]) -> list[str]:
    """A line for what is the same in many places, with the first of them."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.message, []).append(problem)
    return [f"{each[0]} (and {len(each) - 1} more)" if len(each) > 1 else str(each[0]) for each in found.values()]


class ContentError(PodpipeError):
    """The content cannot become a site; carries every problem found."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(
            f"the content has {count_of(problems)}",
            hint="until that is mended, the site stays as it was",
            lines=[str(problem) for problem in problems],
        )
        self.problems = problems


def count_of(problems: Sized) -> str:
    """How many mistakes, in words."""
    return "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"


def _printable(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
