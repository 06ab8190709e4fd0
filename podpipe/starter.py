"""A starter project: the definitions, images, site and table that this repository itself has."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from podpipe.errors import PodpipeError, UsageError
from podpipe.files import write_atomic

PARTS = ("podpipe.yaml", "pods", "containerfiles", "content", "sources")


def make_starter(folder: Path) -> None:
    """Copy the starter into `folder`, which must be empty or not there, as a project of the folder's name.

    Two projects of one name would take each other's pods for their own. Errors: UsageError; OSError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already", hint="name a folder that is empty or not there yet")
    source = _source()
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, folder / part)
        else:
            shutil.copy(source / part, folder / part)
    file = folder / "podpipe.yaml"
    write_atomic(file, re.sub(r"(?m)^name: .*$", f"name: {_project_name(folder)}", file.read_text(), count=1))


def _project_name(folder: Path) -> str:
    """The folder's name in the letters that a project's may have."""
    letters = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return letters[:63].strip("-") or "home"


def _source() -> Path:
    """In a wheel the starter lies inside the package; in a checkout, around it."""
    package = Path(__file__).parent
    for place in (package / "starter_files", package.parent):
        if (place / "podpipe.yaml").is_file():
            return place
    raise PodpipeError("this installation of podpipe lacks its starter project", hint="install podpipe again")
