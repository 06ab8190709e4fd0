"""podpipe status"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.plan.status import ContainerStatus
from podpipe.project import Project

COLUMNS = ("POD", "CONTAINER", "STATE", "HEALTH", "RESTARTS", "SINCE", "ADDRESS")


def add_arguments(parser: ArgumentParser) -> None:
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    rows = Project.load(arguments.project, report=console.report).status()
    if console.as_json:
        console.result_json([row.as_json() for row in rows])
        return 0
    cells = [_cells(row) for row in rows]
    if sys.stdout.isatty():
        _print_table(cells, [row.well for row in rows])
    else:
        _print_plain(console, cells)
    return 0


def _cells(row: ContainerStatus) -> tuple[str, ...]:
    since = row.started_at[5:16].replace("T", " ") if row.state == "running" else "-"
    addresses = " ".join(row.addresses)
    return (row.workload, row.name, row.state, row.health or "-", str(row.restarts), since, addresses)


def _print_plain(console: Console, rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows)]
    for row in (COLUMNS, *rows):
        console.result("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def _print_table(rows: Sequence[Sequence[str]], well: Sequence[bool]) -> None:
    from rich.console import Console as Terminal
    from rich.table import Table

    table = Table(*COLUMNS, box=None, pad_edge=False)
    for row, fine in zip(rows, well):
        table.add_row(*row, style=None if fine else "red")
    Terminal(highlight=False).print(table)
