"""podpipe logs"""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.errors import escaped
from podpipe.project import Project

COLOUR = re.compile(r"(\x1b\[[0-9;]*m|\t)")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("target", metavar="POD[/CONTAINER]", help="a pod, one container of it, or a CronJob")
    parser.add_argument("-f", "--follow", action="store_true", help="go on printing what comes")
    parser.add_argument("--tail", type=int, metavar="N", help="only the last N lines of each container")
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, host=arguments.host)
    prefix = "/" not in arguments.target
    for container, line in project.logs(arguments.target, follow=arguments.follow, tail=arguments.tail):
        if console.as_json:
            console.result(json.dumps({"container": container, "line": line}))
        else:
            shown = _tamed(line) if sys.stdout.isatty() else line
            console.result(f"{container}: {shown}" if prefix else shown)
    return 0


def _tamed(line: str) -> str:
    """A container's line for a terminal, which it may colour, but not steer."""
    pieces = COLOUR.split(line)
    return "".join(piece if at % 2 else escaped(piece) for at, piece in enumerate(pieces))
