"""What a volume holds, copied into another one: inside the user namespace, where its files belong to somebody."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from podpipe.effects import copy_tree
from podpipe.effects.process import read

TIMEOUT = 3600.0  # seconds: an SD card writes a gigabyte in a minute or two


def copy_volume(name: str, source: Path, target: Path) -> None:
    """Copy the folder of the volume `name`; what `target` held is gone. Errors: CommandFailed, DiskFull."""
    program = [sys.executable, "-I", copy_tree.__file__, str(source), str(target)]
    read(["podman", "unshare", *program], doing=f"copying the volume {name}", timeout=TIMEOUT)


def remove_tree(folder: Path) -> None:
    """Remove a folder with whatever containers left in it; fine where it is missing. Errors: CommandFailed."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except PermissionError:
        read(["podman", "unshare", "rm", "-rf", "--", str(folder)], doing=f"removing {folder}", timeout=TIMEOUT)
