"""What an image's programs run on, in the words of images (linux/arm/v7) and in Debian's (armhf)."""

from __future__ import annotations

from dataclasses import dataclass

from podpipe.errors import UsageError

# As https://wiki.debian.org/SupportedArchitectures and `go tool dist list` pair them.
_DEBIAN = {
    "linux/amd64": "amd64",
    "linux/arm64": "arm64",
    "linux/arm/v7": "armhf",
    "linux/arm/v5": "armel",
    "linux/386": "i386",
    "linux/ppc64le": "ppc64el",
    "linux/riscv64": "riscv64",
    "linux/s390x": "s390x",
}
_SPELLINGS = {"linux/arm64/v8": "linux/arm64", "linux/arm": "linux/arm/v7", "linux/x86_64": "linux/amd64"}
# The words of `uname -m`, and so of qemu's interpreters, where they are not Debian's.
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "armhf": "arm", "armel": "arm", "ppc64el": "ppc64le"}
# The words of `uname -m` for what runs programs of an architecture without an emulator, where it is not just its own.
_V7 = ("armv7l", "armv8l", "aarch64")
_NATIVE = {"i386": ("i686", "x86_64"), "armhf": _V7, "armel": ("armv6l", *_V7)}


@dataclass(frozen=True)
class Platform:
    """An operating system, an architecture in Go's words and its variant, "" where there is but one."""

    os: str
    architecture: str
    variant: str = ""

    @property
    def debian(self) -> str:
        """Debian's word for the architecture."""
        return _DEBIAN[str(self)]

    @property
    def machine(self) -> str:
        """The kernel's and qemu's word for it."""
        return _MACHINES.get(self.debian, self.debian)

    @property
    def emulator(self) -> str:
        """What binfmt_misc calls what runs its programs elsewhere."""
        return f"qemu-{self.machine}"

    @property
    def tag(self) -> str:
        """The tag that images of this platform bear on a machine of another."""
        return str(self).replace("/", "-")

    def runs_on(self, machine: str) -> bool:
        """Whether a processor, in the words of `uname -m`, runs its programs without an emulator."""
        return machine in _NATIVE.get(self.debian, (self.machine,))

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


def parse_platform(text: str) -> Platform:
    """`linux/arm/v7` as a platform. Errors: UsageError for one that Debian is not made for."""
    name = _SPELLINGS.get(text, text)
    if name not in _DEBIAN:
        armv6 = "Debian is not made for ARMv6: linux/arm/v5 is its nearest. Others" if "v6" in text else "There"
        raise UsageError(f"no platform is called {text[:40]}", hint=f"{armv6} are {', '.join(_DEBIAN)}")
    return Platform(*name.split("/"))


def platform_of(debian: str) -> Platform:
    """The platform of one of Debian's architectures. Errors: UsageError for one that is not known."""
    names = {word: name for name, word in _DEBIAN.items()}
    if debian not in names:
        raise UsageError(f"no architecture is called {debian[:40]}", hint=f"there are {', '.join(names)}")
    return Platform(*names[debian].split("/"))


def is_platform_tag(tag: str) -> bool:
    """Whether an image of that tag is of a platform that is not this machine's own."""
    return tag in {name.replace("/", "-") for name in _DEBIAN}
