"""podpipe up"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console, show_plan
from podpipe.cli.parser import add_dry_run, add_json, add_pods
from podpipe.project import HEALTHY_WITHIN, Project


def add_arguments(parser: ArgumentParser) -> None:
    add_pods(parser)
    add_dry_run(parser)
    add_json(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        default=HEALTHY_WITHIN,
        metavar="SECONDS",
        help="how long containers may take to become healthy (default: %(default)g)",
    )


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, report=console.report, log=console.log)
    if arguments.dry_run:
        show_plan(console, project.plan(arguments.pods))
        return 0
    show_plan(console, project.up(arguments.pods, timeout=arguments.timeout), only_changes=True)
    if not console.as_json:
        for pod, addresses in project.addresses().items():
            if not arguments.pods or pod in arguments.pods:
                console.result(f"{pod}: {' '.join(addresses)}")
    return 0
