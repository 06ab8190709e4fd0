"""Control groups and what else the kernel has for an ordinary user."""

from __future__ import annotations

import os
import platform

from podpipe.effects.machine.here import Here, softly
from podpipe.effects.machine.programs import parse_version
from podpipe.plan.machine import Cgroups, Kernel

CGROUPS = "/sys/fs/cgroup"
BOOT_FILES = ("/boot/firmware/cmdline.txt", "/boot/cmdline.txt")  # a Pi's, from Bookworm on and before
EMULATORS = "/proc/sys/fs/binfmt_misc"


def look_at_cgroups(at: Here) -> Cgroups:
    """Which version, which controllers, and how the kernel is told to have them."""
    unified = at.at(f"{CGROUPS}/cgroup.controllers").exists()
    boot_file = next((path for path in BOOT_FILES if at.at(path).is_file()), "")
    return Cgroups(
        version=2 if unified else 1 if softly(lambda: any(at.at(CGROUPS).iterdir()), False) else 0,
        controllers=_controllers(at, CGROUPS) if unified else None,
        delegated=_controllers(at, f"{CGROUPS}/user.slice/user-{at.uid}.slice/user@{at.uid}.service"),
        boot_file=boot_file,
        boot_words=tuple(at.read(boot_file).split()) if boot_file else (),
        grub=at.at("/etc/default/grub").is_file(),
    )


def _controllers(at: Here, folder: str) -> frozenset[str] | None:
    file = f"{folder}/cgroup.controllers"
    return frozenset(at.read(file).split()) if at.at(file).exists() else None


def look_at_kernel(at: Here) -> Kernel:
    """Its version, namespaces, ports, devices, and the emulators that it calls."""
    return Kernel(
        version=parse_version(at.read("/proc/sys/kernel/osrelease")),
        machine=platform.machine(),
        user_namespaces=_namespaces(at),
        lowest_port=softly(lambda: int(at.read("/proc/sys/net/ipv4/ip_unprivileged_port_start")), None),
        tun=os.access(at.at("/dev/net/tun"), os.R_OK | os.W_OK),
        fuse=os.access(at.at("/dev/fuse"), os.R_OK | os.W_OK),
        emulators=softly(lambda: _emulators(at), frozenset()),
    )


def _namespaces(at: Here) -> bool | None:
    """Debian's kernels have a switch of their own."""
    if at.read("/proc/sys/kernel/unprivileged_userns_clone").strip() == "0":
        return False
    most = at.read("/proc/sys/user/max_user_namespaces").strip()
    return most != "0" if most else None


def _emulators(at: Here) -> frozenset[str]:
    names = (path.name for path in at.at(EMULATORS).iterdir() if path.name.startswith("qemu-"))
    return frozenset(name for name in names if serves_containers(at.read(f"{EMULATORS}/{name}")))


def serves_containers(entry: str) -> bool:
    """Flag F: the kernel holds the emulator open, so it need not be in the container (binfmt-misc.rst)."""
    lines = entry.splitlines()
    return "enabled" in lines and any(line.startswith("flags:") and "F" in line for line in lines)
