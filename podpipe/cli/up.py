"""podpipe up"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console, show_plan
from podpipe.cli.parser import add_dry_run, add_json, add_pods
from podpipe.effects.visit import HEALTHY_WITHIN
from podpipe.launch import is_cut_off, up


def add_arguments(parser: ArgumentParser) -> None:
    add_pods(parser)
    add_dry_run(parser)
    add_json(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        default=HEALTHY_WITHIN,
        metavar="SECONDS",
        help="how long containers may take to become healthy (default: %(default)g)",
    )


def run(arguments: Namespace, console: Console) -> int:
    if arguments.dry_run:
        return _show(arguments, console)
    launch = up(
        arguments.project,
        arguments.pods,
        host=arguments.host,
        timeout=arguments.timeout,
        quick=not arguments.json,
        report=console.report,
        log=console.log,
    )
    if launch.plan is None:
        console.result("nothing to do")
    else:
        show_plan(console, launch.plan, only_changes=True)
    if not (console.as_json or arguments.host):
        for pod, urls in launch.addresses.items():
            console.result(f"{pod}: {' '.join(urls)}")
    return 0


def _show(arguments: Namespace, console: Console) -> int:
    from podpipe.cli.plan import show_whole_plan
    from podpipe.project import Project

    project = Project.load(arguments.project, host=arguments.host, report=console.report)
    if is_cut_off(project):
        console.report("a delivery was cut off: `podpipe up` ends or undoes it first")
    show_whole_plan(console, project, arguments.pods)
    return 0
