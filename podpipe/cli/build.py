"""podpipe build"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console, show_plan
from podpipe.cli.parser import add_dry_run, add_json, add_platform
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="an image of podpipe.yaml (default: all of them)")
    parser.add_argument("--force", action="store_true", help="build the named images although nothing changed")
    add_platform(parser, "build for another machine, such as linux/arm/v7: localhost/IMAGE:linux-arm-v7")
    add_dry_run(parser)
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, report=console.report, log=console.log)
    act = project.plan_build if arguments.dry_run else project.build
    show_plan(console, act(arguments.images, force=arguments.force, platform=arguments.platform))
    return 0
