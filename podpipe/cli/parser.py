"""The command line's grammar. `podpipe --help` must stay quick, so a verb's own part is loaded when it is used."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from podpipe import __version__
from podpipe.cli import EPILOG

VERBS = {
    "init": "make a starter project: a small site and a small table",
    "check": "read the definition and list every mistake in it",
    "plan": "show what `up` would do, and why",
    "up": "make the pods what they are defined as, and wait until they are healthy",
    "down": "stop and remove pods; volumes and images stay",
    "restart": "stop and start a pod, or one container of it, as it is",
    "exec": "run a command inside a container that runs",
    "status": "show what is defined beside what runs",
    "logs": "print what containers print",
    "run": "run a CronJob now, whatever its schedule",
    "rebuild": "build an image from a branch, test it, and put it into the pods; a bad one comes out again by itself",
    "rollback": "put an earlier good image back",
    "history": "show the last releases: which branch and commit, who asked, and how it ended",
    "images": "show the images that are there, and what they were built from",
    "prune": "remove the images that no container, no unit and no rollback needs",
    "build": "build the images whose sources changed",
    "preview": "run a branch beside production for a while, under its own names and ports",
    "remote": "make a repository to push to, whose pushes are delivered",
    "queue": "deliver what was pushed and waits; systemd and the pushes themselves call this",
    "ship": "send images to another machine over ssh: only the layers that it lacks",
    "push": "push an image to a registry",
    "doctor": "say what is wrong with this machine, why it matters and what mends it",
    "quadlet": "write what systemd is told, as Quadlet files and units to read and to keep in git",
    "completion": "print a completion script for a shell",
}

ELSEWHERE = ("plan", "up", "down", "restart", "exec", "status", "logs", "run")  # what --host goes with


def load_verb(name: str) -> ModuleType:
    """The module of a verb: its `add_arguments(parser)`, and `run(arguments, console)`, which gives the exit status."""
    return import_module(f"podpipe.cli.{name}")


def build_parser(loaded: Sequence[str] = tuple(VERBS)) -> argparse.ArgumentParser:
    """The whole grammar, with the arguments of the `loaded` verbs."""
    description = "A personal devops pipeline for one small machine."
    parser = argparse.ArgumentParser(prog="podpipe", description=description, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"podpipe {__version__}")
    parser.add_argument("-C", "--project", metavar="DIR", default=".", help="the project's folder (default: this one)")
    elsewhere = f"the machine whose Podman is meant, by ssh, as user@host; with {', '.join(ELSEWHERE)}"
    parser.add_argument("--host", metavar="HOST", default="", help=elsewhere)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, text in VERBS.items():
        verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=EPILOG)
        if name in loaded:
            load_verb(name).add_arguments(verb)
    return parser


def parse(argv: Sequence[str]) -> tuple[argparse.Namespace, ModuleType]:
    """The arguments and their verb. Exits with 2 on a wrong command line, with 0 after --help."""
    arguments = build_parser([word for word in argv if word in VERBS]).parse_args(argv)
    if arguments.host and arguments.verb not in ELSEWHERE:
        build_parser(()).error(f"--host does not go with {arguments.verb}, which is about this machine")
    return arguments, load_verb(arguments.verb)


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option that every reporting verb has."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """The option that every changing verb has."""
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and do nothing")


def add_pods(parser: argparse.ArgumentParser) -> None:
    """The names of pods and CronJobs."""
    parser.add_argument("pods", nargs="*", metavar="POD", help="a pod or a CronJob (default: all of them)")


def add_platform(parser: argparse.ArgumentParser, text: str) -> None:
    """The machine that an image is for."""
    parser.add_argument("--platform", default="", metavar="OS/ARCH", help=text)
