"""The command `podpipe`: parse, call the library, print, exit. A file a verb, imported only when it is asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

EPILOG = "exit status: 0 done, 1 failed, 2 the definition or the command line is wrong"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line. Returns the exit status; never raises for what a user can cause."""
    from podpipe.cli.parser import parse

    _prepare_streams()
    arguments, verb = parse(sys.argv[1:] if argv is None else list(argv))
    from podpipe.cli.console import Console, report_failures

    console = Console(as_json=getattr(arguments, "json", False))
    with report_failures(console):
        console.status = verb.run(arguments, console)
    return console.status


def _prepare_streams() -> None:
    """Let whatever there is to say be printed: on a console of few letters, or where a stream is closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
