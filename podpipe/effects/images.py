"""Images: what they are made from, and making those that a plan builds or pulls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from podpipe.definition.specs import (
    BuiltImage,
    DebianImage,
    Definition,
    Image,
    RegistryImage,
    image_reference,
    local_reference,
)
from podpipe.effects.context import context_hash
from podpipe.effects.debian import architecture, base_hash
from podpipe.effects.look import look
from podpipe.effects.observe import observe
from podpipe.errors import NotFound
from podpipe.plan import WantedImage
from podpipe.render.labels import CONTEXT

if TYPE_CHECKING:
    from podpipe.definition.platform import Platform
    from podpipe.effects.buildah import Step
    from podpipe.effects.engine import Engine
    from podpipe.effects.released import Released
    from podpipe.plan import Observed, Plan
    from podpipe.report import Report


def wanted_images(
    images: Iterable[Image], observed: Observed, released: Mapping[str, Released], platform: Platform | None = None
) -> dict[str, WantedImage]:
    """What each image that is made here is to be, by the image's name: the rule is that of `podpipe.plan.images`."""
    ids = {name: image.id for name, image in observed.images.items()}
    wanted: dict[str, WantedImage] = {}
    for image in (each for each in images if not isinstance(each, RegistryImage)):
        seen, release = observed.images.get(image_reference(image)), released.get(image.name)
        holds = seen and release and seen.id == release.image and folder_hash(image) == release.folder
        wanted[image.name] = WantedImage(built_from(image, ids, platform), str(release) if holds else "")
    return wanted


def observe_images(engine: Engine, definition: Definition, platform: Platform) -> Observed:
    """The machine with what was built for another platform in the place of its own images."""
    names = {local_reference(image.name, platform.tag): local_reference(image.name) for image in definition.images}
    observed = observe(look(engine, definition.name, names))
    return replace(observed, images={names[reference]: image for reference, image in observed.images.items()})


def folder_hash(image: Image) -> str:
    """The hash of the files of an image alone, whatever it stands on."""
    return context_hash(image, {}) if isinstance(image, BuiltImage) else ""


def built_from(image: DebianImage | BuiltImage, ids: Mapping[str, str], platform: Platform | None = None) -> str:
    """The hash of all that goes into an image; `ids` are those of the images that are there, by reference."""
    if isinstance(image, DebianImage):
        return base_hash(image, platform.debian if platform else architecture())
    return context_hash(image, {base: ids.get(local_reference(base), "") for base in image.bases})


def apply_images(
    engine: Engine,
    definition: Definition,
    plan: Plan,
    *,
    platform: Platform | None = None,
    report: Report,
    log: Report,
) -> None:
    """Build and pull, in the plan's order: bases first. Errors: BuildFailed, EngineError; old images stay tagged."""
    images = {image.name: image for image in definition.images}
    for action in plan.of("image", "build", "pull"):
        image = images[action.name]
        if isinstance(image, RegistryImage):
            report(f"pulling image {image.reference}")
            engine.pull_image(image.reference, log)
            continue
        report(f"building image {image.name}" + (f" for {platform}" if platform else ""))
        # A base may have been built a moment ago: what this one stands on is known only now.
        labels = {CONTEXT: built_from(image, base_ids(engine, image, platform), platform)}
        make_image(definition, image, labels, platform=platform, log=log)


def make_image(
    definition: Definition,
    image: DebianImage | BuiltImage,
    labels: Mapping[str, str],
    *,
    log: Report,
    reference: str = "",
    platform: Platform | None = None,
    step: Step = lambda _: nullcontext(),
) -> str:
    """Build one image of a definition; returns its ID. Errors: as `podpipe.effects.buildah.build_image`."""
    from podpipe.effects.buildah import build_image

    suites = {each.suite for each in definition.images if isinstance(each, DebianImage)}
    return build_image(image, labels, reference=reference, suites=suites, platform=platform, on_line=log, step=step)


def base_ids(engine: Engine, image: Image, platform: Platform | None = None) -> dict[str, str]:
    """The IDs of the images that one stands on, as far as they are there, by the names they bear where they are used.

    So the same image has the same hash, whatever machine it is built on.
    """
    found = {}
    for base in image.bases if isinstance(image, BuiltImage) else ():
        reference = local_reference(base, platform.tag if platform else "latest")
        if identity := image_id(engine, reference):
            found[local_reference(base)] = identity
    return found


def image_id(engine: Engine, reference: str) -> str:
    """The ID of an image that is there, "" where none bears the name."""
    try:
        return str(engine.inspect_image(reference)["Id"]).removeprefix("sha256:")
    except NotFound:
        return ""
