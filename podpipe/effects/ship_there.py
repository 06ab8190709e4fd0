"""The other machine's part of `ship`: what it is asked, what it answers, and the script that makes an image there.

What was sent lies in its ~/.cache/podpipe/ship, each file named by its SHA-256, until the image is made.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from podpipe.definition.platform import Platform, platform_of
from podpipe.effects.ssh import Host, ask
from podpipe.errors import PodpipeError

NEEDS = "sudo apt-get install --no-install-recommends"
VERSION = "Directory Transport Version: 1.1\n"
ENTER = 'ship=${XDG_CACHE_HOME:-$HOME/.cache}/podpipe/ship\nmkdir -p -m 700 "$ship"\ncd "$ship"\n'
# What a ship that was never repeated left goes after a week.
LOOK = f"""\
set -e
{ENTER}find . -mindepth 1 -mtime +7 -delete
dpkg --print-architecture
for program in skopeo podman; do command -v $program >/dev/null || echo "lacks $program"; done
for file in *; do [ ! -f "$file" ] || stat --format 'holds %s %n' "$file"; done
images=$(podman images --quiet | sort -u)
[ -z "$images" ] || podman image inspect $images
"""
# take NAME SIZE REST: head reads no further than it must, so the next take finds its own bytes.
TAKE = """\
take() {
  head -c "$3" >>"$1.part"
  if [ "$(stat --format %s "$1.part")" -ne "$2" ]; then echo 'the connection broke off' >&2; exit 1; fi
  if ! echo "$1  $1.part" | sha256sum --check --status; then
    rm "$1.part"
    echo "what arrived is not what was sent: sha256:$1" >&2
    exit 1
  fi
  mv "$1.part" "$1"
}
"""


@dataclass(frozen=True)
class There:
    """What the other machine has: `holds` are the sizes of what was sent and not yet used, by name."""

    platform: Platform
    holds: Mapping[str, int]
    layers: frozenset[str]
    tags: Mapping[str, tuple[str, ...]]


def look_there(host: Host) -> There:
    """Ask the other machine. Errors: CommandFailed, PodpipeError."""
    return parse_look(ask(host, LOOK, doing=f"looking at {host}"), host)


def parse_look(said: str, host: Host) -> There:
    """The answer to LOOK. Errors: PodpipeError where a program is missing there, or no answer can be read."""
    head, bracket, images = said.partition("\n[")
    machine, *lines = head.splitlines() or [""]
    lacking = [line.split()[1] for line in lines if line.startswith("lacks ")]
    if lacking:
        hint = f"install it there: {NEEDS} {' '.join(lacking)}"
        raise PodpipeError(f"{host} has no {' and no '.join(lacking)}", hint=hint)
    try:
        known = json.loads(f"[{images}") if bracket else []
        layers = frozenset(layer for image in known for layer in image["RootFS"]["Layers"] or ())
        tags = {image["Id"].removeprefix("sha256:"): tuple(image["RepoTags"] or ()) for image in known}
        files = (line.split(maxsplit=2)[1:] for line in lines if line.startswith("holds "))
        holds = {name: int(size) for size, name in files}
        return There(platform_of(machine), holds, layers, tags)
    except (ValueError, LookupError, TypeError) as error:
        raise PodpipeError(f"what {host} answers cannot be read", lines=lines[:5]) from error


def plan_files(sizes: Mapping[str, int], holds: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """(name, size, the bytes of it that are already there) of each file; one that is too long is a stranger's."""
    partial = {name: holds.get(name, holds.get(f"{name}.part", 0)) for name in sizes}
    return [(name, size, partial[name] if partial[name] <= size else 0) for name, size in sizes.items()]


def render_delivery(files: Sequence[tuple[str, int, int]], manifest: str, target: str, identity: str) -> str:
    """The script that takes the files from its stdin, makes the image of them and prints the image's ID."""
    takes = [f"take {name} {size} {size - there}" for name, size, there in files]
    # A file that is whole already is checked once more; one that is longer than it should be begins anew.
    begin = [f"[ ! -f {name} ] || mv {name} {name}.part" for name, _, _ in files]
    begin += [f"rm -f {name}.part" for name, _, there in files if not there]
    names = " ".join(name for name, _, _ in files)
    return f"""\
set -e
{ENTER}{TAKE}{chr(10).join([*begin, *takes])}
rm -rf {identity}.image
mkdir {identity}.image
ln {names} {identity}.image/
mv {identity}.image/{manifest} {identity}.image/manifest.json
printf %s {shlex.quote(VERSION)} >{identity}.image/version
skopeo copy --quiet "dir:$PWD/{identity}.image" {shlex.quote(f"containers-storage:{target}")} >&2
rm -rf {identity}.image {names}
exec podman image inspect --format '{{{{.Id}}}}' {shlex.quote(target)}
"""
