"""Which programs are installed, and their versions: from dpkg's own list, which is quicker than to ask each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from podpipe.effects.machine.here import Here
from podpipe.effects.process import ALONE, read
from podpipe.errors import CommandFailed
from podpipe.plan.machine import Program, Version

# Program -> Debian's package of it.
PACKAGES = {
    **{name: name for name in ("podman", "buildah", "conmon", "crun", "runc", "git", "mmdebstrap", "catatonit")},
    **{name: name for name in ("slirp4netns", "fuse-overlayfs", "netavark", "arch-test", "skopeo")},
    "pasta": "passt",
    "newuidmap": "uidmap",
}
# Podman looks here before it looks into $PATH (containers.conf(5)): the first one counts.
OWN_FOLDERS = ("/usr/local/libexec/podman", "/usr/local/lib/podman", "/usr/libexec/podman", "/usr/lib/podman")
PODMANS = ("conmon", "crun", "runc", "netavark", "catatonit", "slirp4netns", "pasta", "fuse-overlayfs")
FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin")
STATUS = "/var/lib/dpkg/status"
NUMBER = re.compile(r"\d+(?:\.\d+)+")
PATIENCE = 30.0  # seconds; a Pi takes some for Podman's first


def look_at_programs(at: Here) -> dict[str, Program]:
    """Each program that is there."""
    installed = dict(_installed(at))
    found = {}
    for name, package in PACKAGES.items():
        path = _find(at, name)
        if path:
            is_debians = path.startswith("/usr/") and not path.startswith("/usr/local/") and package in installed
            version = installed[package] if is_debians else _ask(at, path)
            found[name] = Program(path, version, _is_elevated(at, path))
    return found


def parse_version(text: str) -> Version:
    """The numbers of a version; of Debian's without its epoch and revision, "1:2.39.5-0+deb12u2" is 2.39.5."""
    number = NUMBER.search(text.rpartition(":")[2])
    return tuple(map(int, number[0].split("."))) if number else ()


def _installed(at: Here) -> Iterator[tuple[str, Version]]:
    try:
        text = at.at(STATUS).read_text(errors="replace")
    except OSError:
        return
    text = f"\n{text}"
    for package in PACKAGES.values():
        begin = text.find(f"\nPackage: {package}\n")
        stanza = text[begin : text.find("\n\n", begin + 1)] if begin >= 0 else ""
        version = re.search(r"^Version: (.*)$", stanza, re.MULTILINE)
        if version and "\nStatus: install ok installed\n" in stanza:
            yield package, parse_version(version[1])


def _find(at: Here, name: str) -> str:
    on_path = at.environment.get("PATH", "").split(":")
    folders = [*OWN_FOLDERS, *FOLDERS, *on_path] if name in PODMANS else [*on_path, *FOLDERS]
    paths = (f"{folder}/{name}" for folder in folders if folder.startswith("/"))
    return next((path for path in paths if os.access(at.at(path), os.X_OK)), "")


def _ask(at: Here, path: str) -> Version:
    try:
        said = read([str(at.at(path)), "--version"], doing=f"asking {path}", timeout=PATIENCE, family=ALONE)
    except (CommandFailed, OSError):
        return ()
    return parse_version(said.partition("\n")[0])


def _is_elevated(at: Here, path: str) -> bool:
    if at.at(path).stat().st_mode & 0o4000:
        return True
    try:
        return bool(os.getxattr(at.at(path), "security.capability"))
    except OSError:
        return False
