"""Paths in the files: absolute ones of containers and the machine, relative ones of the project."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from podpipe.definition.reader import Value

MAX_PATH = 4096


def read_absolute_path(value: Value | None) -> str:
    """An absolute path in its shortest spelling; "" where it is missing or wrong."""
    text = value.string() if value else None
    if value is None or text is None:
        return ""
    if not text.startswith("/"):
        value.refuse(f"`{text[:80]}` is not an absolute path", "begin with `/`")
    elif ".." in text.split("/") or ":" in text or len(text) > MAX_PATH:
        value.refuse(f"`{text[:80]}` cannot be used as a path", "write it without `..` and without `:`")
    else:
        return "/" + posixpath.normpath(text).lstrip("/")
    return ""


def read_project_path(value: Value, root: Path, kind: str) -> Path | None:
    """A `file` or `folder` that exists inside the project, resolved; None after noting a problem."""
    text = value.string()
    if text is None:
        return None
    if not text or text.startswith(("/", "~")) or "\0" in text or len(text) > MAX_PATH:
        value.refuse(f"`{text[:80]}` is not a path inside the project", "write it from the folder of podpipe.yaml")
        return None
    path = Path(os.path.realpath(root / text))
    if not path.is_relative_to(root):
        value.refuse(f"`{text}` leads out of the project, to {path}", "move or copy it into the project")
        return None
    if not (os.path.isfile(path) if kind == "file" else os.path.isdir(path)):  # noqa: PTH112, PTH113 - never raise
        value.refuse(f"there is no {kind} `{text}` in the project", f"paths start at {root}")
        return None
    return path
