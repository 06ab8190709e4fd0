"""Which image a name is to stand for, and what has to be built or pulled for that.

There is one rule. A name stands for what was deployed last under it, by `rebuild` or `rollback`, as long as the
project's folder has the files for it that it had then; else for what those files give. So `up` undoes no deployment,
not even where a base image is newer, and what is written in the folder after a deployment is the newer word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from podpipe.definition.specs import BuiltImage, Image, RegistryImage, image_reference
from podpipe.errors import NotOurs
from podpipe.plan.actions import Action, Reason
from podpipe.plan.fields import show
from podpipe.plan.observed import Observed
from podpipe.render.desired import Desired

SHORT = 12  # letters of a hash


class WantedImage(NamedTuple):
    """The hash of what it is to be made from; or `deployed`: what the present one is, in words."""

    context: str
    deployed: str = ""


def plan_images(
    images: Iterable[Image], observed: Observed, wanted: Mapping[str, WantedImage], forced: Collection[str] = ()
) -> list[Action]:
    """An image is built again when what it is made from has changed, an image it stands on is, or it is `forced`.

    `images` come bases first; so do the actions. Errors: NotOurs for one of that name that podpipe did not build.
    """
    actions: list[Action] = []
    renewed: set[str] = set()
    for image in images:
        present = image_reference(image) in observed.images
        if isinstance(image, RegistryImage):
            verb, reasons = "keep" if present and image.name not in forced else "pull", []
        elif present and image.name not in forced and wanted[image.name].deployed:
            verb, reasons = "keep", [Reason(f"{wanted[image.name].deployed} is deployed")]
        else:
            reasons = _reasons_to_build(image, observed, wanted[image.name], renewed, forced) if present else []
            verb = "build" if reasons or not present else "keep"
        if verb == "build":
            renewed.add(image.name)
        actions.append(Action(verb, "image", image.name, reasons=tuple(reasons)))
    return actions


def rebuilt_references(desired: Desired, actions: Iterable[Action]) -> set[str]:
    """The references of the images that these actions build or pull."""
    renewed = {action.name for action in actions if action.verb in ("build", "pull")}
    return {image_reference(image) for image in desired.images if image.name in renewed}


def _reasons_to_build(
    image: Image, observed: Observed, wanted: WantedImage, renewed: Collection[str], forced: Collection[str]
) -> list[Reason]:
    was, now = observed.images[image_reference(image)].context, wanted.context
    if not was and image.name not in forced:
        raise NotOurs(
            f"an image called {image_reference(image)} is there already, and podpipe did not build it",
            hint=f"rename one of them; or, to have it made anew: podpipe build --force {image.name}",
        )
    bases = [base for base in image.bases if base in renewed] if isinstance(image, BuiltImage) else []
    reasons = [Reason(f"its base image {base} is built") for base in bases]
    if not reasons and was != now:
        reasons = [Reason("context", show(now[:SHORT]), show(was[:SHORT]))]
    return [*reasons, *([Reason("it was asked for")] if image.name in forced else [])]
