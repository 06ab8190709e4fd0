"""Build images with buildah: the one door to it.

Whatever ends a build, an image's name moves only when the new image is whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from podpipe.definition.containerfile import parse_stages, replace_bases
from podpipe.definition.platform import Platform
from podpipe.definition.specs import BuiltImage, DebianImage, local_reference
from podpipe.effects.build_failure import build_failed
from podpipe.effects.build_folder import build_folder, make_passable
from podpipe.effects.build_leftovers import remove_leftovers
from podpipe.effects.build_settings import MOUNTED_AT, write_settings
from podpipe.effects.context import stage_context
from podpipe.effects.debian import make_context
from podpipe.effects.platforms import stand_on_bases_for
from podpipe.effects.process import read, run
from podpipe.errors import BuildFailed, CommandFailed
from podpipe.files import explain_full_disk
from podpipe.report import Report

TIMEOUT = 7200.0  # seconds that a build may take: a Pi needs half an hour for a big one

# Before, buildah's seccomp profile answers EPERM to the system calls of newer C libraries (clone3),
# which these then take for a failure: no threads in `RUN` on a base of Bookworm.
KNOWS_NEW_CALLS = (1, 22)

TEST = "test"  # the stage that must pass before an image gets its name

Step = Callable[[str], AbstractContextManager[None]]


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
    reference: str = "",
    suites: Collection[str] = (),
    platform: Platform | None = None,
    on_line: Report | None = None,
    timeout: float = TIMEOUT,
    step: Step = lambda _: nullcontext(),
) -> str:
    """Build, tag and label an image, once its `test` stage has passed where it has one; returns its id.

    It is tagged as `reference` (none: as the manifests name it; for another `platform` than this machine's own with
    the platform's tag, which its bases bear too). `step` is entered for "test" and "build".

    `suites` are Debian's suites that RUN steps may install from: those of the project's base
    images. The caller sees to it that no two builds of an image run at once: what a killed one left
    is removed first. `timeout` is in seconds. Errors: BuildFailed, CommandFailed, DiskFull.
    """
    tag = platform.tag if platform else "latest"
    with build_folder(f"{image.name}.{tag}" if platform else image.name) as folder, explain_full_disk(folder):
        files = BuildFiles.make(folder)
        remove_leftovers(files.settings)
        _fill(image, files, suites, platform, on_line)
        with files.containerfile.open("a") as file:
            file.write(render_labels(labels))
        version, name = _version(), reference or local_reference(image.name, tag)
        build = render_build(files, version, name, platform=platform)
        try:
            if has_test(image):
                test = render_build(files, version, stage=TEST, platform=platform)
                with step("test"):
                    _run_build(image.name, test, files.scratch, on_line, timeout)
            with step("build"):
                _run_build(image.name, build, files.scratch, on_line, timeout)
        except BaseException:
            remove_leftovers(files.settings)
            raise
        return files.image_id.read_text().strip().removeprefix("sha256:")


def has_test(image: BuiltImage | DebianImage) -> bool:
    """Whether its Containerfile has a stage `test`. Errors: BuildFailed where that is the last, the image itself."""
    stages = parse_stages(image.containerfile.read_text(errors="replace")) if isinstance(image, BuiltImage) else []
    if stages and stages[-1] == TEST:
        raise BuildFailed(
            f"{image.name}: the stage `{TEST}` is the last of the Containerfile, so it would be the image",
            hint="write it before the last stage: what is built is the last one",
        )
    return TEST in stages


def render_build(
    files: BuildFiles,
    version: tuple[int, ...],
    reference: str = "",
    *,
    stage: str = "",
    platform: Platform | None = None,
) -> list[str]:
    """The command that builds, for a version of buildah: the whole image as `reference`, or a `stage` of it."""
    return [
        "buildah",
        "bud",
        "--layers",
        f"--target={stage}" if stage else f"--tag={reference}",
        f"--file={files.containerfile}",
        f"--volume={files.settings}:{MOUNTED_AT}",
        f"--iidfile={files.image_id}",
        *([f"--platform={platform}"] if platform else []),
        *(["--security-opt=seccomp=unconfined"] if version < KNOWS_NEW_CALLS else []),
        str(files.context),
    ]


def render_labels(labels: Mapping[str, str]) -> str:
    """The last step of a Containerfile: one for all, because each costs a commit.

    Not `--label`: 1.19 drops it when all steps come from its cache.
    """
    words = [f"{name}={_quoted(value)}" for name, value in labels.items()]
    return f"\nLABEL {' '.join(words)}\n" if words else "\n"


def _quoted(value: str) -> str:
    """As Dockerfiles quote, where a `$` would begin a variable."""
    return json.dumps(value, ensure_ascii=False).replace("$", "\\$")


def parse_version(said: str) -> tuple[int, ...]:
    """(1, 28, 2) from "buildah version 1.28.2 (image-spec ...)"."""
    return tuple(int(part) for part in said.split()[2].split("-")[0].split("."))


def _version() -> tuple[int, ...]:
    return parse_version(read(["buildah", "--version"], doing="asking buildah for its version", timeout=60.0))


def _fill(
    image: BuiltImage | DebianImage,
    files: BuildFiles,
    suites: Collection[str],
    platform: Platform | None,
    on_line: Report | None,
) -> None:
    if isinstance(image, DebianImage):
        make_context(image, files.context, files.scratch, on_line, platform.debian if platform else "")
        (files.context / files.containerfile.name).rename(files.containerfile)
    else:
        write_settings(files.settings, suites)
        stage_context(image, files.context)
        stand_ins = {local_reference(named): local_reference(other) for named, other in image.stand_ins}
        text = image.containerfile.read_bytes().decode(errors="surrogateescape")
        files.containerfile.write_text(replace_bases(text, stand_ins) if stand_ins else text, errors="surrogateescape")
        if platform:
            stand_on_bases_for(platform, files.containerfile, on_line)


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
