"""`python3 -m podpipe.data.serve`: datasette over the database that sync writes, or over podpipe's ledger.

It runs in this process: a second interpreter would start later, and would not stop at once, being process 1.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from podpipe.data.database import open_database
from podpipe.errors import PodpipeError

DATABASE = Path("/srv/data/data.db")
TEMPLATES = Path(__file__).parent / "templates"

# For one small machine: few threads, since each has its own connection and cache; no query that keeps it busy.
DATASETTE = {
    "num_sql_threads": 2,
    "sql_time_limit_ms": 2000,
    "facet_suggest_time_limit_ms": 20,
    "max_returned_rows": 1000,
    "max_csv_mb": 50,
    "cache_size_kb": 2048,
}
UVICORN: dict[str, Any] = {
    "loop": "asyncio",
    "ws": "none",
    "lifespan": "on",
    "log_level": "warning",
    "access_log": False,  # a line a request wears out an SD card
    "timeout_graceful_shutdown": 2,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM. Returns the exit status."""
    # Process 1 ignores signals that it does not handle, and uvicorn takes its time until it does.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os._exit(0))
    parser = argparse.ArgumentParser(prog="python3 -m podpipe.data.serve", description="Serve the database over HTTP.")
    parser.add_argument("--database", type=Path, default=DATABASE, metavar="FILE", help="what to serve (%(default)s)")
    parser.add_argument("--ledger", type=Path, metavar="FILE", help="serve podpipe's ledger, and nothing else")
    parser.add_argument("--host", default="0.0.0.0", help="the address to listen on (%(default)s)")  # noqa: S104
    parser.add_argument("--port", type=int, default=8001, help="the port to listen on (%(default)s)")
    parser.add_argument("--prepare", action="store_true", help="only write the bytecode of all that serving imports")
    arguments = parser.parse_args(argv)
    if arguments.prepare:
        prepare()
        return 0
    if arguments.ledger:
        serve_ledger(arguments.ledger, arguments.host, arguments.port)
        return 0
    try:
        with open_database(arguments.database):
            pass  # datasette opens it read-only, and so cannot make it
    except PodpipeError as error:
        sys.stderr.write(f"serve: {error}\n")
        return error.exit_status
    serve(arguments.database, arguments.host, arguments.port)
    return 0


def serve(database: Path, host: str, port: int) -> None:
    """Serve a database, which nobody can write to this way; tables that sync makes later are served too."""
    from podpipe.data import titles

    _run(_datasette(titles, [str(database)]), host, port)


def serve_ledger(file: Path, host: str, port: int) -> None:
    """Serve podpipe's ledger, whatever becomes of the file meanwhile."""
    from podpipe.data import ledger

    datasette = _datasette(ledger, [])
    datasette.add_database(ledger.ServedLedger(datasette, file), name=ledger.NAME)
    _run(datasette, host, port)


def _datasette(plugin: types.ModuleType, files: list[str]) -> Any:
    _leave_out_units()
    from datasette.app import Datasette
    from datasette.plugins import pm

    from podpipe.data import limits

    for each in (plugin, limits):
        pm.register(each, name=each.__name__)
    return Datasette(files, settings=DATASETTE, template_dir=str(TEMPLATES))


def _run(datasette: Any, host: str, port: int) -> None:
    import uvicorn

    from podpipe.data import limits

    limits.limit_memory()
    limits.watch(datasette.executor)
    uvicorn.run(datasette.app(), host=host, port=port, **UVICORN, **limits.server_settings())


def prepare() -> None:
    """Import what serving imports, so that Python writes its bytecode while it may."""
    _leave_out_units()
    import uvicorn
    from datasette.app import Datasette

    from podpipe.data import limits

    uvicorn.Config(Datasette(memory=True).app(), **UVICORN, **limits.server_settings()).load()


def _leave_out_units() -> None:
    """Spare datasette 0.65 its library of physical units: half of its start, for metadata that we never give it."""
    units = types.ModuleType("datasette.vendored.pint")
    units.UnitRegistry = object  # type: ignore[attr-defined]
    sys.modules["datasette.vendored.pint"] = units


if __name__ == "__main__":
    sys.exit(main())
