"""podpipe ship"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.machines import ship
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="an image of podpipe.yaml that is built here")
    parser.add_argument(
        "machine", metavar="HOST", help="the other machine: user@host, user@host:port or ssh's name for it"
    )
    parser.add_argument(
        "--tag", default="latest", help="what it is called there: localhost/IMAGE:TAG (default: latest)"
    )
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, report=console.report, log=console.log)
    shipments = []
    for each in ship(project, arguments.images, arguments.machine, tag=arguments.tag):
        shipments.append(asdict(each))
        if not console.as_json:
            sent = f"sent {each.sent / 10**6:.1f} of {each.size / 10**6:.1f} MB" if each.sent else "nothing to send"
            console.result(f"{each.reference} {each.id[:12]}: {sent}")
    if console.as_json:
        console.result_json(shipments)
    return 0
