"""What a user sees: results on standard output, progress and errors on standard error."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from podpipe.errors import DiskFull, PodpipeError, escaped

if TYPE_CHECKING:
    from rich.status import Status

    from podpipe.plan import Plan

INTERRUPTED = 130  # as a shell reports SIGINT


class Console:
    """Where a verb prints. On a terminal progress is one changing line; elsewhere each step is a plain line."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.status = 0
        self._spinner: Status | None = None
        self._turn = Lock()  # steps are reported from several threads

    def result(self, text: str) -> None:
        """A part of the answer."""
        self.settle()
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def result_json(self, value: Any) -> None:
        """The whole answer, for a program."""
        self.result(json.dumps(value, indent=2))

    def report(self, step: str) -> None:
        """A step that takes time has begun."""
        step = escaped(step)
        if not sys.stderr.isatty():
            self._note(step)
            return
        with self._turn:
            self._spinner = self._spinner or _start_spinner()
            self._spinner.update(step.replace("[", "\\["))  # rich would take it for markup

    def log(self, line: str) -> None:
        """A line of another program's output."""
        line = escaped(line)
        if self._spinner is not None:
            self._spinner.console.print(line, style="dim", markup=False)
        else:
            self._note(f"  | {line}")

    def error(self, error: PodpipeError) -> None:
        """Something went wrong: for a user on standard error, with --json also for a program."""
        self.settle()
        if self.as_json:
            self.result_json({"error": error.as_json()})
        self._note(f"podpipe: {error}")
        self.status = error.exit_status

    def settle(self) -> None:
        """End the changing line."""
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None

    def _note(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _start_spinner() -> Status:
    from rich.console import Console as Terminal
    from rich.status import Status

    spinner = Status("", console=Terminal(stderr=True, highlight=False))
    spinner.start()
    return spinner


def show_table(
    console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str] = ()
) -> None:
    """Print a table; `styles` are the rows' own, for a terminal. Nothing is cut where it is narrow."""
    widths = [max(map(len, column)) for column in zip(columns, *rows)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in (columns, *rows)]
    show_lines(console, zip(lines, ["bold", *(styles or [""] * len(rows))]))


def show_lines(console: Console, lines: Iterable[tuple[str, str]]) -> None:
    """Print lines, each with a style for a terminal."""
    if not sys.stdout.isatty():
        console.result("\n".join(line for line, _ in lines))
        return
    from rich.console import Console as Terminal

    console.settle()
    terminal = Terminal(highlight=False)
    for line, style in lines:
        terminal.print(line, style=style, markup=False, emoji=False, soft_wrap=True)


def show_plan(console: Console, plan: Plan, *, only_changes: bool = False) -> None:
    """Print a plan as text or JSON."""
    if console.as_json:
        console.result_json([action.as_json() for action in plan.actions])
        return
    for action in plan.changes if only_changes else plan.actions:
        console.result(str(action))
    if not plan.changes:
        console.result("nothing to do")


@contextlib.contextmanager
def report_failures(console: Console) -> Iterator[None]:
    """Turn whatever a user can cause into a paragraph and an exit status."""
    try:
        yield
    except PodpipeError as error:
        console.error(error)
    except BrokenPipeError:  # `podpipe logs | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        console.settle()
        console.status = INTERRUPTED
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        refused = PodpipeError(str(error), hint="the path or its permissions are not what podpipe needs")
        console.error(DiskFull(str(error)) if full else refused)
    finally:
        console.settle()
