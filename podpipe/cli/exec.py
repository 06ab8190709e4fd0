"""podpipe exec"""

from __future__ import annotations

from argparse import REMAINDER, ArgumentParser, Namespace

from podpipe.cli.console import Console
from podpipe.errors import UsageError
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("target", metavar="POD[/CONTAINER]", help="a container, or a pod that has only one")
    parser.add_argument("command", nargs=REMAINDER, metavar="-- COMMAND", help="program and arguments, without a shell")


def run(arguments: Namespace, console: Console) -> int:
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        raise UsageError("no command is given", hint=f"for a shell: podpipe exec {arguments.target} -- sh")
    return Project.load(arguments.project, host=arguments.host).exec(arguments.target, command)
