"""podpipe push"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json, add_platform
from podpipe.machines import push
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="an image of podpipe.yaml")
    parser.add_argument(
        "reference", metavar="REFERENCE", help="where to: REGISTRY/NAME:TAG; `podman login` lets you in"
    )
    add_platform(parser, "push the image that was built for another machine")
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, report=console.report, log=console.log)
    digest = push(project, arguments.image, arguments.reference, platform=arguments.platform)
    if console.as_json:
        console.result_json({"image": arguments.image, "reference": arguments.reference, "digest": digest})
    else:
        console.result(f"{arguments.reference} is {digest}")
    return 0
