"""podpipe prune"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console
from podpipe.cli.parser import add_dry_run, add_json
from podpipe.delivery import Delivery
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    add_dry_run(parser)
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, report=console.report)
    removals = Delivery(project).prune(dry_run=arguments.dry_run)
    if console.as_json:
        console.result_json([each.image.as_json() for each in removals])
        return 0
    for removal in removals:
        console.result(str(removal))
    if not removals:
        console.result("nothing to do")
    return 0
