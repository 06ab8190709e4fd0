"""CronJobs -> timers, and between timer and container what Kubernetes' rules need."""

from __future__ import annotations

from collections.abc import Iterator

from podpipe.definition.specs import CronJob
from podpipe.render.calendar import render_calendar
from podpipe.render.unitfile import Line, UnitFile, literal, render_file

SLACK = 10  # seconds by which a run on time may be late, as for Kubernetes, which looks that often


def render_timer(job: CronJob, origin: str) -> Iterator[UnitFile]:
    """The timer, and a service that it starts where starting the container itself would not do."""
    calendar = render_calendar(job.schedule, job.time_zone)
    schedules = _needs_schedule(job)
    timer: list[Line] = [("OnCalendar", expression) for expression in calendar]
    timer += [("Persistent", "true"), ("AccuracySec", "1s")]  # what was missed while the machine was off is made up for
    if job.random_delay:
        timer += [("RandomizedDelaySec", f"{job.random_delay}"), ("FixedRandomDelay", "true")]
    timer += [("Unit", f"{job.name}-schedule.service" if schedules else f"{job.name}.service")]
    sections: dict[str, list[Line]] = {
        "Unit": [("Description", f"Times of the CronJob {job.name}")],
        "Timer": timer,
        "Install": [("WantedBy", "timers.target")],
    }
    yield render_file(f"{job.name}.timer", job.name, origin, sections)
    if schedules:
        yield _render_schedule(job, calendar, origin)


def overlaps(job: CronJob) -> bool:
    """Whether runs may run side by side, each an instance of a template."""
    return job.concurrency_policy == "Allow"


def _needs_schedule(job: CronJob) -> bool:
    """A timer does not start again what runs still: that is Forbid without a deadline, and nothing else."""
    return job.concurrency_policy != "Forbid" or job.starting_deadline is not None


def _render_schedule(job: CronJob, calendar: tuple[str, ...], origin: str) -> UnitFile:
    run = f"{job.name}@${{INVOCATION_ID}}.service" if overlaps(job) else f"{job.name}.service"
    verb = "restart" if job.concurrency_policy == "Replace" else "start"
    service: list[Line] = [("Type", "oneshot")]
    if job.starting_deadline is not None:
        service.append(("ExecCondition", _due(job.starting_deadline + job.random_delay + SLACK, calendar)))
    service.append(("ExecStart", f"/bin/systemctl --user --no-block {verb} {run}"))
    sections: dict[str, list[Line]] = {
        "Unit": [("Description", f"A run of the CronJob {job.name}, if it is time")],
        "Service": service,
    }
    return render_file(f"{job.name}-schedule.service", job.name, origin, sections)


def _due(seconds: int, calendar: tuple[str, ...]) -> str:
    """Fails unless a scheduled time lies at most so many seconds back: of those since then, the first is past."""
    expressions = " ".join(f'"{literal(expression)}"' for expression in calendar)
    past = 'grep -Eq "From now: .*(ago|now)$$"'
    return f"/bin/sh -c 'systemd-analyze calendar --base-time=-{seconds}s {expressions} | {past}'"
