"""podpipe completion"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console
from podpipe.cli.parser import build_parser

SHELLS = ("bash", "zsh", "tcsh")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def run(arguments: Namespace, console: Console) -> int:
    import shtab

    console.result(shtab.complete(build_parser(), shell=arguments.shell))
    return 0
