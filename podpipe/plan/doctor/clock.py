"""The clock: a Pi has none that runs while it is off."""

from __future__ import annotations

import time
from collections.abc import Iterator

from podpipe.plan.doctor.finding import Finding, Mend, advice, by_hand, install, ok, problem, root
from podpipe.plan.doctor.needs import Needs
from podpipe.plan.machine import Clock, Machine

DAY = 86400.0
END = 2145916800.0  # 2038-01-01; soon after it 32-bit systems have no times left


def judge_clock(machine: Machine, _: Needs) -> Iterator[Finding]:
    """Findings about the time and its zone."""
    clock = machine.clock
    if clock is None:
        return
    yield _time(machine, clock)
    if clock.zone:
        yield ok("zone", f"time zone {clock.zone}")
    else:
        why = "CronJobs without a `timeZone` run by it"
        yield advice(
            "zone", "the time zone cannot be told", why, by_hand("timedatectl set-timezone AREA/CITY", as_root=True)
        )


def _time(machine: Machine, clock: Clock) -> Finding:
    now = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(clock.now))
    if not clock.not_before - DAY <= clock.now < END:
        why = (
            "certificates are not valid yet or no longer, so nothing can be fetched; timers run at wrong times, or not"
        )
        return problem("clock", f"the clock is wrong: {now}", why, *_set(machine, clock))
    if clock.synchronised is False and not machine.contained:
        why = "it drifts, and after a power cut it is behind: certificates and timers depend on it"
        return advice("clock", f"nobody says that the clock is right: {now}", why, *_set(machine, clock))
    return ok("clock", f"{now}" + (", synchronised" if clock.synchronised else ""))


def _set(machine: Machine, clock: Clock) -> list[Mend]:
    if not machine.session.systemd:
        return [by_hand("date --set 'YYYY-MM-DD HH:MM'", as_root=True)]
    keeper = [] if clock.keeper else [install("systemd-timesyncd")]
    return [*keeper, root("timedatectl", "set-ntp", "true")]
