"""podpipe remote"""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.errors import UsageError
from podpipe.project import Project

ADD, REMOVE, SHOW, RECEIVE = "add-hook", "remove-hook", "show", "receive"


def add_arguments(parser: ArgumentParser) -> None:
    actions = (SHOW, ADD, REMOVE, RECEIVE)
    words = f"{SHOW} (default) what there is, {ADD} makes it, {REMOVE} ends it; {RECEIVE} is what the hook calls"
    parser.add_argument("action", nargs="?", choices=actions, default=SHOW, metavar="|".join(actions), help=words)
    parser.add_argument("path", nargs="?", type=Path, metavar="PATH", help="a bare repository (default: ~/NAME.git)")
    parser.add_argument("--name", metavar="NAME", default="", help=f"with {RECEIVE}: the project's name")
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    if arguments.action == RECEIVE:
        return _receive(arguments, console)
    from podpipe.delivery.remote import Remotes

    project = Project.load(arguments.project)
    remotes = Remotes(project.definition, project.state)
    path = arguments.path or remotes.default()
    if arguments.action == REMOVE:
        done = remotes.remove(path)
        console.result(f"{'removed the hook of' if done else 'there is no hook in'} {path}; the repository stays")
        return 0
    found = [remotes.add(path)] if arguments.action == ADD else remotes.listed()
    if console.as_json:
        console.result_json([remote.as_json() for remote in found])
        return 0
    for remote in found:
        console.result(f"{remote.repository}: {WORDS[remote.hook]}")
        console.result(f"  on your laptop, in your clone:  git remote add pi {remote.address}")
    if not found:
        console.result(f"no repository takes pushes yet: podpipe remote {ADD}")
    _show_branches(project, console)
    return 0


WORDS = {
    "ours": "what is pushed here is delivered",
    "stale": f"its hook calls another podpipe; renew it: podpipe remote {ADD} PATH",
    "foreign": "its hook is not podpipe's",
    "missing": f"its hook is gone; write it again: podpipe remote {ADD} PATH",
}


def _show_branches(project: Project, console: Console) -> None:
    from podpipe.definition.branches import WITHOUT_THE_KEY

    for rule in project.definition.branches or WITHOUT_THE_KEY:
        console.result(f"  git push pi {rule.pattern:12}  {rule.action}")


def _receive(arguments: Namespace, console: Console) -> int:
    """git waits for us with its lines on standard input, and tells of its repository in the environment.

    The definition is not read: a push is noted also while it has mistakes.
    """
    if not re.fullmatch("[a-z0-9-]+", arguments.name):
        raise UsageError(f"{RECEIVE} wants --name=PROJECT", hint=f"it is called by the hook that {ADD} writes")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    from podpipe.delivery.push import Push
    from podpipe.delivery.requests import Requests
    from podpipe.delivery.wake import wake
    from podpipe.effects.folders import state_home

    root, repository = Path(arguments.project).resolve(), (arguments.path or Path()).resolve()
    requests = Requests(state_home() / arguments.name)
    push = Push(requests, repository, console.result)
    well = push.receive(sys.stdin.read().splitlines(), lambda: wake(arguments.name, root, requests))
    return 0 if well else 1
