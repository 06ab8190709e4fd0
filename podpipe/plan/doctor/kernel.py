"""Control groups, ports below 1024, namespaces and devices: what the kernel lets an ordinary user do."""

from __future__ import annotations

from collections.abc import Iterator

from podpipe.definition.platform import parse_platform
from podpipe.errors import UsageError
from podpipe.plan.doctor.finding import Finding, Mend, advice, by_hand, install, note, ok, problem, root, shell, writing
from podpipe.plan.doctor.needs import Needs
from podpipe.plan.machine import Cgroups, Machine

REBOOT = "then: sudo reboot"
UNIFIED = "systemd.unified_cgroup_hierarchy=1"
MEMORY = ("cgroup_enable=memory", "cgroup_memory=1")  # what the Pi's firmware switches off unless told so
SYSCTL = "/etc/sysctl.d/90-podpipe-{}.conf"
DELEGATE = "/etc/systemd/system/user@.service.d/podpipe-delegate.conf"


def judge_kernel(machine: Machine, needs: Needs) -> Iterator[Finding]:
    """A finding for each thing that the kernel may refuse."""
    yield _cgroups(machine)
    yield from _controllers(machine, needs)
    if not machine.user.is_root:
        yield from _namespaces(machine)
        yield from _ports(machine, needs)
        yield from _devices(machine)
    if needs.platform:
        yield _emulator(machine, needs.platform)


def _cgroups(machine: Machine) -> Finding:
    groups = machine.cgroups
    if groups.version == 2:
        return ok("cgroups", "cgroup v2")
    what = "control groups are not mounted" if not groups.version else "cgroup v1, or a mix of v1 and v2, is mounted"
    why = "crun refuses the mix, and an ordinary user can limit nothing in v1, nor count what a pod uses"
    if not machine.session.systemd:
        user = machine.user.other or "USER"
        script = f"umount -R /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec su - {user}"
        return problem("cgroups", what, why, Mend(("unshare", "-m", *shell(script)), as_root=True, by_hand=True))
    return problem("cgroups", what, why, _boot_with(groups, UNIFIED))


def _controllers(machine: Machine, needs: Needs) -> Iterator[Finding]:
    groups = machine.cgroups
    if groups.version != 2 or groups.controllers is None:
        return
    report = problem if "memory" in needs.controllers else advice
    if "memory" not in groups.controllers:
        why = "without it no container's memory can be limited or counted: one that leaks takes the machine down"
        if machine.contained or not machine.session.systemd:
            mend = note("have the host give it: in /sys/fs/cgroup/cgroup.controllers there is no `memory`")
            yield report("memory", "this container's host holds the memory controller back", why, mend)
        else:
            yield report("memory", _memory_is_off(machine), why, _boot_with(groups, *MEMORY))
        return
    wanted = {*needs.controllers, "memory"} & groups.controllers
    missing = sorted(wanted - groups.delegated) if groups.delegated is not None and not machine.user.is_root else []
    if not missing:
        yield ok("memory", "the memory controller is there")
        return
    script = f"{writing(DELEGATE, '[Service]', 'Delegate=cpu cpuset io memory pids')} && systemctl daemon-reload"
    needed = problem if needs.controllers & {*missing} else advice
    what = f"systemd does not hand users the cgroup controller {' and '.join(missing)}"
    yield needed("memory", what, "limits of containers have no effect without it", root(*shell(script), then=REBOOT))


def _memory_is_off(machine: Machine) -> str:
    if {*MEMORY} <= {*machine.cgroups.boot_words}:
        return "the memory controller is off until the next boot"
    return "the memory controller is off" + (f", as it is on a {machine.model} by default" if machine.model else "")


def _boot_with(groups: Cgroups, *words: str) -> Mend:
    """Give the kernel words at its next boot, in the one line of a Pi's cmdline.txt or by GRUB; none of them twice."""
    if {*words} <= {*groups.boot_words}:
        return by_hand("reboot", as_root=True)
    text = " ".join(words)
    names = [word.partition("=")[0].replace(".", "\\.") for word in words if word.startswith("systemd.")]
    old = "".join(f's/ *{name}=[^ "]*//; ' for name in names)
    if groups.boot_file:
        return root("sed", "-i.before-podpipe", f"{old}1 s/$/ {text}/", groups.boot_file, then=REBOOT)
    if groups.grub:
        edit = f'{old}s/^GRUB_CMDLINE_LINUX="/&{text} /'.replace('"', r"\"")
        script = f'sed -i.before-podpipe "{edit}" /etc/default/grub && update-grub'
        return root(*shell(script), then=REBOOT)
    return note(f"have the boot loader give the kernel these words: {text}")


def _namespaces(machine: Machine) -> Iterator[Finding]:
    if machine.kernel.user_namespaces is False:
        what = "the kernel gives ordinary users no namespaces"
        # Only Debian's kernels have the second one: the hyphen lets the others pass over it.
        mend = _sysctl("namespaces", "user.max_user_namespaces=15000", "-kernel.unprivileged_userns_clone=1")
        yield problem("namespaces", what, "rootless Podman does nothing without them", mend)
    elif machine.kernel.user_namespaces:
        yield ok("namespaces", "user namespaces")


def _ports(machine: Machine, needs: Needs) -> Iterator[Finding]:
    lowest = machine.kernel.lowest_port
    if lowest is None:
        return
    low = sorted({(number, pod) for number, pod in needs.ports if number < lowest})
    if not low:
        yield ok("ports", f"ports from {lowest} on")
        return
    line = f"net.ipv4.ip_unprivileged_port_start={low[0][0]}"
    wanted = ", ".join(f"pod {pod} wants port {number}" for number, pod in low)
    what = f"{wanted}, but without root the lowest is {lowest}"
    why = "the pod does not start: the kernel keeps lower ports for root"
    yield problem("ports", what, why, _sysctl("ports", line))


def _sysctl(name: str, *lines: str) -> Mend:
    """Set what the kernel has, now and at each boot."""
    file = SYSCTL.format(name)
    return root(*shell(f"{writing(file, *lines)} && sysctl -p {file}"))


def _devices(machine: Machine) -> Iterator[Finding]:
    if machine.kernel.tun:
        yield ok("tun", "/dev/net/tun")
    else:
        script = "modprobe tun; [ -e /dev/net/tun ] || { mkdir -p /dev/net && mknod /dev/net/tun c 10 200; }; "
        why = "no pod gets a network: slirp4netns and pasta open it"
        mend = root(*shell(f"{script}chmod 666 /dev/net/tun"))
        yield problem("tun", "/dev/net/tun cannot be opened", why, mend)


def _emulator(machine: Machine, platform: str) -> Finding:
    """Whether programs of another machine's run here, in builds too (flag F of binfmt_misc)."""
    try:
        wanted = parse_platform(platform)
    except UsageError as error:
        return problem("emulator", error.message, "podpipe knows no emulator for it", note(error.hint))
    emulator = wanted.emulator
    if wanted.runs_on(machine.kernel.machine):
        return ok("emulator", f"this machine runs {platform} itself")
    if emulator in machine.kernel.emulators and "arch-test" in machine.programs:
        return ok("emulator", f"{emulator} runs {platform}")
    what = f"nothing here runs programs for {platform}"
    enable = root(*shell(f"update-binfmts --enable {emulator} || systemctl restart systemd-binfmt"))
    packages = install("qemu-user-static", "binfmt-support", "arch-test")
    return problem("emulator", what, "each RUN of a build for it fails with `exec format error`", packages, enable)
