"""podpipe rebuild"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.delivery import Delivery
from podpipe.ledger import Release
from podpipe.project import Project


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="an image that podpipe.yaml builds from a Containerfile")
    parser.add_argument("--branch", default="", help="the branch (default: the repository's own default)")
    parser.add_argument("--commit", default="", help="a commit of the branch, or of any (default: the newest)")
    parser.add_argument("--repository", default="", metavar="URL", help="a URL or a path (default: podpipe.yaml's)")
    parser.add_argument("--tag", default="", help="a name for the image besides its commit's; prune leaves it alone")
    parser.add_argument("--no-deploy", action="store_true", help="build, test and tag it; leave the pods alone")
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    project = Project.load(arguments.project, report=console.report, log=console.log)
    release = Delivery(project).rebuild(
        arguments.image,
        branch=arguments.branch,
        commit=arguments.commit,
        repository=arguments.repository,
        tag=arguments.tag,
        deploy=not arguments.no_deploy,
    )
    show_release(console, release)
    return 0


def show_release(console: Console, release: Release) -> None:
    """What became of it, in a line or as JSON."""
    if console.as_json:
        console.result_json(release.as_json())
        return
    where = f" of {release.branch}" if release.branch else ""
    times = ", ".join(f"{step.name} {step.seconds:.1f} s" for step in release.steps)
    commit = f" from {release.commit[:12]}{where}" if release.commit else f" {release.image_id[:12]}"
    console.result(f"{release.image}{commit} is {release.result}" + (f" ({times})" if times else ""))
