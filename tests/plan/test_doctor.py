"""Each finding, present and absent: a machine on which all is well, and one thing changed."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from podpipe.definition.specs import Container, Definition, Place, Pod, Port
from podpipe.plan.doctor import ADVICE, OK, PROBLEM, Finding, Needs, diagnose, needs_of, plan_mends
from podpipe.plan.doctor.disk import show_size
from podpipe.plan.doctor.past import show_time
from podpipe.plan.machine import (
    Cgroups,
    Clock,
    Journal,
    Kernel,
    Machine,
    Past,
    Program,
    Session,
    Space,
    Store,
    SubIds,
    User,
)

GB = 10**9
NOW = 1790000000.0
BULLSEYE = {
    "podman": (3, 0, 1),
    "buildah": (1, 19, 6),
    "mmdebstrap": (0, 7, 5),
    "git": (2, 30, 2),
    "conmon": (2, 0, 25),
    "crun": (0, 17),
    "slirp4netns": (1, 0, 1),
    "fuse-overlayfs": (1, 4, 0),
    "catatonit": (0, 1, 5),
}
TRIXIE = {**BULLSEYE, "podman": (5, 4, 2), "crun": (1, 21), "netavark": (1, 14, 0), "pasta": (), "conmon": (2, 1, 12)}
ALL = frozenset({"cpu", "cpuset", "io", "memory", "pids"})


def programs(versions: dict[str, tuple[int, ...]]) -> dict[str, Program]:
    found = {name: Program(f"/usr/bin/{name}", version) for name, version in versions.items()}
    return {**found, "newuidmap": Program("/usr/bin/newuidmap", (4, 8, 1), elevated=True)}


PI = Machine(
    user=User("pi", 1000, "pi"),
    suite="bullseye",
    model="Raspberry Pi 4",
    programs=programs(BULLSEYE),
    cgroups=Cgroups(2, ALL, frozenset({"memory", "pids"}), "/boot/cmdline.txt", ("root=/dev/mmcblk0p2", "rootwait")),
    kernel=Kernel((5, 10, 103), "armv7l", user_namespaces=True, lowest_port=1024),
    uids=SubIds(65536),
    gids=SubIds(65536),
    session=Session(
        systemd=True,
        linger=True,
        runtime="/run/user/1000",
        runtime_owner=1000,
        manager=True,
        bus=True,
        bus_unit=True,
    ),
    store=Store("/home/pi/.local/share/containers/storage", "/home/pi/.config/containers/storage.conf"),
    spaces=(Space(("images", "state", "temporary files"), "/", 20 * GB, 30 * GB, 10**6, 2 * 10**6),),
    journal=Journal(persistent=True, size=10**7, limited=True, readable=True, on_card=True),
    clock=Clock(NOW, NOW - 1e7, synchronised=True, keeper="systemd-timesyncd", zone="Europe/Berlin"),
)
MODERN = replace(PI, suite="trixie", programs=programs(TRIXIE), kernel=replace(PI.kernel, version=(6, 12)))
ROOT = replace(PI, user=User("root", 0, "pi"))
NO_SYSTEMD = replace(PI, session=Session(systemd=False))
EVERYTHING = Needs()
V1 = replace(PI, cgroups=replace(PI.cgroups, version=1, controllers=None, delegated=None))


def without(machine: Machine, *names: str) -> Machine:
    return replace(machine, programs={name: each for name, each in machine.programs.items() if name not in names})


def with_version(machine: Machine, name: str, *version: int) -> Machine:
    return replace(machine, programs={**machine.programs, name: Program(f"/usr/bin/{name}", version)})


def within(machine: Machine, part: str, **changes: Any) -> Machine:
    return replace(machine, **{part: replace(getattr(machine, part), **changes)})


def space(machine: Machine, **changes: Any) -> Machine:
    return replace(machine, spaces=(replace(machine.spaces[0], **changes),))


# What is found, of which level, what its command has in it.
Case = tuple[Machine, Needs, str, str, str]
NO_MEMORY = within(PI, "cgroups", controllers=ALL - {"memory"})
LIMITED = Needs(controllers=frozenset({"memory"}))
TOLD = within(NO_MEMORY, "cgroups", boot_words=("cgroup_enable=memory", "cgroup_memory=1"))
CASES: list[Case] = [
    (without(PI, "podman"), EVERYTHING, "podman", PROBLEM, "podman crun slirp4netns fuse-overlayfs uidmap catatonit"),
    (without(MODERN, "podman"), EVERYTHING, "podman", PROBLEM, "passt"),
    (with_version(PI, "podman", 2, 2, 1), EVERYTHING, "podman", PROBLEM, "full-upgrade"),
    (without(PI, "buildah"), EVERYTHING, "buildah", PROBLEM, "buildah"),
    (without(PI, "mmdebstrap"), EVERYTHING, "mmdebstrap", PROBLEM, "mmdebstrap"),
    (without(PI, "git"), EVERYTHING, "git", PROBLEM, "git"),
    (without(PI, "conmon"), EVERYTHING, "conmon", PROBLEM, "conmon"),
    (with_version(PI, "conmon", 2, 0, 20), EVERYTHING, "conmon", PROBLEM, "conmon"),
    (without(PI, "crun"), EVERYTHING, "runtime", PROBLEM, "crun"),
    (with_version(without(PI, "crun"), "runc", 1, 0), EVERYTHING, "runtime", ADVICE, "crun"),
    (with_version(MODERN, "crun", 1, 14, 1), EVERYTHING, "runtime", PROBLEM, "crun"),
    (without(PI, "slirp4netns"), EVERYTHING, "network", PROBLEM, "slirp4netns"),
    (without(MODERN, "pasta"), EVERYTHING, "network", PROBLEM, "passt"),
    (without(MODERN, "netavark"), EVERYTHING, "netavark", PROBLEM, "netavark aardvark-dns"),
    (without(with_version(MODERN, "podman", 4, 3, 1), "netavark"), EVERYTHING, "netavark", ADVICE, "netavark"),
    (without(MODERN, "catatonit"), EVERYTHING, "infra", PROBLEM, "catatonit"),
    (PI, Needs("home"), "infra", PROBLEM, "infra: NAME"),
    (V1, EVERYTHING, "cgroups", PROBLEM, "1 s/$/ systemd.unified_cgroup_hierarchy=1/' /boot/cmdline.txt"),
    (within(V1, "cgroups", boot_file="", grub=True), EVERYTHING, "cgroups", PROBLEM, "update-grub"),
    (within(V1, "cgroups", boot_file=""), EVERYTHING, "cgroups", PROBLEM, "boot loader"),
    (replace(V1, session=Session(systemd=False)), EVERYTHING, "cgroups", PROBLEM, "mount -t cgroup2"),
    (NO_MEMORY, EVERYTHING, "memory", ADVICE, "1 s/$/ cgroup_enable=memory cgroup_memory=1/"),
    (NO_MEMORY, LIMITED, "memory", PROBLEM, "/boot/cmdline.txt"),
    (TOLD, LIMITED, "memory", PROBLEM, "sudo reboot"),
    (replace(NO_MEMORY, contained=True), EVERYTHING, "memory", ADVICE, "host"),
    (PI, Needs(controllers=frozenset({"cpu"})), "memory", PROBLEM, "Delegate=cpu cpuset io memory pids"),
    (within(PI, "cgroups", delegated=frozenset()), EVERYTHING, "memory", ADVICE, "Delegate="),
    (within(PI, "kernel", user_namespaces=False), EVERYTHING, "namespaces", PROBLEM, "max_user_namespaces"),
    (PI, Needs(ports=((80, "web"), (8080, "web"))), "ports", PROBLEM, "ip_unprivileged_port_start=80"),
    (within(PI, "kernel", tun=False), EVERYTHING, "tun", PROBLEM, "chmod 666 /dev/net/tun"),
    (MODERN, Needs(platform="linux/arm64"), "emulator", PROBLEM, "qemu-user-static"),
    (PI, Needs(platform="vax"), "emulator", PROBLEM, "linux/arm64"),
    (ROOT, EVERYTHING, "user", ADVICE, "runuser -l pi"),
    (within(PI, "uids", size=0, free=165536), EVERYTHING, "subuid", PROBLEM, "--add-subuids 165536-231071 pi"),
    (within(PI, "gids", size=0), EVERYTHING, "subgid", PROBLEM, "--add-subgids 100000-165535 pi"),
    (within(PI, "uids", size=1000), EVERYTHING, "subuid", ADVICE, "--add-subuids"),
    (within(PI, "uids", shared_with="ann"), EVERYTHING, "subuid", ADVICE, "--del-subuids"),
    (without(PI, "newuidmap"), EVERYTHING, "uidmap", PROBLEM, "uidmap"),
    (with_version(PI, "newuidmap", 4, 8), EVERYTHING, "uidmap", PROBLEM, "chmod u+s /usr/bin/newuidmap"),
    (NO_SYSTEMD, EVERYTHING, "systemd", ADVICE, "podpipe up"),
    (
        within(PI, "session", runtime="/run/user/0", runtime_owner=None, manager=False, bus=False),
        EVERYTHING,
        "runtime-dir",
        PROBLEM,
        "/run/user/1000",
    ),
    (within(PI, "session", linger=False), EVERYTHING, "linger", PROBLEM, "sudo loginctl enable-linger pi"),
    (within(PI, "session", manager=False), EVERYTHING, "manager", PROBLEM, "start user@1000.service"),
    (within(PI, "session", bus=False), EVERYTHING, "bus", PROBLEM, "systemctl --user start dbus.socket"),
    (within(PI, "session", bus=False, bus_unit=False), EVERYTHING, "bus", PROBLEM, "dbus-user-session"),
    (within(PI, "session", failed=("web-nginx.service",)), EVERYTHING, "failed", PROBLEM, "reset-failed web-nginx"),
    (within(PI, "session", checks=("ab.service",)), EVERYTHING, "checks", ADVICE, "reset-failed ab.service"),
    (within(PI, "store", found="vfs"), EVERYTHING, "store", ADVICE, "podman system reset"),
    (replace(MODERN, suite="bookworm"), EVERYTHING, "store", ADVICE, "driver = "),
    (without(PI, "fuse-overlayfs"), EVERYTHING, "store", ADVICE, "fuse-overlayfs"),
    (within(without(PI, "fuse-overlayfs"), "store", found="overlay"), EVERYTHING, "store", PROBLEM, "fuse-overlayfs"),
    (
        within(without(MODERN, "fuse-overlayfs"), "store", mount_program="/usr/bin/fuse-overlayfs"),
        *(EVERYTHING, "store", PROBLEM, "fuse-overlayfs"),
    ),
    (within(PI, "kernel", fuse=False), EVERYTHING, "store", PROBLEM, "chmod 666 /dev/fuse"),
    (within(PI, "store", filesystem="nfs4"), EVERYTHING, "store", PROBLEM, "rootless_storage_path"),
    (space(PI, free=10**8), EVERYTHING, "disk", PROBLEM, "podpipe prune"),
    (space(PI, free=10**9), EVERYTHING, "disk", ADVICE, "podpipe prune"),
    (space(PI, holds=("temporary files",), free=10**7), EVERYTHING, "disk", PROBLEM, "du -xh /"),
    (space(PI, free_inodes=100), EVERYTHING, "disk", PROBLEM, "podpipe prune"),
    (space(PI, free_inodes=50000), EVERYTHING, "disk", ADVICE, "podpipe prune"),
    (space(PI, read_only=True), EVERYTHING, "disk", PROBLEM, "dmesg"),
    (replace(PI, unwritable=("/home/pi/.local",)), EVERYTHING, "writable", PROBLEM, "chown pi: /home/pi/.local"),
    (within(PI, "journal", limited=False), EVERYTHING, "journal", ADVICE, "SystemMaxUse=100M"),
    (within(PI, "journal", size=3 * GB), EVERYTHING, "journal", ADVICE, "--vacuum-size=500M"),
    (within(PI, "journal", readable=False), EVERYTHING, "journal", PROBLEM, "usermod -aG systemd-journal pi"),
    (within(PI, "clock", now=0.0), EVERYTHING, "clock", PROBLEM, "timedatectl set-ntp true"),
    (within(PI, "clock", now=4e9), EVERYTHING, "clock", PROBLEM, "timedatectl set-ntp true"),
    (within(PI, "clock", synchronised=False), EVERYTHING, "clock", ADVICE, "timedatectl set-ntp true"),
    (within(PI, "clock", synchronised=False, keeper=""), EVERYTHING, "clock", ADVICE, "systemd-timesyncd"),
    (within(PI, "clock", zone=""), EVERYTHING, "zone", ADVICE, "set-timezone"),
    (replace(PI, past=Past("podpipe up (process 5)", 7200.0)), EVERYTHING, "lock", ADVICE, "ps -ef"),
    (replace(PI, past=Past(deliveries=(("home", "nginx"),))), EVERYTHING, "delivery", ADVICE, "podpipe up"),
    (replace(PI, past=Past(waiting=(("home", 2, 7200.0),))), EVERYTHING, "queue", ADVICE, "podpipe queue"),
]


def wrong(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level != OK]


@pytest.mark.parametrize("machine", [PI, MODERN], ids=["bullseye", "trixie"])
def test_all_is_well(machine: Machine) -> None:
    findings = diagnose(machine, EVERYTHING)
    assert wrong(findings) == []
    checks = {finding.check for finding in findings}
    assert len(checks) == len(findings) >= 20
    assert plan_mends(findings) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[2]}-{case[3]}-{case[4][:20]}")
def test_each_finding_says_what_why_and_what_to_do(case: Case) -> None:
    machine, needs, check, level, command = case
    found = [finding for finding in wrong(diagnose(machine, needs)) if finding.check == check]
    assert [finding.level for finding in found] == [level]
    assert found[0].what
    assert found[0].why
    assert command in " ".join(map(str, found[0].mends))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[2]}-{case[3]}-{case[4][:20]}")
def test_one_thing_that_is_wrong_is_one_finding(case: Case) -> None:
    machine, needs, check, *_ = case
    assert {finding.check for finding in wrong(diagnose(machine, needs))} <= {check, "systemd"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[2]}-{case[3]}-{case[4][:20]}")
def test_commands_are_what_a_shell_understands(case: Case) -> None:
    for finding in wrong(diagnose(*case[:2])):
        for mend in finding.mends:
            subprocess.run(["sh", "-n", "-c", str(mend)], check=True)
            if mend.argv[:2] == ("sh", "-c"):
                subprocess.run(["sh", "-n", "-c", mend.argv[2]], check=True)
            elif mend.argv:
                assert tuple(shlex.split(mend.command))[-len(mend.argv) :] == mend.argv


def test_nothing_that_is_the_users_is_thrown_away_by_a_program() -> None:
    for machine, needs, *_ in CASES:
        for mend in plan_mends(diagnose(machine, needs)):
            assert not {"reset", "prune", "chown", "reboot", "--del-subuids"} & {*mend.argv}, mend.command


def unknown(value: Any) -> Any:
    """The machine of which nothing could be told but who asks."""
    parts = {part.name: getattr(value, part.name) for part in fields(value) if is_dataclass(getattr(value, part.name))}
    return Machine(user=parts["user"], cgroups=Cgroups(version=0), session=Session(systemd=False))


@pytest.mark.parametrize("user", [PI.user, ROOT.user], ids=["pi", "root"])
def test_a_machine_of_which_nothing_is_known(user: User) -> None:
    findings = diagnose(replace(unknown(PI), user=user), EVERYTHING)
    assert {"podman", "git", "cgroups"} <= {finding.check for finding in wrong(findings)}
    assert all(finding.why and finding.mends for finding in wrong(findings))


def test_root_needs_no_sudo_and_no_ids_of_its_own() -> None:
    findings = diagnose(without(ROOT, "git"), EVERYTHING)
    assert not {"subuid", "linger", "uidmap", "ports"} & {finding.check for finding in findings}
    assert not any("sudo" in str(mend) for finding in findings for mend in finding.mends)


def test_packages_are_installed_in_one_go_and_before_the_rest() -> None:
    machine = within(without(PI, "git", "buildah", "newuidmap"), "session", linger=False)
    first, *others = plan_mends(diagnose(machine, EVERYTHING))
    assert first.packages == ("buildah", "git", "uidmap")
    assert [mend.argv for mend in others] == [("loginctl", "enable-linger", "pi")]


def test_a_running_container_is_not_stopped_for_more_ids() -> None:
    mends = plan_mends(diagnose(within(PI, "uids", size=1000), EVERYTHING))
    assert [mend.argv[0] for mend in mends] == ["usermod"]
    mends = plan_mends(diagnose(within(PI, "uids", size=0), EVERYTHING))
    assert [mend.argv[0] for mend in mends] == ["usermod", "podman"]


def test_podman_makes_its_store_only_after_the_driver_is_set() -> None:
    machine = within(replace(MODERN, suite="bookworm"), "uids", size=0)
    assert [mend.argv[0] for mend in plan_mends(diagnose(machine, EVERYTHING))] == ["usermod", "sh", "podman"]


def test_a_storage_conf_is_never_written_over() -> None:
    machine = within(replace(MODERN, suite="bookworm"), "store", has_config=True)
    assert plan_mends(diagnose(machine, EVERYTHING)) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("root=/dev/sda rootwait", "root=/dev/sda rootwait systemd.unified_cgroup_hierarchy=1"),
        ("systemd.unified_cgroup_hierarchy=0 quiet", " quiet systemd.unified_cgroup_hierarchy=1"),
    ],
)
def test_a_pis_cmdline_stays_one_line(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "cmdline.txt"
    file.write_text(f"{before}\n")
    machine = within(V1, "cgroups", boot_file=str(file))
    (mend,) = plan_mends(diagnose(machine, EVERYTHING))
    subprocess.run(mend.argv, check=True)
    assert file.read_text() == f"{after}\n"
    assert (tmp_path / "cmdline.txt.before-podpipe").read_text() == f"{before}\n"


def test_grubs_line_keeps_its_quotes(tmp_path: Path) -> None:
    file = tmp_path / "grub"
    file.write_text('GRUB_CMDLINE_LINUX="quiet systemd.unified_cgroup_hierarchy=0"\nGRUB_CMDLINE_LINUX_DEFAULT="a"\n')
    (mend,) = plan_mends(diagnose(within(V1, "cgroups", boot_file="", grub=True), EVERYTHING))
    script = mend.argv[2].replace("/etc/default/grub", str(file)).replace("&& update-grub", "")
    subprocess.run(["sh", "-c", script], check=True)
    wanted = 'GRUB_CMDLINE_LINUX="systemd.unified_cgroup_hierarchy=1 quiet"\nGRUB_CMDLINE_LINUX_DEFAULT="a"\n'
    assert file.read_text() == wanted


def test_storage_conf_as_it_is_written(tmp_path: Path) -> None:
    config = tmp_path / "a folder" / "storage.conf"
    machine = within(replace(MODERN, suite="bookworm"), "store", config=str(config))
    (mend,) = plan_mends(diagnose(machine, EVERYTHING))
    subprocess.run(["sh", "-c", mend.command], check=True)
    assert config.read_text() == '[storage]\ndriver = "overlay"\n'


def test_what_a_project_needs(tmp_path: Path) -> None:
    place = Place("pods/web.yaml", 1, 1)
    container = Container("nginx", "nginx", place, ports=(Port(80, 80),), memory=1 << 20)
    definition = Definition("home", tmp_path, pods=(Pod("web", (container,), place),), infra="localhost/base:latest")
    needs = needs_of(definition, "linux/arm/v7")
    assert needs == Needs("home", True, False, False, True, ((80, "web"),), frozenset({"memory"}), "linux/arm/v7")
    findings = diagnose(without(PI, "buildah", "mmdebstrap"), needs)
    assert {finding.check for finding in wrong(findings)} == {"ports"}
    assert "this machine runs linux/arm/v7 itself" in {finding.what for finding in findings}


def test_an_emulator_that_is_there() -> None:
    kernel = replace(MODERN.kernel, machine="x86_64", emulators=frozenset({"qemu-arm"}))
    machine = with_version(replace(MODERN, kernel=kernel), "arch-test")
    assert wrong(diagnose(machine, Needs(platform="linux/arm/v7"))) == []


def test_somebody_at_work_is_no_unclean_past() -> None:
    past = Past("podpipe rebuild", 60.0, (("home", "nginx"),), (("home", 1, 7200.0),))
    assert wrong(diagnose(replace(PI, past=past), EVERYTHING)) == []


def test_sizes_and_times_as_a_person_reads_them() -> None:
    assert [show_size(size) for size in (0, 1500, 25 * 10**6, 1.5 * 10**9)] == ["0 B", "1.5 kB", "25 MB", "1.5 GB"]  # type: ignore[arg-type]
    assert [show_time(seconds) for seconds in (600, 7200, 200000)] == ["10 minutes", "2 hours", "2 days"]
