"""The command `podpipe`: parse, call the library, print, exit. A file a verb, imported only when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence

EPILOG = "exit status: 0 done, 1 failed, 2 the definition or the command line is wrong"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line. Returns the exit status; never raises for what a user can cause."""
    from podpipe.cli.parser import parse

    arguments, verb = parse(sys.argv[1:] if argv is None else list(argv))
    from podpipe.cli.console import Console, report_failures

    console = Console(as_json=getattr(arguments, "json", False))
    with report_failures(console):
        console.status = verb.run(arguments, console)
    return console.status
