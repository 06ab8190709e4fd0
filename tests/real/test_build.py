"""buildah itself: what it makes of podpipe's commands, and what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe.definition.specs import BuiltImage
from podpipe.effects import apt
from podpipe.effects.build_folder import PARENT
from podpipe.effects.buildah import build_image
from podpipe.effects.engine import connect
from podpipe.effects.libpod import Libpod
from podpipe.effects.process import read, run
from podpipe.errors import BuildFailed, DiskFull, EngineUnavailable

pytestmark = pytest.mark.real


class Workshop:
    """One image's context, and what builds of it print."""

    def __init__(self, context: Path, base: str) -> None:
        self.image = BuiltImage(f"test-{uuid.uuid4().hex[:8]}", context, context / "Containerfile")
        self.reference = f"localhost/{self.image.name}:latest"
        self.base = base
        self.lines: list[str] = []

    def write(self, steps: str) -> None:
        """The label makes the layers this test's own: those of an earlier run are no cache for it."""
        self.image.containerfile.write_text(f"FROM {self.base}\nLABEL test={self.image.name}\n{steps}\n")

    def build(self, steps: str, *, timeout: float = 120.0, **labels: str) -> str:
        self.write(steps)
        self.lines.clear()
        return build_image(self.image, labels, suites=["bookworm"], on_line=self.lines.append, timeout=timeout)


@pytest.fixture
def workshop(tmp_path: Path, tiny_image: str) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path, tiny_image)
    yield workshop
    subprocess.run(["podman", "rmi", "--force", workshop.reference], capture_output=True)


def containers() -> set[str]:
    return set(read(["buildah", "containers", "--quiet"], doing="listing", timeout=60).split())


def test_an_image_gets_its_name_and_labels(workshop: Workshop, engine: Libpod) -> None:
    (workshop.image.context / "page").write_text("hello\n")
    made = workshop.build("COPY page /srv/page\nRUN cat /srv/page", hash="1")
    image = engine.inspect_image(workshop.reference)
    assert image["Id"].removeprefix("sha256:") == made
    assert image["Labels"]["hash"] == "1"
    assert "hello" in workshop.lines
    assert not (PARENT / f"podpipe-{os.getuid()}" / workshop.image.name).exists()


def test_layers_are_cached_and_labels_still_follow(workshop: Workshop, engine: Libpod) -> None:
    workshop.build("RUN echo working", hash="1")
    workshop.build("RUN echo working", hash="2")
    assert "working" not in workshop.lines
    assert engine.inspect_image(workshop.reference)["Labels"]["hash"] == "2"


def test_another_checkout_of_the_same_files_is_cached_too(workshop: Workshop) -> None:
    page = workshop.image.context / "page"
    page.write_text("hello")
    workshop.build("COPY page /srv/page\nRUN echo working")
    os.utime(page, (1, 1))
    workshop.build("COPY page /srv/page\nRUN echo working")
    assert "working" not in workshop.lines


def test_a_failing_step_is_quoted_and_the_old_image_stays(workshop: Workshop, engine: Libpod) -> None:
    before, others = workshop.build("RUN true"), containers()
    with pytest.raises(BuildFailed) as caught:
        workshop.build("RUN true\nRUN echo out; echo err >&2; exit 7\nRUN true")
    assert "RUN echo out; echo err >&2; exit 7 failed (exit status 7)" in caught.value.message
    assert {"out", "err"} <= set(caught.value.lines)
    assert engine.inspect_image(workshop.reference)["Id"].removeprefix("sha256:") == before
    assert containers() == others


def test_a_full_disk_in_a_step_is_told_from_other_failures(workshop: Workshop) -> None:
    with pytest.raises(DiskFull):
        workshop.build("RUN cat /bin/busybox >/dev/full")


def test_a_step_that_takes_too_long_is_ended(workshop: Workshop) -> None:
    before = containers()
    with pytest.raises(BuildFailed, match=r"did not end within 8 s, in step 3.*: RUN sleep 1000"):
        workshop.build("RUN sleep 1000", timeout=8)
    assert containers() == before


def test_a_killed_build_leaves_nothing_after_the_next(workshop: Workshop, tmp_path: Path) -> None:
    before = containers()
    workshop.write("RUN echo it-runs; sleep 1000")
    code = (
        "import sys; from pathlib import Path; from podpipe.definition.specs import BuiltImage\n"
        "from podpipe.effects.buildah import build_image\n"
        "image = BuiltImage(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[2], 'Containerfile'))\n"
        "build_image(image, {}, on_line=lambda line: print(line, flush=True))\n"
    )
    command = [sys.executable, "-c", code, workshop.image.name, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        while (line := ours.stdout.readline()) != "it-runs\n":
            assert line
        ours.send_signal(signal.SIGKILL)
    assert eventually_gone(f"podpipe-{os.getuid()}/{workshop.image.name}/")
    assert containers() - before
    workshop.build("RUN true")
    assert containers() == before


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A store of images that is this test's own, its service at engine.sock beside it."""
    settings, folder = tmp_path / "storage.conf", tmp_path / "store"
    places = {"graphroot": folder, "rootless_storage_path": folder, "runroot": tmp_path / "run"}
    lines = [f'{key} = "{place}"' for key, place in places.items()]
    settings.write_text("\n".join(["[storage]", 'driver = "overlay"', *lines, ""]))
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(settings))
    address = f"unix://{tmp_path}/engine.sock"
    with subprocess.Popen(["podman", "system", "service", "--time=0", address]) as service:
        monkeypatch.setenv("CONTAINER_HOST", address)
        until_it_answers()
        yield folder
        service.terminate()
    subprocess.run(["podman", "unshare", "umount", str(folder / "overlay")], check=False)  # it mounts this on itself


def until_it_answers() -> None:
    for _ in range(300):
        with contextlib.suppress(EngineUnavailable):
            connect()
            return
        time.sleep(0.1)
    raise AssertionError("no Podman answers")


def test_of_two_half_written_images_none_is_in_the_way(store: Path) -> None:
    made = {}
    for name in ("one", "two", "whole"):
        container = read(["buildah", "from", "scratch"], doing="making", timeout=60).strip()
        read(["buildah", "config", "--label", f"name={name}", container], doing="naming", timeout=60)
        commit = ["buildah", "commit", "--quiet", "--rm", container, f"localhost/{name}"]
        made[name] = read(commit, doing="committing", timeout=60).strip()
    for name in ("one", "two"):
        (store / "overlay-images" / made[name] / "manifest").unlink()
    names = [name for image in connect().images() for name in image["RepoTags"] or ()]
    assert "localhost/whole:latest" in names


def eventually_gone(argument: str) -> bool:
    """Whether soon no process has `argument` in its command line."""
    for _ in range(100):
        if not any(argument in words for words in map(command_line, Path("/proc").glob("[0-9]*"))):
            return True
        time.sleep(0.1)
    return False


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def test_a_build_sees_the_machines_settings_and_keeps_no_trace(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "me:secret-word"
    monkeypatch.setenv("http_proxy", f"http://{secret}@proxy.invalid:3128")
    monkeypatch.setenv("PIP_INDEX_URL", f"https://{secret}@index.invalid/simple")
    mirror = apt.Source(f"http://{secret}@mirror.invalid/debian", "bookworm")
    monkeypatch.setattr(apt, "sources", lambda suite: (mirror,))
    workshop.build("RUN cd /mnt && cat pip.conf bookworm.list && echo $http_proxy && touch lists/x cache/x /etc/new")
    printed = "\n".join(workshop.lines)
    saved = tmp_path / "image.tar"
    run(["podman", "save", "--quiet", "--output", str(saved), workshop.reference], doing="saving", timeout=120)
    content = saved.read_bytes()  # configuration, history and uncompressed layers
    assert b"etc/new" in content
    for host in ("proxy.invalid", "index.invalid", "mirror.invalid"):
        assert host in printed
        assert host.encode() not in content
    assert "secret-word" not in printed
    assert b"secret-word" not in content


RULES = r"""
*.tmp
!keep.tmp
a/**/x
b
!b/keep
**/deep
c/
d?
!d2
[ef]
\*
#h
g/*
!g/1
"""
TREE = ["keep.tmp", "lost.tmp", "a/x", "a/1/x", "a/1/2/x", "a/1/y", "b/keep", "b/lost", "o/deep/1", "deep", "c/1"]
TREE += ["o/c/1", "d1", "d2", "e", "f", "*", "#h", "g/1", "g/2", "o/g/2", "o/lost.tmp"]
LISTING = """\
COPY . /srv/context
RUN cd /srv/context && set -f && for file in $(ls -aR); do echo "found $file"; done"""


def test_ignore_files_mean_what_buildah_takes_them_for(workshop: Workshop) -> None:
    context = workshop.image.context
    for path in TREE:
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        (context / path).write_text("")
    (context / ".dockerignore").write_text(RULES)
    workshop.build(LISTING)
    ours = [line for line in workshop.lines if line.startswith("found ")]
    theirs = run(
        ["buildah", "bud", "--no-cache", "--tag", workshop.reference, str(context)], doing="comparing", timeout=120
    )
    assert ours == [line for line in theirs if line.startswith("found ")]
