"""podpipe quadlet"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from podpipe.cli.console import Console, show_plan
from podpipe.cli.parser import add_json
from podpipe.project import Project

INSTALL = "install-generator"


def add_arguments(parser: ArgumentParser) -> None:
    words = "instead of all that: let systemd understand Quadlet where Podman does not; root once"
    parser.add_argument("action", nargs="?", choices=[INSTALL], metavar=INSTALL, help=words)
    parser.add_argument("--remove", action="store_true", help=f"with {INSTALL}: undo it")
    parser.add_argument("--output", type=Path, metavar="DIR", help="where to (default: the project's quadlet/)")
    parser.add_argument("--check", action="store_true", help="write nothing; show what is stale, and fail for it")
    parser.add_argument("--podman-version", metavar="VERSION", help="refuse what this version of Podman cannot do")
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    if arguments.action == INSTALL:
        return _install(arguments, console)
    project = Project.load(arguments.project, report=console.report)
    emission = project.quadlet(arguments.output, podman_version=arguments.podman_version or "")
    if not arguments.check:
        emission.write()
        show_plan(console, emission.plan)
        return 0
    if console.as_json:
        show_plan(console, emission.plan)
    for line in () if console.as_json else emission.diff():
        console.result(line)
    return 1 if emission.plan.changes else 0


def _install(arguments: Namespace, console: Console) -> int:
    from podpipe.effects.generator import install_generator, remove_generator

    path = remove_generator() if arguments.remove else install_generator()
    console.result(f"{'removed' if arguments.remove else 'installed'} {path}")
    return 0
