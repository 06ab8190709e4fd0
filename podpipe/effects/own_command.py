"""How this very podpipe is called by whoever has neither its environment nor its folder: a unit, a hook."""

from __future__ import annotations

import os
import sys
from pathlib import Path

LINKED = Path(".local/bin/podpipe")  # in the user's home: where scripts/up links it


def own_command() -> tuple[str, ...]:
    """The words of the command, with absolute paths.

    The link in the user's home where it leads to us, as it outlives a new environment; else the script beside our
    Python; else, from a checkout, Python with a path to it.
    """
    called, script = Path(sys.argv[0]), Path(sys.executable).with_name("podpipe")
    link = Path.home() / LINKED
    ours = {path.resolve() for path in (called, script) if path.name == "podpipe" and path.is_file()}
    if link.resolve() in ours:
        return (str(link),)
    if script.is_file():
        return (str(script),)
    if called.is_absolute() and called.resolve() in ours and os.access(called, os.X_OK):
        return (str(called),)
    checkout = Path(__file__).resolve().parents[2]
    return "/usr/bin/env", f"PYTHONPATH={checkout}", sys.executable, "-m", "podpipe"
