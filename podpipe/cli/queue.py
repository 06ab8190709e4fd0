"""podpipe queue"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.project import Project

if TYPE_CHECKING:
    from podpipe.delivery.requests import Requests


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="where another one is at it, wait and look again")
    parser.add_argument("--list", action="store_true", help="work nothing off; show what waits and what failed")
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    from podpipe.delivery.requests import Requests

    if arguments.list:
        _show(Requests(Project.load(arguments.project).state), console)
        return 0
    done = _work(arguments, console)
    if console.as_json:
        console.result_json({"done": done})
    return 0


def _work(arguments: Namespace, console: Console) -> int:
    from podpipe.delivery import Delivery
    from podpipe.delivery.fulfilment import Workshop
    from podpipe.delivery.queue import Queue, Teller, spool_of
    from podpipe.delivery.requests import Requests

    def load(teller: Teller) -> Workshop:
        project = Project.load(arguments.project, report=teller.report, log=teller.log)
        return Workshop(project.definition, partial(Delivery, project), spool_of(project.definition))

    project = Project.load(arguments.project, report=console.report)
    Delivery(project).recover()
    done = Queue(Requests(project.state), load, console.report).work(wait=arguments.wait)
    Delivery(project).expire_previews()
    return done


def _show(requests: Requests, console: Console) -> None:
    found = [(part, request) for part in ("working", "waiting", "failed") for request in requests.listed(part)]
    if console.as_json:
        listed = [{"state": part, **asdict(request)} for part, request in found]
        console.result_json({"requests": listed, "refused": requests.refusals()})
        return
    for part, request in found:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(request.at))
        what = f"{request.commit[:12] or 'its newest commit'} by {request.asked_by} at {when}"
        console.result(f"{part:7}  {request.branch}  {what}")
    for text in requests.refusals():
        console.result(text)
    if not found:
        console.result("nothing waits")
