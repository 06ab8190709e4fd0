"""A project's files -> their YAML documents."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from podpipe.definition.reader import Source, Value
from podpipe.definition.specs import Place, Problem
from podpipe.definition.text import MAX_BYTES, decode
from podpipe.definition.yamlstream import Stream, compose_stream

PROJECT_FILE = "podpipe.yaml"
PODS_FOLDER = "pods"


@dataclass
class Files:
    """What the files hold; `problems` is what reading further adds to.

    `complete` is false where manifests could not be read to their end, so that names may be missing.
    """

    project: Value | None = None
    manifests: list[Value] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    complete: bool = True


def read_files(root: Path) -> Files:
    """podpipe.yaml and pods/*.yaml of the project in `root`, which is resolved."""
    files = Files()
    _read_project(root, files)
    try:
        paths = sorted((root / PODS_FOLDER).iterdir())
    except FileNotFoundError:
        paths = []
    except OSError as error:
        _refuse(files, PODS_FOLDER, f"the folder cannot be read: {error.strerror}")
        files.complete = False
        return files
    for path in paths:
        if path.suffix in (".yaml", ".yml") and not path.name.startswith("."):
            values, complete = _read(path, root, files)
            files.manifests += values
            files.complete = files.complete and complete
    if files.complete and not files.manifests:
        hint = "`podpipe init DIR` writes a starter project to copy from"
        _refuse(files, PODS_FOLDER, f"no manifest stands in {PODS_FOLDER}/*.yaml", hint)
    return files


def _read_project(root: Path, files: Files) -> None:
    if not os.path.lexists(root / PROJECT_FILE):
        hint = f"`podpipe init {root}` writes a starter project there"
        _refuse(files, PROJECT_FILE, f"there is no {PROJECT_FILE} in {root}", hint)
        return
    documents, complete = _read(root / PROJECT_FILE, root, files)
    files.project = next(iter(documents), None)
    if len(documents) > 1:
        documents[1].refuse("a second document stands here", "manifests belong into pods/")
    elif complete and not documents:
        _refuse(files, PROJECT_FILE, "the file is empty", "begin with `name: NAME`")


def _refuse(files: Files, file: str, message: str, hint: str = "") -> None:
    files.problems.append(Problem(Place(file, 1, 1), message, hint))


def _read(path: Path, root: Path, files: Files) -> tuple[list[Value], bool]:
    """A file's documents, and whether these are all."""
    shown = path.relative_to(root).as_posix()
    stream = _read_stream(path, root, shown)
    files.problems += stream.problems
    return [Value(node, "", Source(shown, files.problems)) for node in stream.documents], stream.complete


def _read_stream(path: Path, root: Path, shown: str) -> Stream:
    start = Place(shown, 1, 1)
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(root):
        return Stream(problems=(Problem(start, f"the file leads out of the project, to {real}", "copy it here"),))
    try:
        if not path.is_file():
            return Stream(problems=(Problem(start, "this is not a file", "remove it, or name it otherwise"),))
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return Stream(problems=(Problem(start, f"the file cannot be read: {error.strerror}"),))
    text, problems = decode(data, shown)
    return Stream(problems=tuple(problems)) if problems else compose_stream(text, shown)
