"""podpipe history"""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from datetime import datetime

from podpipe.cli.console import Console, show_lines
from podpipe.cli.parser import add_json
from podpipe.delivery import Delivery
from podpipe.errors import escaped
from podpipe.ledger import Release
from podpipe.project import Project

COLUMNS = ("ID", "WHEN", "IMAGE", "COMMIT", "BRANCH", "ASKED BY", "RESULT", "SECONDS")
COMMIT = 12  # letters shown, as in an image's tag
STYLES = {"live": "green", "failed": "red", "rolled back": "red", "interrupted": "yellow", "running": "cyan"}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("image", nargs="?", default="", metavar="IMAGE", help="only this image's (default: all)")
    parser.add_argument("--limit", type=_count, default=20, metavar="N", help="only the last N (%(default)s)")
    parser.add_argument("--log", type=int, metavar="ID", help="print what this release printed")
    parser.add_argument("--serve", action="store_true", help="show it in a browser, on this machine's loopback alone")
    parser.add_argument("--port", type=_port, default=8002, metavar="PORT", help="where --serve listens (%(default)s)")
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    delivery = Delivery(Project.load(arguments.project, report=console.report))
    if arguments.log is not None:
        _print_log(console, delivery.log(arguments.log))
        return 0
    if arguments.serve:
        return delivery.serve_history(arguments.port)
    releases = delivery.history(arguments.image, arguments.limit)
    if console.as_json:
        console.result_json([release.as_json() for release in releases])
    elif not releases:
        console.result(f"no releases of {escaped(arguments.image)} yet" if arguments.image else "no releases yet")
    else:
        show_lines(console, _lines(releases))
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise ArgumentTypeError(f"{text!r} is not a port: 1 to 65535")
    return int(text)


def _print_log(console: Console, log: str) -> None:
    lines = [escaped(line) for line in log.splitlines()]
    console.result(json.dumps(lines, indent=2) if console.as_json else "\n".join(lines) or "no log is kept of it")


def _cells(release: Release) -> tuple[str, ...]:
    cells = (str(release.id), _local(release.started), release.image, release.commit[:COMMIT] or "-",
        release.branch or "-", release.asked_by, release.result, f"{release.seconds:.1f}" if release.is_over else "-",
    )  # fmt: skip
    return tuple(map(escaped, cells))


def _why(release: Release) -> str:
    """Where it failed, and the first line of why; "" where nothing is to be said."""
    first = next(iter(release.message.splitlines()), "")
    return escaped(": ".join(filter(None, (release.step, first))))


def _local(started: str) -> str:
    try:
        return datetime.fromisoformat(started.replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError):
        return started


def _lines(releases: Sequence[Release]) -> Iterator[tuple[str, str]]:
    """(line, style) of the table; why a release failed stands below it."""
    table = [COLUMNS, *map(_cells, releases)]
    widths = [max(map(len, column)) for column in zip(*table)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in table]
    yield lines[0], "bold"
    for line, release in zip(lines[1:], releases):
        style = STYLES.get(release.result, "")
        yield line, style
        if _why(release):
            yield f"    {_why(release)}", style
