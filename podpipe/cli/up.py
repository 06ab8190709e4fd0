"""podpipe up"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence

from podpipe.cli.console import Console, show_plan
from podpipe.cli.parser import add_dry_run, add_json, add_pods
from podpipe.effects.engine import connect
from podpipe.standstill import recall


def add_arguments(parser: ArgumentParser) -> None:
    add_pods(parser)
    add_dry_run(parser)
    add_json(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="how long containers may take to become healthy (default: %(default)g)",
    )


def run(arguments: Namespace, console: Console) -> int:
    whole = not (arguments.pods or arguments.dry_run or arguments.json or arguments.host)
    addresses = recall(arguments.project, connect) if whole else None
    if addresses is None:
        return _up(arguments, console)
    console.result("nothing to do")
    _show_addresses(console, addresses)
    return 0


def _up(arguments: Namespace, console: Console) -> int:
    from podpipe.effects.released import flight_file
    from podpipe.project import Project

    project = Project.load(arguments.project, host=arguments.host, report=console.report, log=console.log)
    cut_off = not arguments.host and flight_file(project.state).exists()
    if cut_off and arguments.dry_run:
        console.report("a delivery was cut off: `podpipe up` ends or undoes it first")
    elif cut_off:
        from podpipe.delivery import Delivery

        Delivery(project).recover()  # its image may be anywhere on its way
    if arguments.dry_run:
        show_plan(console, project.plan(arguments.pods))
        return 0
    show_plan(console, project.up(arguments.pods, timeout=arguments.timeout), only_changes=True)
    if not (console.as_json or arguments.host):
        _show_addresses(console, project.addresses(arguments.pods))
    return 0


def _show_addresses(console: Console, addresses: Mapping[str, Sequence[str]]) -> None:
    for pod, urls in addresses.items():
        console.result(f"{pod}: {' '.join(urls)}")
