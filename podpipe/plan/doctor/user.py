"""The user: ids for containers, and a systemd that runs without a login."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from podpipe.plan.doctor.finding import Finding, Mend, advice, by_hand, command, install, ok, problem, root
from podpipe.plan.doctor.needs import Needs
from podpipe.plan.machine import Machine, Session, SubIds

RANGE = 65536  # ids of the range that an image may use
# Ends Podman's pause process, which holds the old ids. Podman's first command also makes the store, by whatever driver
# is set then.
MIGRATE = Mend(("podman", "system", "migrate"), at_last=True)


def judge_user(machine: Machine, _: Needs) -> Iterator[Finding]:
    """A finding for each thing that Podman and systemd must know about the user."""
    if machine.user.is_root:
        what = "you are root, and podpipe is for ordinary users"
        why = (
            "whoever breaks out of a container is then root of the whole machine; nothing below is about root's Podman"
        )
        yield advice("user", what, why, by_hand(f"runuser -l {machine.user.other or 'USER'}", as_root=True))
        return
    yield from _sub_ids(machine)
    yield _mapper(machine)
    if not machine.session.systemd:
        why = "Podman alone keeps the pods: no boot starts them, no CronJob runs by its schedule"
        yield advice("systemd", "systemd does not run this machine", why, by_hand("podpipe up"))
        return
    yield from _linger(machine)
    astray = list(_runtime(machine))
    yield from astray or [_manager(machine)]
    if machine.session.manager:
        yield _bus(machine.session)


def _sub_ids(machine: Machine) -> Iterator[Finding]:
    user, free = machine.user.name, max(machine.uids.free, machine.gids.free)
    files = (("subuid", "uids", machine.uids), ("subgid", "gids", machine.gids))
    given = f"{free}-{free + RANGE - 1}"
    for name, kind, ids in files:
        if ids.size is None:
            continue
        mends = [root("usermod", f"--add-sub{kind}", given, user)]
        if "podman" in machine.programs:
            mends.append(replace(MIGRATE, by_hand=ids.size > 0))  # it stops what runs
        if ids.size < RANGE:
            what = f"{user} has {ids.size or 'no'} subordinate {kind} in /etc/{name}"
            why = f"files of an image belong to more users than that: it wants {RANGE}"
            yield (problem if ids.size == 0 else advice)(name, what, why, *mends)
        elif ids.shared_with:
            yield _shared(name, kind, user, ids)
        else:
            yield ok(name, f"{ids.size} subordinate {kind}")


def _shared(name: str, kind: str, user: str, ids: SubIds) -> Finding:
    what = f"{user} and {ids.shared_with} have some subordinate {kind} in common in /etc/{name}"
    why = "a container of one of them may read what the other's wrote"
    return advice(name, what, why, by_hand(f"usermod --del-sub{kind} FIRST-LAST {user}", as_root=True))


def _mapper(machine: Machine) -> Finding:
    newuidmap = machine.programs.get("newuidmap")
    why = "it gives a container the user's subordinate ids; without it files of other users cannot be unpacked"
    if newuidmap is None:
        return problem("uidmap", "newuidmap is not installed", why, install("uidmap"))
    if not newuidmap.elevated:
        mend = root("chmod", "u+s", newuidmap.path, newuidmap.path.replace("newuidmap", "newgidmap"))
        return problem("uidmap", f"{newuidmap.path} has lost its privilege", why, mend)
    return ok("uidmap", "newuidmap")


def _runtime(machine: Machine) -> Iterator[Finding]:
    session, uid = machine.session, machine.user.uid
    if session.runtime != f"/run/user/{uid}" and session.runtime_owner != uid:
        what = f"XDG_RUNTIME_DIR is {session.runtime}, which is not {machine.user.name}'s"
        why = "su and sudo pass it on: Podman then finds neither its containers nor systemd"
        yield problem("runtime-dir", what, why, by_hand(f"export XDG_RUNTIME_DIR=/run/user/{uid}"))


def _linger(machine: Machine) -> Iterator[Finding]:
    user = machine.user.name
    if machine.session.linger is False:
        what = f"{user}'s systemd ends when {user} logs out, and no boot starts it"
        why = "after a reboot nothing runs: linger keeps a user's units going without a login"
        argv = ("loginctl", "enable-linger", user)
        yield problem("linger", what, why, Mend(argv, as_root=True, root_optional=True))
    elif machine.session.linger:
        yield ok("linger", f"{user}'s units run without a login")


def _manager(machine: Machine) -> Finding:
    if machine.session.manager:
        return ok("manager", "the user's systemd answers")
    what = f"the systemd of {machine.user.name} does not answer in {machine.session.runtime}"
    why = "nothing keeps the pods, their timers and their ports, and `podpipe up` falls back to Podman alone"
    return problem("manager", what, why, root("systemctl", "start", f"user@{machine.user.uid}.service"))


def _bus(session: Session) -> Finding:
    if session.bus:
        return ok("bus", "the user's bus")
    why = "Podman asks systemd for control groups by it: containers fail to start, or escape their limits"
    start = command("systemctl", "--user", "start", "dbus.socket")
    if session.bus_unit:
        return problem("bus", "the user's bus does not run", why, start)
    reload = command("systemctl", "--user", "daemon-reload")
    return problem("bus", "the user has no bus", why, install("dbus-user-session"), reload, start)
