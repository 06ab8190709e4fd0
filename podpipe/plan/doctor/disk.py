"""Room on the disk, and what wears an SD card out."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from podpipe.plan.doctor.finding import Finding, Mend, advice, by_hand, ok, problem, root, shell, writing
from podpipe.plan.doctor.needs import Needs
from podpipe.plan.machine import Journal, Machine, Space

MB = 10**6
# What a file system holds: bytes below which it is a problem, and below which it will be one.
BOUNDS = {"images": (500 * MB, 2000 * MB), "temporary files": (50 * MB, 300 * MB), "state": (20 * MB, 100 * MB)}
FEW_INODES, SOME_INODES = 0.01, 0.05  # of all
LARGE_JOURNAL = 1000 * MB
DROP_IN = "/etc/systemd/journald.conf.d/podpipe.conf"
LIMIT = ("[Journal]", "SystemMaxUse=100M", "SyncIntervalSec=15m")


def judge_disk(machine: Machine, _: Needs) -> Iterator[Finding]:
    """A finding for each file system, for what cannot be written, and for the journal."""
    for space in machine.spaces:
        yield _space(space)
    for folder in machine.unwritable:
        path, user = shlex.quote(folder), machine.user.name
        why = "podpipe and Podman keep their own there; `sudo podman`, or root's hand, may have made it"
        yield problem(
            "writable", f"{user} cannot write into {folder}", why, by_hand(f"chown {user}: {path}", as_root=True)
        )
    if machine.journal:
        yield _journal(machine, machine.journal)


def _space(space: Space) -> Finding:
    what = f"{show_size(space.free)} of {show_size(space.size)} free for {', '.join(space.holds)} ({space.path})"
    if space.read_only:
        why = "nothing can be saved; a card that fails is switched to read-only by the kernel"
        what = f"{space.path}, which holds {' and '.join(space.holds)}, is mounted read-only"
        return problem("disk", what, why, by_hand("dmesg --level=err,warn", as_root=True))
    least, enough = (max(BOUNDS[each][bound] for each in space.holds) for bound in (0, 1))
    mends: tuple[Mend, ...] = (by_hand("podpipe prune"), by_hand("podman image prune"))
    if "images" not in space.holds:
        mends = (Mend(shell(f"du -xh {shlex.quote(space.path)} | sort -h | tail"), by_hand=True),)
    if space.free < enough:
        why = "a full disk stops builds, logs and databases in the middle of their work"
        return (problem if space.free < least else advice)("disk", what, why, *mends)
    if space.inodes and space.free_inodes < SOME_INODES * space.inodes:
        what = f"{space.free_inodes} of {space.inodes} inodes free for {' and '.join(space.holds)} ({space.path})"
        why = "each file takes one: without any the disk is full, whatever room it has; images are many files"
        return (problem if space.free_inodes < FEW_INODES * space.inodes else advice)("disk", what, why, *mends)
    return ok("disk", what)


def _journal(machine: Machine, journal: Journal) -> Finding:
    where = "persistent" if journal.persistent else "in memory, gone after a reboot"
    what = f"the journal has {show_size(journal.size)}, {where}"
    if not journal.readable and not machine.user.is_root:
        why = "`podpipe logs` shows nothing; a journal in memory is one for all, for members of systemd-journal alone"
        mend = root(
            "usermod",
            "-aG",
            "systemd-journal",
            machine.user.name,
            then=f"then: sudo systemctl restart user@{machine.user.uid}",
        )
        return problem("journal", f"{machine.user.name} may not read the journal", why, mend)
    if journal.persistent and journal.on_card and not journal.limited:
        why = "it may grow to a tenth of the card (at most 4 GB), and each line that is saved wears the card out"
        mend = root(*shell(f"{writing(DROP_IN, *LIMIT)} && systemctl restart systemd-journald"))
        return advice("journal", f"{what}, without a limit on an SD card", why, mend)
    if journal.size > LARGE_JOURNAL:
        mend = root("journalctl", "--vacuum-size=500M")
        return advice("journal", what, "that is room which images could use, and slow to search", mend)
    return ok("journal", what)


def show_size(size: int) -> str:
    """Bytes as a person reads them."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_:
            return f"{size / bytes_:.{0 if size >= 10 * bytes_ else 1}f} {unit}"
    return f"{size} B"
