"""Which image is built on which, by what the Containerfiles say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from podpipe.definition.containerfile import Base, parse_bases
from podpipe.definition.names import qualified_reference
from podpipe.definition.reader import suggest
from podpipe.definition.specs import BuiltImage, Image, Place, Problem, RegistryImage, image_reference
from podpipe.definition.text import MAX_BYTES, decode


def add_bases(images: Mapping[str, Image], root: Path, problems: list[Problem]) -> dict[str, Image]:
    """The images by name, each built one with its `bases`."""
    names = {image_reference(image): name for name, image in images.items() if not isinstance(image, RegistryImage)}
    complete = {}
    for name, image in images.items():
        if isinstance(image, BuiltImage):
            shown = os.path.relpath(image.containerfile, root)
            bases = dict.fromkeys(_names(_read(image.containerfile, shown, problems), names, shown, problems))
            image = replace(image, bases=tuple(bases))
        complete[name] = image
    return complete


def in_circles(images: Mapping[str, Image]) -> Iterator[str]:
    """The images that are built on themselves, directly or by way of others."""
    bases = {name: image.bases for name, image in images.items() if isinstance(image, BuiltImage)}
    for name in bases:
        seen: set[str] = set()
        ahead = list(bases[name])
        while ahead:
            base = ahead.pop()
            if base not in seen:
                seen.add(base)
                ahead.extend(bases.get(base, ()))
        if name in seen:
            yield name


def _read(containerfile: Path, shown: str, problems: list[Problem]) -> list[Base]:
    try:
        with containerfile.open("rb") as file:
            text, unreadable = decode(file.read(MAX_BYTES + 1), shown)
    except OSError as error:
        text, unreadable = "", [Problem(Place(shown, 1, 1), f"the file cannot be read: {error.strerror}")]
    bases = parse_bases(text)
    if not bases and not unreadable:
        unreadable = [Problem(Place(shown, 1, 1), "no image to build on is named", "begin with FROM localhost/NAME")]
    problems.extend(unreadable)
    return bases


def _names(bases: list[Base], names: Mapping[str, str], shown: str, problems: list[Problem]) -> Iterator[str]:
    for base in bases:
        reference = qualified_reference(base.reference)
        place = Place(shown, base.line, 1)
        if reference in names:
            yield names[reference]
        elif not reference:
            near = f"localhost/{base.reference}"
            hint = near if f"{near}:latest" in names else "docker.io/library/debian:bookworm"
            message = f"`{base.reference[:200]}` does not name a registry"
            problems.append(Problem(place, message, f"write it out: {hint}"))
        elif reference.startswith("localhost/"):
            hint = suggest(reference, names) or "add it to the `images` of podpipe.yaml"
            problems.append(Problem(place, f"no image `{base.reference[:200]}` is built by podpipe.yaml", hint))
