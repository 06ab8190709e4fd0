"""What is seen of a machine, on one that a folder plays."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from podpipe.effects.machine import here, look_at_machine
from podpipe.effects.machine.here import Here
from podpipe.effects.machine.programs import parse_version
from podpipe.effects.unit_files import MARK as KEPT
from podpipe.files import lock
from podpipe.plan.doctor import Needs, diagnose
from podpipe.plan.machine import Cgroups, Machine, Program, SubIds, Version
from podpipe.render.unitfile import MARK

ID = "0123456789abcdef0123456789abcdef"
DPKG = """\
Package: podman
Status: install ok installed
Version: 3.0.1+dfsg1-3+deb11u5

Package: crun
Status: deinstall ok config-files
Version: 0.17+dfsg-1

Package: git
Status: install ok installed
Version: 1:2.30.2-1+deb11u2
"""
MOUNTS = r"""
21 1 179:2 / / rw,relatime - ext4 /dev/root rw
22 21 0:5 / /a\040disk rw - nfs4 server:/home rw
23 21 179:1 / /boot rw shared:1 - vfat /dev/mmcblk0p1 rw
24 21 0:6 / /boot rw - autofs systemd-1 rw
nonsense
"""
FILES = {
    "etc/os-release": 'ID=debian\nVERSION_CODENAME=bullseye\nPRETTY_NAME="Debian"\n',
    "etc/passwd": "root:x:0:0::/root:/bin/sh\nnobody:x:65534::::\npi:x:1000:1000::/home/pi:/bin/sh\n",
    "etc/subuid": "ann:100000:65536\npi:165536:65536\n# nothing\npi:x:y\n",
    "etc/subgid": "1000:100000:1000\nann:100500:65536\n",
    "etc/machine-id": f"{ID}\n",
    "etc/systemd/journald.conf": "[Journal]\n#SystemMaxUse=\n",
    "etc/containers/storage.conf": '[storage]\ndriver = "overlay"\n  graphroot = "/var/lib/containers/storage"\n',
    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.1\0",
    "proc/self/mountinfo": MOUNTS,
    "proc/sys/kernel/osrelease": "5.10.103-v7l+\n",
    "proc/sys/user/max_user_namespaces": "15000\n",
    "proc/sys/net/ipv4/ip_unprivileged_port_start": "1024\n",
    "proc/sys/fs/binfmt_misc/qemu-arm": "enabled\ninterpreter /usr/bin/qemu-arm-static\nflags: OCF\n",
    "proc/sys/fs/binfmt_misc/qemu-ppc": "enabled\nflags: OC\n",
    "proc/sys/fs/binfmt_misc/qemu-mips": "disabled\nflags: F\n",
    "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io pids\n",
    "sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers": "pids\n",
    "boot/cmdline.txt": "console=tty1 root=PARTUUID=1-02 rootwait\n",
    "var/lib/dpkg/status": DPKG,
    "var/lib/systemd/linger/ann": "",
    f"var/log/journal/{ID}/system.journal": "x" * 8192,
    "run/systemd/system/a": "",
    "home/pi/a": "",
    "tmp/a": "",
}
PROGRAMS = {
    "usr/bin/podman": "exit 1",
    "usr/bin/git": "exit 1",
    "usr/bin/crun": "echo 'crun version 1.14.3'; echo 'commit: 0.0.0'",
    "usr/local/bin/crun": "echo crun version 9.9",
    "usr/lib/podman/catatonit": "echo catatonit version 0.2.1",
    "opt/bin/buildah": "echo 'buildah version 1.28.2 (image-spec 1.0.2)'",
    "opt/bin/conmon": "exit 1",
}


@pytest.fixture
def at(tmp_path: Path) -> Here:
    write(tmp_path, FILES)
    write(tmp_path, {path: f"#!/bin/sh\n{script}\n" for path, script in PROGRAMS.items()})
    for path in PROGRAMS:
        (tmp_path / path).chmod(0o755)
    environment = {"PATH": "/opt/bin:/usr/bin:relative"}
    return Here(tmp_path, 1000, "pi", "/home/pi", environment, "/run/user/1000", "/home/pi/.local/state/podpipe")


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def test_versions_come_from_dpkg_or_from_the_program_itself(at: Here) -> None:
    programs = look_at_machine(at).programs
    assert programs == {
        "podman": Program("/usr/bin/podman", (3, 0, 1)),
        "git": Program("/usr/bin/git", (2, 30, 2)),
        "crun": Program("/usr/bin/crun", (1, 14, 3)),  # Podman looks here first, and dpkg has removed its own
        "catatonit": Program("/usr/lib/podman/catatonit", (0, 2, 1)),
        "buildah": Program("/opt/bin/buildah", (1, 28, 2)),
        "conmon": Program("/opt/bin/conmon"),
    }


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1:2.39.5-0+deb12u2", (2, 39, 5)),
        ("0.17+dfsg-1+deb11u2", (0, 17)),
        ("1.0.0~rc93+ds1-5", (1, 0, 0)),
        ("podman version 5.4.2", (5, 4, 2)),
        ("", ()),
        ("none", ()),
    ],
)
def test_a_version_without_epoch_and_revision(text: str, version: Version) -> None:
    assert parse_version(text) == version


def test_a_setuid_program(at: Here) -> None:
    write(at.root, {"usr/bin/newuidmap": "", "usr/sbin/runc": ""})
    at.at("/usr/bin/newuidmap").chmod(0o4755)
    programs = look_at_machine(at).programs
    assert programs["newuidmap"].elevated
    assert "runc" not in programs  # nobody may run it


def test_the_kernel_and_the_pi(at: Here) -> None:
    machine = look_at_machine(at)
    assert (machine.suite, machine.model, machine.user.other) == ("bullseye", "Raspberry Pi 4", "pi")
    assert not machine.contained
    assert machine.kernel.version == (5, 10, 103)
    assert (machine.kernel.user_namespaces, machine.kernel.lowest_port) == (True, 1024)
    assert (machine.kernel.tun, machine.kernel.fuse) == (False, False)
    assert machine.kernel.emulators == {"qemu-arm"}
    words = ("console=tty1", "root=PARTUUID=1-02", "rootwait")
    controllers = frozenset({"cpuset", "cpu", "io", "pids"})
    assert machine.cgroups == Cgroups(2, controllers, frozenset({"pids"}), "/boot/cmdline.txt", words)


def test_from_bookworm_on_the_boot_line_lies_elsewhere(at: Here) -> None:
    write(at.root, {"boot/firmware/cmdline.txt": "cgroup_enable=memory"})
    groups = look_at_machine(at).cgroups
    assert (groups.boot_file, groups.boot_words) == ("/boot/firmware/cmdline.txt", ("cgroup_enable=memory",))


def test_cgroups_of_the_first_version(at: Here) -> None:
    at.at("/sys/fs/cgroup/cgroup.controllers").unlink()
    assert look_at_machine(at).cgroups.version == 1


def test_namespaces_that_debian_switched_off(at: Here) -> None:
    write(at.root, {"proc/sys/kernel/unprivileged_userns_clone": "0\n"})
    assert look_at_machine(at).kernel.user_namespaces is False


def test_subordinate_ids(at: Here) -> None:
    machine = look_at_machine(at)
    assert machine.uids == SubIds(65536, "", 231072)
    assert machine.gids == SubIds(1000, "ann", 166036)
    write(at.root, {"etc/nsswitch.conf": "passwd: files\nsubid: sss\n"})
    assert look_at_machine(at).uids == SubIds(None)


def test_where_images_are(at: Here) -> None:
    store = look_at_machine(at).store
    assert store is not None
    assert (store.path, store.config) == ("/home/pi/.local/share/containers/storage", "/etc/containers/storage.conf")
    assert (store.has_config, store.configured, store.found, store.filesystem) == (True, "overlay", "", "ext4")
    conf = '[storage]\n# driver = "btrfs"\ndriver = "vfs"\ngraphroot = "/a disk/store"\n'
    conf += '[storage.options.overlay]\nmount_program = "/usr/bin/fuse-overlayfs"\n'
    write(at.root, {"home/pi/.config/containers/storage.conf": conf, "a disk/store/vfs-images/images.json": "[]"})
    store = look_at_machine(at).store
    assert store is not None
    assert (store.path, store.config) == ("/a disk/store", "/home/pi/.config/containers/storage.conf")
    assert (store.configured, store.found, store.filesystem) == ("vfs", "vfs", "nfs4")
    assert store.mount_program == "/usr/bin/fuse-overlayfs"


def test_a_rootless_store_that_the_machine_names(at: Here) -> None:
    write(at.root, {"etc/containers/storage.conf": '[storage]\nrootless_storage_path = "/data/$USER/$UID"\n'})
    store = look_at_machine(at).store
    assert store is not None
    assert (store.path, store.configured) == ("/data/pi/1000", "")


def test_room_is_told_once_for_each_file_system(at: Here) -> None:
    (space,) = look_at_machine(at).spaces
    assert space.holds == ("images", "state", "temporary files")
    assert space.path == "/"
    assert 0 < space.free < space.size


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_root_made(at: Here) -> None:
    write(at.root, {"home/pi/.local/share/containers/a": ""})
    at.at("/home/pi/.local/share/containers").chmod(0o555)
    assert look_at_machine(at).unwritable == ("/home/pi/.local/share/containers",)


def test_the_journal(at: Here) -> None:
    journal = look_at_machine(at).journal
    assert journal is not None
    assert (journal.persistent, journal.limited, journal.readable, journal.on_card) == (True, False, True, True)
    assert journal.size >= 8192
    write(at.root, {"etc/systemd/journald.conf.d/mine.conf": "[Journal]\nSystemMaxUse=100M\n"})
    limited = look_at_machine(at).journal
    assert limited
    assert limited.limited


def test_a_journal_in_memory(at: Here) -> None:
    file = at.at(f"/var/log/journal/{ID}/system.journal")
    file.unlink()
    file.parent.rmdir()
    assert look_at_machine(at).journal is None
    write(at.root, {f"run/log/journal/{ID}/system.journal": ""})
    journal = look_at_machine(at).journal
    assert journal
    assert (journal.persistent, journal.readable) == (False, True)


def test_the_clock(at: Here) -> None:
    clock = look_at_machine(at).clock
    assert clock
    assert clock.not_before <= clock.now <= time.time()
    assert (clock.keeper, clock.zone) == ("", "")
    write(at.root, {"usr/sbin/chronyd": "", "run/systemd/timesync/synchronized": ""})
    at.at("/etc/localtime").symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    clock = look_at_machine(at).clock
    assert clock
    assert (clock.keeper, clock.zone, clock.synchronised) == ("chrony", "Europe/Berlin", True)


@contextmanager
def listening(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield


@pytest.fixture
def short(at: Here) -> Iterator[Here]:
    """The same, with a path that fits into a socket's address."""
    link = Path(f"/tmp/podpipe-test-{os.getpid()}")
    link.symlink_to(at.root)
    yield replace(at, root=link)
    link.unlink()


def test_a_session_that_is_not_there(at: Here) -> None:
    session = look_at_machine(at).session
    assert (session.systemd, session.linger, session.manager, session.bus) == (True, False, False, False)
    assert session.runtime_owner is None


def test_a_session(short: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    config = "home/pi/.config"
    write(
        short.root,
        {
            "var/lib/systemd/linger/pi": "",
            "usr/lib/systemd/user/dbus.socket": "",
            f"{config}/containers/systemd/home/web-nginx.container": f"# From pods/web.yaml. {MARK}\n",
            f"{config}/containers/systemd/home/sync@.container": f"# From pods/data.yaml. {MARK}\n",
            f"{config}/containers/systemd/mine.container": "[Container]\n",
            f"{config}/systemd/user/home-network.service": KEPT.format("home", "home-network.service"),
            f"{config}/systemd/user/own.service": "[Service]\n",
        },
    )
    said = "".join(
        f"{unit} loaded failed failed Something\n"
        for unit in (
            "web-nginx.service",
            "sync@5.service",
            "home-network.service",
            "own.service",
            f"{'a' * 64}.service",
        )
    )
    monkeypatch.setattr("podpipe.effects.machine.session._failed_units", lambda: said)
    runtime = short.at("/run/user/1000")
    with listening(runtime / "systemd/private"), listening(runtime / "bus"):
        session = look_at_machine(short).session
    assert (session.linger, session.manager, session.bus, session.bus_unit) == (True, True, True, True)
    assert session.runtime_owner == os.getuid()
    assert session.failed == ("web-nginx.service", "sync@5.service", "home-network.service")
    assert session.checks == (f"{'a' * 64}.service",)
    assert not look_at_machine(short).session.manager  # nobody listens any more


def test_a_clean_past(at: Here) -> None:
    assert look_at_machine(at).past.deliveries == ()
    write(at.root, {"home/pi/.local/state/podpipe/home/released.json": "{}"})
    assert (look_at_machine(at).past.deliveries, look_at_machine(at).past.holder) == ((), "")


def test_what_was_interrupted(at: Here) -> None:
    state = "home/pi/.local/state/podpipe"
    notes = '{"release": {"image": "nginx", "branch": "main"}, "step": "swap"}'
    write(
        at.root,
        {
            f"{state}/home/delivery.json": notes,
            f"{state}/torn/delivery.json": '{"release": {"ima',
            f"{state}/odd/delivery.json": "[]",
            f"{state}/home/queue/waiting/1.json": "{}",
            f"{state}/home/queue/waiting/2.json": "{}",
        },
    )
    os.utime(at.at(f"{state}/home/queue/waiting/1.json"), (0, 0))
    past = look_at_machine(at).past
    unreadable = "its notes cannot be read"
    assert past.deliveries == (("home", "nginx main at the step swap"), ("odd", unreadable), ("torn", unreadable))
    ((project, count, oldest),) = past.waiting
    assert (project, count) == ("home", 2)
    assert oldest > 1e9


def test_who_holds_the_lock(at: Here) -> None:
    (at.root / "proc/locks").symlink_to("/proc/locks")
    file = at.at("/run/user/1000/podpipe/lock")
    with lock(file, "podpipe up in /home/pi (process 5)"):
        os.utime(file, (time.time() - 7200, time.time() - 7200))
        past = look_at_machine(at).past
    if "FLOCK" in Path("/proc/locks").read_text() or past.holder:  # a sandbox may show none
        assert past.holder == "podpipe up in /home/pi (process 5)"
        assert past.held == pytest.approx(7200, abs=60)
    assert look_at_machine(at).past.holder == ""


def test_an_empty_machine_is_looked_at_without_an_error(tmp_path: Path) -> None:
    machine = look_at_machine(Here(tmp_path, 1000, "pi", "/home/pi", {}, "/run/user/1000", "/state"))
    assert isinstance(machine, Machine)
    assert (machine.programs, machine.uids.size, machine.past.deliveries) == ({}, 0, ())
    assert diagnose(machine, Needs())


@pytest.mark.parametrize("garbage", ["", "\0\xff", "a:b:c\n:::\n" * 10, "x - y", "-1", "9" * 5000])
def test_files_full_of_nonsense(at: Here, garbage: str) -> None:
    for path in FILES:
        at.at(path).write_text(garbage)
    assert diagnose(look_at_machine(at), Needs())


def test_this_machine_within_a_second() -> None:
    look_at_machine(here())
    began = time.monotonic()
    machine = look_at_machine(here())
    assert time.monotonic() - began < 1.0
    assert machine.user.uid == os.getuid()
    assert all(space.size > 0 for space in machine.spaces)
