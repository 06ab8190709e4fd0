"""podpipe rollback"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.cli.rebuild import show_release
from podpipe.delivery import Delivery
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="the image to put back")
    parser.add_argument(
        "--to",
        default="",
        metavar="REVISION",
        help="a commit, a tag, an image's ID or a number of `history` (default: the last good one before this)",
    )
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, report=console.report, log=console.log)
    show_release(console, Delivery(project).rollback(arguments.image, arguments.to))
    return 0
