"""podpipe run"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("job", metavar="CRONJOB", help="the CronJob to run")
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, report=console.report, log=console.log)
    lines = project.run(arguments.job)
    if console.as_json:
        console.result_json(list(lines))
    for line in () if console.as_json else lines:
        console.result(line)
    return 0
