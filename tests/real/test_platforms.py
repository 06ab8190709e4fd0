"""An image for another machine, built here."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe.definition.platform import parse_platform
from podpipe.definition.specs import BuiltImage
from podpipe.effects.buildah import build_image
from podpipe.effects.libpod import Libpod
from podpipe.effects.platforms import foreign, missing_emulator
from podpipe.effects.process import run
from tests.real.conftest import from_package, write_tiny

pytestmark = [pytest.mark.real, pytest.mark.once]

PI = parse_platform("linux/arm/v7")


@pytest.fixture(scope="module")
def base(engine: Libpod, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of an image of the Pi's platform."""
    folder, name = tmp_path_factory.mktemp("base"), f"test-{uuid.uuid4().hex[:8]}"
    write_tiny(folder / "tiny.tar", from_package("busybox-static", "/bin/busybox", folder, machine=PI.debian))
    (folder / "Containerfile").write_text("FROM scratch\nADD tiny.tar /\n")
    reference = f"localhost/{name}:{PI.tag}"
    command = ["buildah", "bud", "--quiet", f"--platform={PI}", f"--tag={reference}", str(folder)]
    run(command, doing="making a base", timeout=120)
    yield name
    subprocess.run(["podman", "rmi", "--force", reference], capture_output=True)


@pytest.mark.skipif(foreign(PI) is not None and bool(missing_emulator(PI)), reason=f"needs {missing_emulator(PI)}")
def test_an_image_is_built_on_its_platforms_base(engine: Libpod, base: str, tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text(f"FROM localhost/{base}\nRUN sh -c 'echo it runs $(cat /proc/version)'\n")
    name, lines = f"test-{uuid.uuid4().hex[:8]}", list[str]()
    image = BuiltImage(name, tmp_path, tmp_path / "Containerfile", bases=(base,))
    try:
        made = build_image(image, {"hash": "1"}, platform=PI, on_line=lines.append)
        seen = engine.inspect_image(f"localhost/{name}:{PI.tag}")
        assert seen["Id"].removeprefix("sha256:") == made
        assert (seen["Os"], seen["Architecture"]) == ("linux", "arm")
        assert any(line.startswith("it runs Linux") for line in lines)
        assert subprocess.run(["podman", "image", "exists", f"localhost/{name}:latest"]).returncode == 1
    finally:
        subprocess.run(["podman", "rmi", "--force", f"localhost/{name}:{PI.tag}"], capture_output=True)
