"""podpipe check"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    problems = Project.check(arguments.project)
    if console.as_json:
        console.result_json([asdict(problem) for problem in problems])
        return 2 if problems else 0
    for problem in problems:
        console.result(str(problem))
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}" if problems else "no problems"
    console.result(count)
    return 2 if problems else 0
