"""podpipe restart"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console, show_plan
from podpipe.cli.parser import add_dry_run, add_json
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("target", metavar="POD[/CONTAINER]", help="a pod with all its containers, or one of them")
    add_dry_run(parser)
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, host=arguments.host, report=console.report)
    restart = project.plan_restart if arguments.dry_run else project.restart
    show_plan(console, restart(arguments.target))
    return 0
