"""podpipe down"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console, show_plan
from podpipe.cli.parser import add_dry_run, add_json, add_pods
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    add_pods(parser)
    add_dry_run(parser)
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, host=arguments.host, report=console.report)
    plan = project.plan_down(arguments.pods) if arguments.dry_run else project.down(arguments.pods)
    show_plan(console, plan)
    return 0
