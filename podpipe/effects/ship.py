"""Images sent to another machine over ssh, without a registry: only the layers that it lacks, or what is left of them.

skopeo gives each layer as the uncompressed tar that its digest in the image's configuration is of. So the other machine
can be asked which it has, a layer that was half sent is continued where it ended, and ssh does the compressing.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from podpipe.definition.names import qualified_reference
from podpipe.definition.platform import Platform
from podpipe.effects.debian import architecture
from podpipe.effects.folders import cache_home
from podpipe.effects.process import run
from podpipe.effects.ship_there import There, look_there, plan_files, render_delivery
from podpipe.effects.ssh import Host, ask, send
from podpipe.errors import CommandFailed, NotFound, PodpipeError, UsageError
from podpipe.files import checksum, explain_full_disk

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine
    from podpipe.report import Report

JSON = dict[str, Any]

EXPORTING = 1800.0  # seconds
STORING = 3600.0  # seconds that the other machine may take after the last byte: a Pi writes slowly
CHUNK = 1 << 18
MEGABYTE = 10**6


@dataclass(frozen=True)
class Shipment:
    """What was sent: `size` is the whole image, `sent` what went over the line before compression, both in bytes."""

    image: str
    reference: str
    id: str
    size: int
    sent: int


def ship_image(engine: Engine, name: str, host: Host, tag: str = "latest", *, report: Report) -> Shipment:
    """Make `localhost/NAME:latest` of this machine, or the same built for the other's platform, known there by `tag`.

    Errors: UsageError for a tag that is none; NotFound where it has not been built for that platform; CommandFailed,
    after which the same again goes on where this ended; PodpipeError where the other machine lacks a program.
    """
    if not qualified_reference(f"localhost/{name}:{tag}"):
        raise UsageError(f"{tag[:80]!r} is not a tag", hint="use letters, digits, `.`, `_` and `-`")
    there = look_there(host)
    source, target = source_reference(name, there.platform), f"localhost/{name}:{tag}"
    image = _inspect(engine, name, source, there.platform)
    identity, size = image["Id"].removeprefix("sha256:"), int(image.get("Size") or 0)
    if identity in there.tags:
        if target not in there.tags[identity]:
            ask(host, f"exec podman tag {identity} {shlex.quote(target)}", doing=f"naming {target} on {host}")
        return Shipment(name, target, identity, size, 0)
    with _exported(source, report) as folder:
        sent = _deliver(folder, host, there, target, identity, report)
    return Shipment(name, target, identity, size, sent)


def source_reference(name: str, platform: Platform) -> str:
    """What an image built here for a platform is called here."""
    return f"localhost/{name}:{'latest' if platform.debian == architecture() else platform.tag}"


@contextmanager
def _exported(source: str, report: Report) -> Iterator[Path]:
    """A folder with the image's parts, each named by its SHA-256, the manifest too."""
    cache = cache_home() / "ship"
    with explain_full_disk(cache):
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_stale(cache)
        with TemporaryDirectory(dir=cache, prefix=f"{os.getpid()}-") as folder:
            report(f"reading {source}")
            argv = ["skopeo", "copy", "--quiet", f"containers-storage:{source}", f"dir:{folder}"]
            run(argv, doing=f"reading {source}", timeout=EXPORTING)
            yield Path(folder)


def _remove_stale(cache: Path) -> None:
    """What a killed podpipe left. On a machine that is shipped to, others' files lie here too."""
    for folder in cache.glob("[0-9]*-*"):
        if not Path("/proc", folder.name.partition("-")[0]).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _inspect(engine: Engine, name: str, source: str, platform: Platform) -> JSON:
    """The image, which must be for the platform: one that was pulled may be for another than its name says."""
    hint = f"build it for that: podpipe build --platform {platform} {name}"
    try:
        image = engine.inspect_image(source)
    except NotFound as error:
        raise NotFound(f"{source}, for {platform}, is not here", hint=hint) from error
    if image.get("Architecture") != platform.architecture:
        raise NotFound(f"{source} is for {image.get('Architecture')}, not for {platform}", hint=hint)
    return image


def _deliver(folder: Path, host: Host, there: There, target: str, identity: str, report: Report) -> int:
    try:
        return _send(folder, host, there, there.layers, target, identity, report)
    except CommandFailed as error:
        # An image there names a layer that its storage does not find by this digest.
        if not any("reading blob" in line for line in error.lines):
            raise
        return _send(folder, host, look_there(host), (), target, identity, report)


def _send(
    folder: Path, host: Host, there: There, known: Collection[str], target: str, identity: str, report: Report
) -> int:
    content = (folder / "manifest.json").read_bytes()
    name = checksum(content)
    (folder / name).write_bytes(content)
    manifest = json.loads(content)
    digests = [layer["digest"] for layer in manifest["layers"] if layer["digest"] not in known]
    names = dict.fromkeys([name, *(digest.partition(":")[2] for digest in (manifest["config"]["digest"], *digests))])
    files = plan_files({each: (folder / each).stat().st_size for each in names}, there.holds)
    script = render_delivery(files, name, target, identity)
    progress = _Progress(target, host, files, report)
    made = send(host, script, progress.read(folder), doing=f"sending {target} to {host}", timeout=STORING).strip()
    if made.removeprefix("sha256:") != identity:
        raise PodpipeError(f"{target} on {host} is {made[:80]}, and not {identity}", hint="run the same again")
    return progress.total


class _Progress:
    """The bytes that are sent, and how many of them so far."""

    def __init__(self, target: str, host: Host, files: Sequence[tuple[str, int, int]], report: Report) -> None:
        self.files = files
        self.total = sum(size - there for _, size, there in files)
        self._doing = f"sending {target} to {host}"
        self._report = report

    def read(self, folder: Path) -> Iterator[bytes]:
        done, said = 0, -1
        for name, _, there in self.files:
            with (folder / name).open("rb") as file:
                file.seek(there)
                while chunk := file.read(CHUNK):
                    if said < 10 * done // self.total:
                        said = 10 * done // self.total
                        self._report(f"{self._doing}: {done / MEGABYTE:.1f} of {self.total / MEGABYTE:.1f} MB")
                    yield chunk
                    done += len(chunk)
        self._report(f"{self._doing}: all {self.total / MEGABYTE:.1f} MB sent; it is being stored there")
