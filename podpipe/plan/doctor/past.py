"""What the past left behind: units that failed, a delivery that was interrupted, a lock that is held for long."""

from __future__ import annotations

from collections.abc import Iterator

from podpipe.plan.doctor.finding import Finding, advice, by_hand, command, ok, problem
from podpipe.plan.doctor.needs import Needs
from podpipe.plan.machine import Machine, Past

LONG = 3600.0  # seconds; a first build on a Pi takes most of it
SHOWN = 3


def judge_past(machine: Machine, _: Needs) -> Iterator[Finding]:
    """A finding for each thing that is left, or one that says that none is."""
    findings = [*_units(machine), *_begun(machine.past)]
    yield from findings or [ok("past", "nothing is left of the past")]


def _units(machine: Machine) -> Iterator[Finding]:
    failed, checks = machine.session.failed, machine.session.checks
    if failed:
        names = ", ".join(failed[:SHOWN]) + (f" and {len(failed) - SHOWN} more" if len(failed) > SHOWN else "")
        why = "systemd has given up on it; it runs again, if nothing else is wrong, after `podpipe up`"
        reset = command("systemctl", "--user", "reset-failed", *failed)
        look = by_hand(f"journalctl --user --lines=20 --unit={failed[0]}")
        yield problem("failed", f"failed: {names}", why, look, reset)
    if checks:
        what = f"{len(checks)} failed health checks of containers that are gone"
        why = "Podman before 4.0 leaves a failed unit for each, and systemd calls the user's session degraded"
        yield advice("checks", what, why, command("systemctl", "--user", "reset-failed", *checks))


def _begun(past: Past) -> Iterator[Finding]:
    if past.holder and past.held > LONG:
        why = "every other podpipe waits for it; it may hang: end it if it does"
        mend = by_hand("ps -ef --forest")
        yield advice("lock", f"{past.holder} has been at work for {show_time(past.held)}", why, mend)
    for project, what in past.deliveries if not past.holder else ():
        why = "it was killed, or the power went; the next podpipe finishes or undoes it, and says so"
        yield advice("delivery", f"{project}: a delivery was interrupted: {what}", why, by_hand("podpipe up"))
    for project, count, oldest in past.waiting if not past.holder else ():
        if oldest > LONG:
            what = f"{project}: {count} request{'s wait' if count > 1 else ' waits'}, for {show_time(oldest)}"
            why = "a push that nobody takes up does not go live"
            yield advice("queue", what, why, by_hand("podpipe queue"))


def show_time(seconds: float) -> str:
    """A duration as a person says it."""
    hours = seconds / 3600
    return (
        f"{hours / 24:.0f} days"
        if hours >= 48
        else f"{hours:.0f} hours"
        if hours >= 2
        else f"{seconds / 60:.0f} minutes"
    )
