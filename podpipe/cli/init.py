"""podpipe init"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from shlex import quote

from podpipe.cli.console import Console


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder that is not there yet, or is empty")


def run(arguments: Namespace, console: Console) -> int:
    from podpipe.starter import make_starter

    web, data = make_starter(arguments.folder)
    folder = quote(str(arguments.folder))
    console.result(f"made {folder}: change what you like, then run `podpipe -C {folder} up`")
    console.result(f"the site will be at http://127.0.0.1:{web}/, the tables at http://127.0.0.1:{data}/")
    return 0
