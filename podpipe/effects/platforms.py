"""Building for machines of another kind: what runs their programs here, and the images that their images stand on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from platform import machine

from podpipe.definition.containerfile import parse_bases, replace_bases
from podpipe.definition.names import qualified_reference
from podpipe.definition.platform import Platform
from podpipe.effects.debian import architecture
from podpipe.effects.machine.kernel import EMULATORS, serves_containers
from podpipe.effects.process import run
from podpipe.errors import Unsupported

FETCHING = 1800.0  # seconds
REGISTERED = Path(EMULATORS)
INSTALL = "sudo apt-get install --no-install-recommends qemu-user-static binfmt-support arch-test"


def foreign(platform: Platform) -> Platform | None:
    """The platform, or None where it is this machine's own."""
    return None if platform.debian == architecture() else platform


def missing_emulator(platform: Platform, registered: Path = REGISTERED) -> str:
    """The command that lets this machine run a platform's programs, in containers too; "" where it does."""
    if not shutil.which("arch-test"):  # mmdebstrap asks it
        return INSTALL
    if platform.runs_on(machine()):
        return ""
    try:
        entry = (registered / platform.emulator).read_text()
    except OSError:
        return INSTALL
    if "enabled" not in entry.splitlines():
        return f"sudo update-binfmts --enable {platform.emulator}"
    return "" if serves_containers(entry) else INSTALL


def check_emulator(platform: Platform) -> None:
    """Errors: Unsupported where this machine does not run a platform's programs."""
    command = missing_emulator(platform)
    if command:
        raise Unsupported(f"this machine does not run programs for {platform}", hint=f"let qemu run them: {command}")


def reference_for(platform: Platform, reference: str) -> str:
    """What an image is called here that is of another platform than this machine: `localhost/...:...linux-arm-v7`.

    Errors: none; an image of a registry keeps its name's parts.
    """
    name, _, digest = reference.partition("@")
    path, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        path, tag = name, "latest"
    if path.startswith("localhost/"):
        return f"{path}:{platform.tag}"
    label = digest.partition(":")[2][:12] or tag
    return f"localhost/{path.replace(':', '-').lower()}:{label}-{platform.tag}"


def stand_on_bases_for(platform: Platform, containerfile: Path, on_line: Callable[[str], None] | None) -> None:
    """Let a Containerfile name the platform's images, and fetch those that come from registries.

    Left to itself buildah would give their names, which this machine's own images bear, to the other platform's.
    Errors: CommandFailed.
    """
    text = containerfile.read_text(errors="surrogateescape")
    references = {}
    for base in parse_bases(text):
        qualified = qualified_reference(base.reference)
        if qualified:
            references[qualified] = reference_for(platform, qualified)
            if not qualified.startswith("localhost/"):
                _fetch(platform, qualified, references[qualified], on_line)
    containerfile.write_text(replace_bases(text, references), errors="surrogateescape")


def _fetch(platform: Platform, reference: str, target: str, on_line: Callable[[str], None] | None) -> None:
    name, _, digest = reference.partition("@")
    if digest:  # skopeo takes a tag or a digest
        head, slash, last = name.rpartition("/")
        reference = f"{head}{slash}{last.partition(':')[0]}@{digest}"
    chosen = [f"--override-os={platform.os}", f"--override-arch={platform.architecture}"]
    chosen += [f"--override-variant={platform.variant}"] if platform.variant else []
    argv = ["skopeo", *chosen, "copy", f"docker://{reference}", f"containers-storage:{target}"]
    run(argv, doing=f"fetching {reference} for {platform}", timeout=FETCHING, on_line=on_line)
