"""Build images with buildah: the one door to it.

Whatever ends a build, an image's name moves only when the new image is whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from podpipe.definition.specs import BuiltImage, DebianImage, image_reference
from podpipe.effects.build_failure import build_failed
from podpipe.effects.build_folder import build_folder, make_passable
from podpipe.effects.build_leftovers import remove_leftovers
from podpipe.effects.build_settings import MOUNTED_AT, write_settings
from podpipe.effects.context import stage_context
from podpipe.effects.debian import make_context
from podpipe.effects.process import read, run
from podpipe.errors import CommandFailed
from podpipe.files import explain_full_disk

TIMEOUT = 7200.0  # seconds that a build may take: a Pi needs half an hour for a big one

# Before, buildah's seccomp profile answers EPERM to the system calls of newer C libraries (clone3),
# which these then take for a failure: no threads in `RUN` on a base of Bookworm.
KNOWS_NEW_CALLS = (1, 22)

Report = Callable[[str], None]


@dataclass(frozen=True)
class BuildFiles:
    """Where the parts of a build lie: `settings` is seen at /mnt, `image_id` is written by buildah.

    `scratch` is for what programs would leave in /var/tmp when they are killed.
    """

    containerfile: Path
    context: Path
    settings: Path
    image_id: Path
    scratch: Path

    @classmethod
    def make(cls, folder: Path) -> BuildFiles:
        """Make the folders in `folder`; but for `scratch`, other users cannot look into them."""
        private = folder / "private"
        private.mkdir(mode=0o700)
        made = [private / "context", private / "settings", folder / "scratch"]
        for each in made:
            each.mkdir()
        make_passable(made[-1])
        return cls(private / "Containerfile", made[0], made[1], private / "id", made[2])


def build_image(
    image: BuiltImage | DebianImage,
    labels: Mapping[str, str],
    *,
    suites: Collection[str] = (),
    on_line: Report | None = None,
    timeout: float = TIMEOUT,
) -> str:
    """Build, tag and label an image; returns its id.

    `suites` are Debian's suites that RUN steps may install from: those of the project's base
    images. The caller sees to it that no two builds of an image run at once: what a killed one left
    is removed first. `timeout` is in seconds. Errors: BuildFailed, CommandFailed, DiskFull.
    """
    with build_folder(image.name) as folder, explain_full_disk(folder):
        files = BuildFiles.make(folder)
        remove_leftovers(files.settings)
        _fill(image, files, suites, on_line)
        with files.containerfile.open("a") as file:
            file.write(render_labels(labels))
        argv = render_build(image_reference(image), files, _version())
        try:
            _run_build(image.name, argv, files.scratch, on_line, timeout)
        except BaseException:
            remove_leftovers(files.settings)
            raise
        return files.image_id.read_text().strip().removeprefix("sha256:")


def render_build(reference: str, files: BuildFiles, version: tuple[int, ...]) -> list[str]:
    """The command that builds, for a version of buildah."""
    return [
        "buildah",
        "bud",
        "--layers",
        f"--tag={reference}",
        f"--file={files.containerfile}",
        f"--volume={files.settings}:{MOUNTED_AT}",
        f"--iidfile={files.image_id}",
        *(["--security-opt=seccomp=unconfined"] if version < KNOWS_NEW_CALLS else []),
        str(files.context),
    ]


def render_labels(labels: Mapping[str, str]) -> str:
    """The last step of a Containerfile. Not `--label`: 1.19 drops it when all steps come from its cache."""
    return "".join(f"\nLABEL {name}={json.dumps(value)}" for name, value in labels.items()) + "\n"


def parse_version(said: str) -> tuple[int, ...]:
    """(1, 28, 2) from "buildah version 1.28.2 (image-spec ...)"."""
    return tuple(int(part) for part in said.split()[2].split("-")[0].split("."))


def _version() -> tuple[int, ...]:
    return parse_version(read(["buildah", "--version"], doing="asking buildah for its version", timeout=60.0))


def _fill(
    image: BuiltImage | DebianImage, files: BuildFiles, suites: Collection[str], on_line: Report | None
) -> None:
    if isinstance(image, DebianImage):
        make_context(image, files.context, files.scratch, on_line)
        (files.context / files.containerfile.name).rename(files.containerfile)
    else:
        write_settings(files.settings, suites)
        stage_context(image, files.context)
        files.containerfile.write_bytes(image.containerfile.read_bytes())


def _run_build(image: str, argv: Sequence[str], scratch: Path, on_line: Report | None, timeout: float) -> None:
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        if on_line:
            on_line(line)

    try:
        run(argv, doing=f"building {image}", timeout=timeout, env={"TMPDIR": str(scratch)}, on_line=hear)
    except CommandFailed as error:
        raise build_failed(image, error, lines) from error
