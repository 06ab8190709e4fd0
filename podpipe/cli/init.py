"""podpipe init"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from podpipe.cli.console import Console


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder that is not there yet, or is empty")


def run(arguments: Namespace, console: Console) -> int:
    from podpipe.starter import make_starter

    make_starter(arguments.folder)
    console.result(f"made {arguments.folder}: change what you like, then run `podpipe -C {arguments.folder} up`")
    return 0
