"""Who turns Quadlet files into units here: Podman's own generator, podpipe's where it is installed, or `up` itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from podpipe.effects.process import read
from podpipe.errors import CommandFailed, Unsupported

if TYPE_CHECKING:
    from podpipe.render.unitfile import UnitFile

# Where systemd looks for user generators (systemd.generator(7)).
FOLDERS = tuple(
    Path(folder)
    for folder in (
        "/run/systemd/user-generators",
        "/etc/systemd/user-generators",
        "/usr/local/lib/systemd/user-generators",
        "/usr/lib/systemd/user-generators",
    )
)
PODMANS_OWN, OURS = "podman-user-generator", "podpipe-quadlet"
PATIENCE = 60.0  # seconds
KNOWS_PODS = (5, 0, 0)  # Quadlet came with Podman 4.4, its .pod files with 5.0


def find_generator(version: tuple[int, int, int]) -> str:
    """The name of the generator that will read our files; "" where there is none."""
    names = [PODMANS_OWN] if version >= KNOWS_PODS else []
    found = [name for name in (*names, OURS) if any((folder / name).exists() for folder in FOLDERS)]
    return found[0] if found else ""


def generator_words(name: str) -> list[str]:
    """What a generator has to say about the files that it finds; nothing where it is ""."""
    path = next((folder / name for folder in FOLDERS if name and (folder / name).exists()), None)
    if path is None:
        return []
    try:
        read([str(path), "-user", "-dryrun"], doing="asking the generator", timeout=PATIENCE)
    except CommandFailed as error:
        return list(error.lines)
    return []


def compile_units(files: Iterable[UnitFile], folder: Path, version: tuple[int, ...]) -> dict[str, str]:
    """The services of Quadlet files that lie in `folder`, as podpipe's own generator makes them.

    Errors: Unsupported for what this Podman has no equivalent for.
    """
    from podpipe.quadlet.generator import generate

    sources = {str(folder / file.name): file.text for file in files if file.is_quadlet}
    made = generate(sources, user=True, version=version)
    if made.errors:
        raise Unsupported(
            f"Podman {'.'.join(map(str, version))} cannot run what the definition says",
            hint="leave it out of the definition, or use a newer Podman",
            lines=made.errors,
        )
    return dict(made.files)
