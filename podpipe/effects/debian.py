"""Base images from Debian's archive, made by mmdebstrap as an ordinary user.

Small because documentation, locales and caches never get in (nor in whatever is installed later), and
because the layout of /usr is made by hand: the `usrmerge` package would bring all of Perl with it.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from podpipe.definition.specs import DebianImage
from podpipe.errors import BuildFailed, CommandFailed
from podpipe.files import checksum

TIMEOUT = 3600.0  # seconds; a Pi needs some minutes
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ARCHITECTURES = {
    "aarch64-linux-gnu": "arm64",
    "arm-linux-gnueabihf": "armhf",
    "i386-linux-gnu": "i386",
    "x86_64-linux-gnu": "amd64",
}
LEFT_OUT = ("bash-completion", "doc", "doc-base", "info", "lintian", "locale", "man", "vim")
PAUSE = "catatonit"  # what its infra containers run: podpipe.render.libpod says why
# No CMD: Podman 3.0.1 appends an image's to the command that an infra container is given.
CONTAINERFILE = "FROM scratch\nADD rootfs.tar /\n"

BEFORE = """set -e
for folder in bin sbin lib {libraries}; do mkdir -p "$1/usr/$folder"; ln -s "usr/$folder" "$1/$folder"; done
printf 'Package: usrmerge\\nPin: release *\\nPin-Priority: -1\\n' >"$1/etc/apt/preferences.d/podpipe" """

# The machine's own names, addresses and settings go. An image on this one finds its sources where builds mount
# them ({sources}; where this machine names none, mmdebstrap's own stay in the image), and whatever is installed later
# leaves no logs and old copies behind either.
AFTER = """set -e
chroot "$1" useradd --uid 1000 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin podpipe
cd "$1"
rm -f etc/hostname etc/resolv.conf etc/apt/apt.conf.d/99mmdebstrap etc/apt/preferences.d/podpipe
rm -f etc/*- var/cache/debconf/*-old
find var/log -type f -delete
{sources}
cat >>etc/apt/apt.conf.d/podpipe <<END
DPkg::Post-Invoke {{"rm -f /var/cache/debconf/*-old /var/lib/dpkg/*-old; find /var/log -type f -delete";}};
END"""
MOUNTED_SOURCES = """rm etc/apt/sources.list
echo 'Dir::Etc::SourceList "/mnt/{suite}.list";' >etc/apt/apt.conf.d/podpipe"""


def architecture() -> str:
    """Debian's word for what this machine's programs are built for; a 32-bit system may run on a 64-bit kernel."""
    triplet = str(getattr(sys.implementation, "_multiarch", ""))
    return ARCHITECTURES.get(triplet) or triplet.partition("-")[0] or platform.machine()


def base_hash(image: DebianImage, architecture: str) -> str:
    """SHA-256 in hex of what a base image is made from: suite, architecture, packages and the recipe."""
    return checksum(json.dumps([render_mmdebstrap(image, architecture, (), "rootfs.tar", "apt.conf"), CONTAINERFILE]))


def render_mmdebstrap(
    image: DebianImage, architecture: str, sources: Sequence[str], tar: str, apt_conf: str
) -> list[str]:
    """The command that makes a base image's file system."""
    libraries = "lib64" if architecture in ("amd64", "ppc64el") else ""
    mounted = MOUNTED_SOURCES.format(suite=image.suite) if sources else ""
    share = "/usr/share"
    excludes = [f"path-exclude={share}/{folder}/*" for folder in LEFT_OUT]
    includes = [f"path-include={share}/doc/*/copyright", f"path-include={share}/locale/locale.alias"]
    return [
        "mmdebstrap",
        "--mode=unshare",
        "--variant=minbase",
        f"--architectures={architecture}",
        f"--keyring={KEYRING}",
        f"--aptopt={apt_conf}",
        *(f"--dpkgopt={option}" for option in (*excludes, *includes)),
        *(f"--include={package}" for package in sorted({*image.packages, *([PAUSE] if image.has_pause else [])})),
        f"--setup-hook={BEFORE.format(libraries=libraries)}",
        f"--customize-hook={AFTER.format(sources=mounted)}",
        image.suite,
        tar,
        *sources,
    ]


def make_context(
    image: DebianImage, context: Path, scratch: Path, on_line: Callable[[str], None] | None, machine: str = ""
) -> None:
    """Put a Containerfile and the file system it adds, for this machine or Debian's word for another, into `context`.

    The user's other ids must be able to enter `scratch`. Errors: BuildFailed, CommandFailed, DiskFull.
    """
    from podpipe.effects import apt
    from podpipe.effects.build_failure import hint_for
    from podpipe.effects.process import run

    if not Path(KEYRING).is_file():
        raise CommandFailed(
            f"building {image.name} needs the keys of Debian's archive",
            hint="install them: sudo apt-get install debian-archive-keyring",
        )
    apt_conf = context / "apt.conf"
    apt_conf.write_text(apt.options())
    sources = [str(source) for source in apt.sources(image.suite)]
    argv = render_mmdebstrap(image, machine or architecture(), sources, str(context / "rootfs.tar"), str(apt_conf))
    try:
        run(argv, doing=f"building {image.name}", timeout=TIMEOUT, env={"TMPDIR": str(scratch)}, on_line=on_line)
    except CommandFailed as error:
        raise BuildFailed(error.message, lines=error.lines, hint=hint_for(error.lines)) from error
    apt_conf.unlink()
    (context / "Containerfile").write_text(CONTAINERFILE)
