"""podpipe status"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from podpipe.cli.console import Console, show_lines, show_table
from podpipe.cli.parser import add_json
from podpipe.errors import escaped
from podpipe.plan.status import ContainerStatus
from podpipe.project import Project

COLUMNS = ("POD", "CONTAINER", "STATE", "HEALTH", "RESTARTS", "SINCE", "UNIT", "ADDRESS")
SHOWN = 20  # mistakes of a site
UNIT = COLUMNS.index("UNIT")  # shown where systemd keeps the pods


def add_arguments(parser: ArgumentParser) -> None:
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    rows = Project.load(arguments.project, host=arguments.host, report=console.report).status()
    if console.as_json:
        console.result_json([row.as_json() for row in rows])
        return 0
    table = [COLUMNS, *(_cells(row) for row in rows)]
    if not any(row.unit for row in rows):
        table = [(*cells[:UNIT], *cells[UNIT + 1 :]) for cells in table]
    show_table(console, table[0], table[1:], ["" if row.well else "red" for row in rows])
    mistakes = [(f"{row.name}: {escaped(line)}", "red") for row in rows for line in _first(row.mistakes)]
    if mistakes:
        show_lines(console, mistakes)
    return 0


def _first(mistakes: Sequence[str]) -> list[str]:
    more = len(mistakes) - SHOWN
    return [*mistakes[:SHOWN], *([f"and {more} more: podpipe status --json"] if more > 0 else [])]


def _cells(row: ContainerStatus) -> tuple[str, ...]:
    since = row.started_at[5:16].replace("T", " ") if row.state == "running" else "-"
    where = f"next: {row.next_run}" if row.next_run else " ".join(row.addresses)
    mistakes = f", {len(row.mistakes)} mistake{'s' * (len(row.mistakes) > 1)}" if row.mistakes else ""
    health = f"{row.health or '-'}{mistakes}"
    return (row.workload, row.name, row.state, health, str(row.restarts), since, row.unit, where)
