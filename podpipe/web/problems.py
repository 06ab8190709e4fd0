"""What is wrong with a writer's content, and where."""

from __future__ import annotations

from dataclasses import dataclass

from podpipe.errors import PodpipeError


@dataclass(frozen=True)
class Problem:
    """One mistake: `file` relative to the content folder, `line` 1-based or 0 for the whole file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """One line; names and texts of others cannot steer the terminal that shows it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return "".join(map(_printable, f"{place}: {self.message}"))


class ContentError(PodpipeError):
    """The content cannot become a site; carries every problem found."""

    def __init__(self, *problems: Problem) -> None:
        count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        super().__init__(
            f"the content has {count}",
            hint="until that is mended, the site stays as it was",
            lines=[str(problem) for problem in problems],
        )
        self.problems = problems


def _printable(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
