"""`python3 -m podpipe.data`: sync."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from podpipe.data.sources import load_sources
from podpipe.data.sync import Failed, Loaded, sync_sources
from podpipe.errors import PodpipeError

SETTINGS = Path("/etc/podpipe/sources.json")
DATABASE = Path("/srv/data/data.db")


def main(argv: Sequence[str] | None = None) -> int:
    """Load every source, a line for each. Returns the exit status: 0, or 1 if one of them failed."""
    parser = argparse.ArgumentParser(prog="python3 -m podpipe.data", description="Load the sources into the database.")
    parser.add_argument("--settings", type=Path, default=SETTINGS, metavar="FILE", help="the sources (%(default)s)")
    parser.add_argument("--database", type=Path, default=DATABASE, metavar="FILE", help="the tables (%(default)s)")
    arguments = parser.parse_args(argv)
    try:
        outcomes = list(map(_report, sync_sources(load_sources(arguments.settings), arguments.database)))
    except PodpipeError as error:
        sys.stderr.write(f"sync: {error}\n")
        return error.exit_status
    return int(any(isinstance(outcome, Failed) for outcome in outcomes))


def _report(outcome: Loaded | Failed) -> Loaded | Failed:
    source = outcome.source
    if isinstance(outcome, Failed):
        sys.stderr.write(f"{source.name}: {outcome.error}\n")
    elif outcome.changed:
        sys.stdout.write(f"{source.name}: {outcome.rows:,} rows ({source.format}, {outcome.seconds:.1f} s)\n")
    else:
        sys.stdout.write(f"{source.name}: unchanged\n")
    sys.stdout.flush()
    return outcome


if __name__ == "__main__":
    sys.exit(main())
