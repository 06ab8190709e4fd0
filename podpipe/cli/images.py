"""podpipe images"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import datetime

from podpipe.cli.console import Console, show_table
from podpipe.cli.parser import add_json
from podpipe.delivery import Delivery
from podpipe.plan.prune import StockedImage
from podpipe.project import Project

COLUMNS = ("IMAGE", "ID", "TAGS", "COMMIT", "BRANCH", "MADE", "SIZE", "STATE")
MEGABYTE = 10**6


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help="only this image's (default: all)")
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, report=console.report)
    images = [each for each in Delivery(project).images() if each.image and arguments.image in ("", each.image)]
    if console.as_json:
        console.result_json([each.as_json() for each in images])
    else:
        show_table(console, COLUMNS, sorted(map(_cells, images)))
    return 0


def _cells(image: StockedImage) -> tuple[str, ...]:
    made = datetime.fromtimestamp(image.created).astimezone().strftime("%Y-%m-%d %H:%M")
    size = f"{image.size / MEGABYTE:.1f} MB"
    names = (image.image, image.id[:12], " ".join(image.tags), image.commit[:12] or "-", image.branch or "-")
    return (*names, made, size, _state(image))


def _state(image: StockedImage) -> str:
    if image.is_live:
        return "live"
    if image.is_used:
        return "in use"
    return "kept" if image.rank is not None else image.result
