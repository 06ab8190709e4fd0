"""Podman, buildah and what rootless Podman calls: installed, and of versions that go together."""

from __future__ import annotations

from collections.abc import Iterator

from podpipe.plan.doctor.finding import Finding, advice, by_hand, install, note, ok, problem
from podpipe.plan.doctor.needs import Needs
from podpipe.plan.machine import Machine, Version

OLDEST: Version = (3, 0)
OWN_INFRA: Version = (4, 0)  # from then on Podman makes its pause image itself, of catatonit
PASTA: Version = (5, 0)  # from then on it is what connects rootless containers
OLDEST_CONMON: Version = (2, 0, 24)  # "please update to v2.0.24 or later: outdated conmon version"
# Podman 5 writes OCI's version 1.2 into config.json, which crun before 1.14.3 takes for none (podman#27272).
NEW_SPEC, OLDEST_CRUN = (5, 0), (1, 14, 3)
UPGRADE = by_hand("apt-get full-upgrade", as_root=True)


def judge_programs(machine: Machine, needs: Needs) -> Iterator[Finding]:
    """A finding for each program that is needed here."""
    yield from _podman(machine)
    if needs.builds:
        yield _needed(machine, "buildah", "buildah", "it builds the images")
    if needs.debian:
        yield _needed(machine, "mmdebstrap", "mmdebstrap", "it makes base images from Debian's archive")
    yield _needed(machine, "git", "git", "`podpipe rebuild` and pushes fetch branches with it")
    if "podman" not in machine.programs:
        return  # apt brings the right ones along; what is recommended only is asked for below once it is there
    yield _conmon(machine)
    yield _runtime(machine)
    if not machine.user.is_root:
        yield _network(machine)
    if machine.version("podman") >= OWN_INFRA:
        yield _backend(machine)
    if needs.pods:
        yield _infra(machine, needs)


def _needed(machine: Machine, program: str, package: str, why: str) -> Finding:
    found = machine.programs.get(program)
    if found is None:
        return problem(program, f"{program} is not installed", why, install(package))
    return ok(program, f"{program} {show(found.version)}".strip())


def _podman(machine: Machine) -> Iterator[Finding]:
    found = machine.programs.get("podman")
    if found is None:
        packages = ["podman", "crun", "slirp4netns", "fuse-overlayfs", "uidmap", "catatonit", "dbus-user-session"]
        if machine.suite not in ("", "bullseye", "bookworm"):
            packages.append("passt")
        yield problem("podman", "podman is not installed", "it runs the containers", install(*packages))
    elif found.version and found.version < OLDEST:
        what = f"podman {show(found.version)} is too old: podpipe needs 3.0, which Debian has from Bullseye (11) on"
        yield problem("podman", what, "podpipe speaks to it by an API that it does not have", UPGRADE)
    else:
        yield ok("podman", f"podman {show(found.version) or '(version unknown)'}")


def _conmon(machine: Machine) -> Finding:
    finding = _needed(machine, "conmon", "conmon", "Podman does nothing without it: it watches each container")
    version = machine.version("conmon")
    if version and version < OLDEST_CONMON:
        why = f"Podman refuses each command with it: it wants {show(OLDEST_CONMON)}"
        return problem("conmon", f"conmon {show(version)} is too old", why, install("conmon"))
    return finding


def _runtime(machine: Machine) -> Finding:
    crun = machine.programs.get("crun")
    if crun is None:
        if "runc" in machine.programs:
            why = "containers start slower and take more memory; podpipe is tested with crun"
            return advice("runtime", "crun is not installed, runc is", why, install("crun"))
        return problem(
            "runtime", "neither crun nor runc is installed", "one of them starts containers", install("crun")
        )
    if machine.version("podman") >= NEW_SPEC and crun.version and crun.version < OLDEST_CRUN:
        what = f"{crun.path} {show(crun.version)} is too old for podman {show(machine.version('podman'))}"
        why = f'no container starts: "unknown version specified", until it is {show(OLDEST_CRUN)}'
        return problem("runtime", what, why, install("crun"))
    return ok("runtime", f"crun {show(crun.version)}".strip())


def _network(machine: Machine) -> Finding:
    program, package = ("pasta", "passt") if machine.version("podman") >= PASTA else ("slirp4netns", "slirp4netns")
    if program not in machine.programs:
        why = "it connects rootless containers with the network: no pod starts without it"
        return problem("network", f"{program} is not installed", why, install(package))
    return ok("network", program)


def _backend(machine: Machine) -> Finding:
    if "netavark" in machine.programs:
        return ok("netavark", f"netavark {show(machine.version('netavark'))}".strip())
    packages = install("netavark", "aardvark-dns")
    if machine.version("podman") < PASTA:
        return advice("netavark", "netavark is not installed", "Podman has no networks of its own without it", packages)
    return problem("netavark", "netavark is not installed", "Podman 5 does not start without it", packages)


def _infra(machine: Machine, needs: Needs) -> Finding:
    """Each pod has an infra container, which only waits."""
    if needs.infra:
        return ok("infra", "the project names an image for infra containers")
    version = machine.version("podman")
    if version >= OWN_INFRA and "catatonit" not in machine.programs:
        why = "it is what Podman's own infra containers run: pods fail with `finding pause binary`"
        return problem("infra", "catatonit is not installed", why, install("catatonit"))
    if version and version < OWN_INFRA:
        if not needs.project:
            return ok("infra", "podpipe brings an image for infra containers, Debian's with catatonit")
        what = f"podman {show(version)} has no pause image, and the project names no image for infra containers"
        why = "no pod starts without one; any of `images` that has `sleep` will do as NAME, a Debian image by itself"
        return problem("infra", what, why, note("add the line `infra: NAME` to podpipe.yaml"))
    return ok("infra", f"catatonit {show(machine.version('catatonit'))}".strip())


def show(version: Version) -> str:
    """A version as it is written."""
    return ".".join(map(str, version))
