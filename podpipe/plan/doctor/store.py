"""How images are stored: by overlay, or by vfs, which copies every layer whole."""

from __future__ import annotations

from collections.abc import Iterator

from podpipe.plan.doctor.finding import (
    Finding,
    Mend,
    advice,
    by_hand,
    command,
    install,
    note,
    ok,
    problem,
    root,
    shell,
    writing,
)
from podpipe.plan.doctor.needs import Needs
from podpipe.plan.machine import Machine, Store

# From these on an ordinary user's Podman mounts overlays by the kernel; before, by fuse-overlayfs.
NATIVE_PODMAN, NATIVE_KERNEL = (3, 1), (5, 13)
FOREIGN = {"nfs", "nfs4", "cifs", "smb3", "vfat", "exfat", "ntfs3", "fuseblk", "9p", "fuse.sshfs"}


def judge_store(machine: Machine, _: Needs) -> Iterator[Finding]:
    """Findings about the storage driver. Nothing of a store is ever thrown away by a mend that is not by hand."""
    store = machine.store
    if store is None:
        return
    if store.filesystem in FOREIGN:
        what = f"images are stored on {store.filesystem}: {store.path}"
        why = "files in it cannot belong to a container's other users; a disk of this machine's can have them"
        mend = note(f"set `rootless_storage_path` in /etc/containers/storage.conf, or mount a disk at {store.path}")
        yield problem("store", what, why, mend)
        return
    if machine.user.is_root:
        return
    driver = store.found or store.configured or _default(machine)
    if driver == "vfs":
        yield _vfs(machine, store)
    elif driver == "overlay":
        yield from _overlay(machine, store)
    else:
        yield ok("store", f"images are stored by {driver}")


def _default(machine: Machine) -> str:
    """What Podman takes for a new store: Bookworm's takes vfs for an ordinary user."""
    if machine.suite == "bookworm" or (_needs_fuse(machine) and "fuse-overlayfs" not in machine.programs):
        return "vfs"
    return "overlay"


def _needs_fuse(machine: Machine) -> bool:
    podman, kernel = machine.version("podman"), machine.kernel.version
    return bool(podman and podman < NATIVE_PODMAN) or bool(kernel and kernel < NATIVE_KERNEL)


def _vfs(machine: Machine, store: Store) -> Finding:
    why = "it copies every layer whole: images take many times their size, and builds many times their time"
    fuse = [install("fuse-overlayfs")] if _needs_fuse(machine) and "fuse-overlayfs" not in machine.programs else []
    if store.found:
        why += "; to change it, all of Podman's images, containers AND VOLUMES go: save the volumes first"
        return advice("store", "images are stored by vfs", why, *fuse, by_hand("podman system reset"))
    what = "images would be stored by vfs"
    return advice("store", what, why, *fuse, *([] if store.configured else [_prefer_overlay(store)]))


def _prefer_overlay(store: Store) -> Mend:
    lines = "[storage]", 'driver = "overlay"'
    if store.has_config:
        return note(f"put `{lines[1]}` below {lines[0]} in {store.config}")
    return command(*shell(writing(store.config, *lines)))


def _overlay(machine: Machine, store: Store) -> Iterator[Finding]:
    fuse = "fuse-overlayfs" in machine.programs
    if store.mount_program and not fuse and store.mount_program.endswith("fuse-overlayfs"):
        what = f"{store.mount_program} is not there, but {store.config} names it"
        yield problem("store", what, "Podman does nothing without it", install("fuse-overlayfs"))
    elif _needs_fuse(machine) and not fuse:
        what = "fuse-overlayfs is not installed"
        why = "this Podman or kernel cannot mount overlays for an ordinary user: no image can be read"
        yield problem("store", what, why, install("fuse-overlayfs"))
    elif _needs_fuse(machine) and not machine.kernel.fuse:
        script = "modprobe fuse; [ -e /dev/fuse ] || mknod /dev/fuse c 10 229; chmod 666 /dev/fuse"
        why = "fuse-overlayfs mounts images by it"
        yield problem("store", "/dev/fuse cannot be opened", why, root(*shell(script)))
    else:
        yield ok("store", "images are stored by overlay" + (", with fuse-overlayfs" if _needs_fuse(machine) else ""))
