"""podpipe run"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from dataclasses import asdict

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.plan.status import JobRun
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("job", metavar="CRONJOB", help="the CronJob to run")
    parser.add_argument("--history", action="store_true", help="run nothing; show the last runs")
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, host=arguments.host, report=console.report, log=console.log)
    if arguments.history:
        _show_runs(console, project.runs(arguments.job))
        return 0
    lines = project.run(arguments.job)
    if console.as_json:
        console.result_json(list(lines))
    for line in () if console.as_json else lines:
        console.result(line)
    return 0


def _show_runs(console: Console, runs: Iterable[JobRun]) -> None:
    if console.as_json:
        console.result_json([asdict(run) for run in runs])
        return
    for run in runs:
        console.result(f"{run.started}  {run.result:7}  {run.seconds:g} s")
