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
    "status": "show what is defined beside what runs",
    "logs": "print what containers print",
    "run": "run a CronJob now, whatever its schedule",
    "build": "build the images whose sources changed",
    "completion": "print a completion script for a shell",
}


def load_verb(name: str) -> ModuleType:
    """The module of a verb: its `add_arguments(parser)`, and `run(arguments, console)`, which gives the exit status."""
    return import_module(f"podpipe.cli.{name}")


def build_parser(loaded: Sequence[str] = tuple(VERBS)) -> argparse.ArgumentParser:
    """The whole grammar, with the arguments of the `loaded` verbs."""
    description = "A personal devops pipeline for one small machine."
    parser = argparse.ArgumentParser(prog="podpipe", description=description, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"podpipe {__version__}")
    parser.add_argument("-C", "--project", metavar="DIR", default=".", help="the project's folder (default: this one)")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, text in VERBS.items():
        verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=EPILOG)
        if name in loaded:
            load_verb(name).add_arguments(verb)
    return parser


def parse(argv: Sequence[str]) -> tuple[argparse.Namespace, ModuleType]:
    """The arguments and their verb. Exits with 2 on a wrong command line, with 0 after --help."""
    arguments = build_parser([word for word in argv if word in VERBS]).parse_args(argv)
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
