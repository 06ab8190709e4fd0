"""podpipe.yaml's `images`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from podpipe.definition.bases import add_bases, in_circles
from podpipe.definition.names import qualified_reference, read_name
from podpipe.definition.paths import read_project_path
from podpipe.definition.reader import Fields, Value
from podpipe.definition.specs import BuiltImage, DebianImage, Image, RegistryImage
from podpipe.definition.subset.project import BUILT_IMAGE, DEBIAN_IMAGE, REGISTRY_IMAGE
from podpipe.definition.subset.section import Section

_SUITE = "[a-z][a-z0-9-]{0,39}"
_PACKAGE = "[a-z0-9][a-z0-9+.-]{1,127}"


def read_images(value: Value | None, root: Path) -> tuple[Image, ...]:
    """All images, each with the others that its Containerfile builds on."""
    images: dict[str, Image] = {}
    places: dict[str, Value] = {}
    for key, entry in value.entries() if value else []:
        name = read_name(key)
        image = _read_image(name, entry, root)
        if name and image:
            images[name], places[name] = image, entry
    if value:
        images = add_bases(images, root, value.source.problems)
    for name in in_circles(images):
        places[name].refuse("the image builds on itself, by way of its FROM lines", "let one of them build on another")
    return tuple(images.values())


def _read_image(name: str, entry: Value, root: Path) -> Image | None:
    if entry.is_word():
        context = read_project_path(entry, root, "folder")
        containerfile = _find_containerfile(entry, context, root) if context else None
        return BuiltImage(name, context, containerfile) if context and containerfile else None
    for way, (section, read) in _READERS.items():
        if entry.find(way):
            fields = entry.fields(section)
            return read(name, fields, root) if fields else None
    entry.refuse("nothing says how to get this image", f"write a folder, or one of the keys {', '.join(_READERS)}")
    return None


def _read_debian(name: str, fields: Fields, _: Path) -> Image | None:
    suite = fields.get("debian")
    packages = fields.get("packages")
    words = [(suite, _SUITE, "suite")] if suite else []
    words += [(item, _PACKAGE, "package") for item in (packages.items() if packages else [])]
    for value, pattern, kind in words:
        text = value.string()
        if text is not None and not re.fullmatch(pattern, text):
            value.refuse(f"`{text[:80]}` is not the name of a {kind}", "write it as Debian does: bookworm, python3")
    return DebianImage(name, fields.string("debian"), fields.strings("packages"))


def _read_registry(name: str, fields: Fields, _: Path) -> Image | None:
    text = fields.string("registry")
    reference = qualified_reference(text)
    value = fields.get("registry")
    if value and text and (not reference or reference.startswith("localhost/")):
        value.refuse(f"`{text[:200]}` does not name a registry", "write it out: docker.io/library/debian:bookworm")
    return RegistryImage(name, reference)


def _read_built(name: str, fields: Fields, root: Path) -> Image | None:
    folder, file = fields.get("context"), fields.get("containerfile")
    runtime = fields.choice("runtime", ["web", "data"])
    context = read_project_path(folder, root, "folder") if folder else None
    if file:
        containerfile = read_project_path(file, root, "file")
    else:
        containerfile = _find_containerfile(fields.value, context, root) if context else None
    return BuiltImage(name, context, containerfile, runtime) if context and containerfile else None


def _find_containerfile(entry: Value, context: Path, root: Path) -> Path | None:
    path = context / "Containerfile"
    if path.is_file() and Path(os.path.realpath(path)).is_relative_to(root):
        return path
    message = f"there is no Containerfile in {context.name}/, or it leads out of the project"
    entry.refuse(message, "write one, or name another as `containerfile`")
    return None


_READERS: dict[str, tuple[Section, Callable[[str, Fields, Path], Image | None]]] = {
    "debian": (DEBIAN_IMAGE, _read_debian),
    "registry": (REGISTRY_IMAGE, _read_registry),
    "context": (BUILT_IMAGE, _read_built),
}
