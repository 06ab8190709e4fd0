"""A project's files -> their YAML documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from podpipe.definition.reader import Source, Value
from podpipe.definition.specs import Place, Problem
from podpipe.definition.text import MAX_BYTES, decode
from podpipe.definition.yamlnodes import Node, compose_documents

PROJECT_FILE = "podpipe.yaml"
PODS_FOLDER = "pods"


@dataclass
class Files:
    """What the files hold; `problems` is what reading further adds to.

    `complete` is false where a file could not be read to its end, so that names may be missing.
    """

    project: Value | None = None
    manifests: list[Value] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    complete: bool = True


def read_files(root: Path) -> Files:
    """podpipe.yaml and pods/*.yaml of the project in `root`, which is resolved."""
    files = Files()
    if (root / PROJECT_FILE).exists():
        documents = _read(root / PROJECT_FILE, root, files)
        files.project = next(iter(documents), None)
        _want_one_document(documents, files)
    else:
        hint = f"`podpipe init {root}` writes a starter project there"
        files.problems.append(Problem(Place(PROJECT_FILE, 1, 1), f"there is no {PROJECT_FILE} in {root}", hint))
    for path in _manifest_paths(root):
        files.manifests += _read(path, root, files)
    if files.complete and not files.manifests:
        message = f"no manifest stands in {PODS_FOLDER}/*.yaml"
        hint = "`podpipe init DIR` writes a starter project to copy from"
        files.problems.append(Problem(Place(PODS_FOLDER, 1, 1), message, hint))
    return files


def _manifest_paths(root: Path) -> list[Path]:
    folder = root / PODS_FOLDER
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.name[0] != ".")


def _read(path: Path, root: Path, files: Files) -> list[Value]:
    shown = path.relative_to(root).as_posix()
    nodes, problems = _read_nodes(path, root, shown)
    files.problems += problems
    files.complete = files.complete and not problems
    return [Value(node, "", Source(shown, files.problems)) for node in nodes]


def _read_nodes(path: Path, root: Path, shown: str) -> tuple[list[Node], list[Problem]]:
    start = Place(shown, 1, 1)
    try:
        if not path.resolve().is_relative_to(root):
            return [], [Problem(start, f"the file leads out of the project, to {path.resolve()}", "copy it here")]
        if not path.is_file():
            return [], [Problem(start, "this is not a file", "remove it, or name it otherwise")]
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symbolic links, before Python 3.13
        return [], [Problem(start, f"the file cannot be read: {error}")]
    text, problems = decode(data, shown)
    return ([], problems) if problems else compose_documents(text, shown)


def _want_one_document(documents: list[Value], files: Files) -> None:
    if len(documents) > 1:
        documents[1].refuse("a second document stands here", "manifests belong into pods/")
    elif not documents and files.complete:
        files.problems.append(Problem(Place(PROJECT_FILE, 1, 1), "the file is empty", "begin with `name: NAME`"))
