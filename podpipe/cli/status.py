"""podpipe status"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console, show_table
from podpipe.cli.parser import add_json
from podpipe.plan.status import ContainerStatus
from podpipe.project import Project

COLUMNS = ("POD", "CONTAINER", "STATE", "HEALTH", "RESTARTS", "SINCE", "UNIT", "ADDRESS")
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
    return 0


def _cells(row: ContainerStatus) -> tuple[str, ...]:
    since = row.started_at[5:16].replace("T", " ") if row.state == "running" else "-"
    where = f"next: {row.next_run}" if row.next_run else " ".join(row.addresses)
    return (row.workload, row.name, row.state, row.health or "-", str(row.restarts), since, row.unit, where)
