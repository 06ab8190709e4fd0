"""Which images a push touched. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Union

from podpipe.definition.documents import PROJECT_FILE
from podpipe.definition.nodes import Node, Scalar, Sequence
from podpipe.definition.specs import BuiltImage, Definition
from podpipe.definition.yamlstream import compose_stream
from podpipe.render import with_bases

Plain = Union[str, list[Any], dict[str, Any], tuple[str, bool]]


def touched_images(
    definition: Definition, changed: Collection[str], entries: Collection[str], prefix: str = ""
) -> list[str]:
    """The images to build anew, bases first: those with a changed file or entry, and those that stand on such.

    `changed` are files of the repository, `entries` names in podpipe.yaml's `images`; the project lies in the
    repository's folder `prefix`. What a `.containerignore` leaves out counts too: nothing is built for it in the end.
    """
    touched: list[str] = []
    for image in all_images(definition):
        stands_on = set(image.bases) & {*touched, *entries}
        if image.name in entries or stands_on or _has(image, definition.root, changed, prefix):
            touched.append(image.name)
    return touched


def all_images(definition: Definition) -> list[BuiltImage]:
    """The images that are built from a folder, bases first."""
    ordered = with_bases(definition, [image.name for image in definition.images])
    return [image for image in ordered if isinstance(image, BuiltImage)]


def changed_entries(before: str, after: str) -> set[str] | None:
    """The images whose entry differs between two texts of podpipe.yaml; None: one of them cannot be read."""
    then, now = _entries(before), _entries(after)
    if then is None or now is None:
        return None
    return {name for name in {*then, *now} if then.get(name) != now.get(name)}


def project_file(prefix: str) -> str:
    """podpipe.yaml's path in the repository."""
    return f"{PurePosixPath(prefix, PROJECT_FILE)}"


def _has(image: BuiltImage, root: Path, changed: Collection[str], prefix: str) -> bool:
    context, containerfile = (_place(path, root, prefix) for path in (image.context, image.containerfile))
    return any(path == containerfile or path.is_relative_to(context) for path in map(PurePosixPath, changed))


def _place(path: Path, root: Path, prefix: str) -> PurePosixPath:
    return PurePosixPath(prefix, path.relative_to(root).as_posix())


def _entries(text: str) -> Mapping[str, Plain] | None:
    documents = compose_stream(text, PROJECT_FILE).documents
    project = _plain(documents[0]) if documents else None
    images = project.get("images", {}) if isinstance(project, dict) else None
    return images if isinstance(images, dict) else None


def _plain(node: Node) -> Plain:
    """A value without its places, so that a line more above it is no difference."""
    if isinstance(node, Scalar):
        return node.text, node.plain
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return {key.text: _plain(value) for key, value in node.pairs}
