"""The files of a project, and of podpipe about it, that its plan is made from."""

from __future__ import annotations

from pathlib import Path

from podpipe.definition import Definition
from podpipe.definition.specs import BuiltImage
from podpipe.effects.home import home_file
from podpipe.effects.released import flight_file, released_file
from podpipe.render import Desired


def plan_inputs(definition: Definition, desired: Desired, state: Path) -> list[Path]:
    """Files and folders; `state` is podpipe's own folder for the project."""
    built = [image for image in definition.images if isinstance(image, BuiltImage)]
    return [
        definition.root / "podpipe.yaml",
        definition.root / "pods",
        released_file(state),
        flight_file(state),  # one that is there is to be recovered
        home_file(state),  # another folder may have taken the project over
        *(path for image in built for path in (image.context, image.containerfile)),
        *(folder.folder for folder in desired.config_folders),
        *(folder.folder for folder in desired.secret_folders),
    ]
