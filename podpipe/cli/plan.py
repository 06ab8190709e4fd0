"""podpipe plan"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Collection

from podpipe.cli.console import Console, show_plan
from podpipe.cli.parser import add_json, add_pods
from podpipe.plan import Plan
from podpipe.plan.grants import plan_grants
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    add_pods(parser)
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, host=arguments.host, report=console.report)
    show_whole_plan(console, project, arguments.pods)
    return 0


def show_whole_plan(console: Console, project: Project, pods: Collection[str]) -> None:
    """What `up` would do, and what the containers are given of the machine."""
    plan = project.plan(pods)
    show_plan(console, Plan((*plan.actions, *plan_grants(project.definition, pods))))
