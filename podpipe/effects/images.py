"""Images: what they are made from, and making those that a plan builds or pulls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from podpipe.definition.specs import BuiltImage, DebianImage, Definition, Image, RegistryImage, local_reference
from podpipe.effects.context import context_hash
from podpipe.effects.debian import architecture, base_hash
from podpipe.errors import NotFound
from podpipe.render.labels import CONTEXT

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine
    from podpipe.plan import Observed, Plan

    Report = Callable[[str], None]


def context_hashes(images: Iterable[Image], observed: Observed) -> dict[str, str]:
    """The hash of what each image that is built here would be made from now, by the image's name."""
    ids = {name: image.id for name, image in observed.images.items()}
    return {image.name: _hash(image, ids) for image in images if not isinstance(image, RegistryImage)}


def _hash(image: DebianImage | BuiltImage, ids: dict[str, str]) -> str:
    if isinstance(image, DebianImage):
        return base_hash(image, architecture())
    return context_hash(image, {base: ids.get(local_reference(base), "") for base in image.bases})


def apply_images(engine: Engine, definition: Definition, plan: Plan, *, report: Report, log: Report) -> None:
    """Build and pull, in the plan's order: bases first. Errors: BuildFailed, EngineError; old images stay tagged."""
    from podpipe.effects.buildah import build_image

    images = {image.name: image for image in definition.images}
    suites = {image.suite for image in images.values() if isinstance(image, DebianImage)}
    for action in plan.of("image", "build", "pull"):
        image = images[action.name]
        if isinstance(image, RegistryImage):
            report(f"pulling image {image.reference}")
            engine.pull_image(image.reference, log)
            continue
        report(f"building image {image.name}")
        # A base may have been built a moment ago: what this one stands on is known only now.
        labels = {CONTEXT: _hash(image, _ids(engine, image))}
        build_image(image, labels, suites=suites, on_line=log)


def _ids(engine: Engine, image: Image) -> dict[str, str]:
    found = {}
    for base in image.bases if isinstance(image, BuiltImage) else ():
        reference = local_reference(base)
        try:
            found[reference] = engine.inspect_image(reference)["Id"].removeprefix("sha256:")
        except NotFound:
            continue
    return found
