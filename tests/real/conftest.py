"""A real Podman for whoever runs the tests, and an image that needs no registry."""

from __future__ import annotations

import io
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

from podpipe.effects.apt import sources
from podpipe.effects.debian import KEYRING
from podpipe.effects.engine import connect
from podpipe.effects.folders import state_home
from podpipe.effects.libpod import Libpod
from podpipe.effects.process import run
from podpipe.errors import NotFound
from tests.real.starter import Starter

TINY = "localhost/podpipe-tiny:2"
FOLDERS = {"bin": 0o755, "dev": 0o755, "etc": 0o755, "proc": 0o755, "srv": 0o755, "sys": 0o755, "tmp": 0o1777}
APPLETS = ("cat", "echo", "grep", "hostname", "httpd", "id", "ls", "printf", "sh", "sleep")
APPLETS += ("timeout", "touch", "true", "wget")
PASSWD = b"root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000:user:/:/bin/sh\n"


@pytest.fixture(scope="session", autouse=True)
def nobody_else_at_home() -> None:
    """Forget the projects of a session that was killed: their folders are kept for a while."""
    for note in state_home().glob("*/folder"):
        if "/pytest-of-" in note.read_text():
            note.unlink()


@pytest.fixture(scope="session")
def engine() -> Libpod:
    """Podman's API, started if need be."""
    return connect()


@pytest.fixture(scope="session")
def tiny_image(engine: Libpod, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The reference of an image of 2 MB with a shell, sleep, httpd and wget. It stays for the next session."""
    try:
        engine.inspect_image(TINY)
    except NotFound:
        archive = tmp_path_factory.mktemp("tiny") / "tiny.tar"
        write_tiny(archive, from_package("busybox-static", "/bin/busybox", archive.parent))
        run(["podman", "import", "--quiet", str(archive), TINY], doing="importing the tiny image", timeout=120)
    return TINY


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    """The starter project, built and running."""
    starter = Starter(tmp_path_factory.mktemp("starter"))
    starter.folder.parent.chmod(0o755)  # containers read the content as another user
    starter.project.up()
    yield starter
    starter.remove()


@pytest.fixture
def unique(engine: Libpod) -> Iterator[Callable[[str], str]]:
    """Names for pods, containers and volumes that nobody else uses; what bears them is removed afterwards."""
    given: list[str] = []

    def name(word: str) -> str:
        given.append(f"test-{word}-{uuid.uuid4().hex[:8]}")
        return given[-1]

    yield name
    for each in given:
        engine.remove_pod(each)
        engine.remove_container(each)
    subprocess.run(["podman", "volume", "rm", "--force", *given], capture_output=True)


def from_package(package: str, path: str, folder: Path, suite: str = "bookworm", machine: str = "") -> bytes:
    """A file of a package of Debian's, which is unpacked without being installed; `machine` is Debian's word."""
    archive = folder / f"{package}.tar"
    command = ["mmdebstrap", "--quiet", "--mode=unshare", "--variant=extract", f"--include={package}"]
    command += [f"--architectures={machine}"] if machine else []
    places = [str(source) for source in sources(suite) if source.is_suite]
    run([*command, f"--keyring={KEYRING}", suite, str(archive), *places], doing=f"fetching {package}", timeout=300)
    with tarfile.open(archive) as tar:
        entry = next(entry for entry in tar if entry.name.endswith(path))
        content = tar.extractfile(entry)
        assert content is not None
        return content.read()


def write_tiny(archive: Path, busybox: bytes) -> None:
    with tarfile.open(archive, "w") as tar:
        for folder, mode in FOLDERS.items():
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry)
        for path, content, mode in (("bin/busybox", busybox, 0o755), ("etc/passwd", PASSWD, 0o644)):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
        for applet in APPLETS:
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
