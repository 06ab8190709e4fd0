"""When a CronJob is due, by Kubernetes' own rules, minute by minute: what systemd's calendars are measured with."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies

from podpipe.definition.cron import UNITS

MINUTE = timedelta(minutes=1)


def due(schedule: str, moment: datetime) -> bool:
    """Whether the schedule names this minute (github.com/robfig/cron, which Kubernetes uses)."""
    minute, hour, day, month, weekday = schedule.split()
    date = matches(day, moment.day, 2), matches(weekday, moment.isoweekday() % 7, 4)
    left_open = any(part in ("*", "*/1") for field in (day, weekday) for part in field.split(","))
    return (
        matches(minute, moment.minute, 0)
        and matches(hour, moment.hour, 1)
        and matches(month, moment.month, 3)
        and (all(date) if left_open else any(date))
    )


def matches(field: str, value: int, unit: int) -> bool:
    return any(_part_matches(part, value, unit) for part in field.split(","))


def _part_matches(part: str, value: int, unit: int) -> bool:
    span, _, step = part.partition("/")
    low, high = UNITS[unit].low, UNITS[unit].high
    if span != "*":
        first, dash, last = span.partition("-")
        low = _number(first, unit)
        high = _number(last, unit) if dash else high if step else low
    return value in range(low, high + 1, int(step or 1))


def _number(text: str, unit: int) -> int:
    names = UNITS[unit].names
    return UNITS[unit].low + names.index(text.lower()) if text.lower() in names else int(text)


def next_due(schedule: str, after: datetime, within: timedelta) -> datetime | None:
    """The first minute after a moment that the schedule names; None where that is further away than `within`."""
    moment = after.replace(second=0, microsecond=0) + MINUTE
    while moment <= after + within:
        if due(schedule, moment):
            return moment
        moment += MINUTE
    return None


@strategies.composite
def fields(draw: strategies.DrawFn, unit: int) -> str:
    """One field of a schedule: steps, spans, lists and names."""
    low, high, names = UNITS[unit].low, UNITS[unit].high, UNITS[unit].names

    def word(number: int) -> str:
        spelled = names and number - low < len(names) and draw(strategies.booleans())
        return names[number - low].upper() if spelled else f"{number}"

    def part() -> str:
        kind = draw(strategies.sampled_from(["*", "n", "n-m", "n-m/s", "*/s", "n/s"]))
        first = draw(strategies.integers(low, high))
        last = draw(strategies.integers(first, high))
        step = draw(strategies.integers(1, max(1, high // 2)))
        texts = {"*": "*", "n": word(first), "n-m": f"{word(first)}-{word(last)}"}
        return {**texts, "n-m/s": f"{texts['n-m']}/{step}", "*/s": f"*/{step}", "n/s": f"{first}/{step}"}[kind]

    return ",".join(part() for _ in range(draw(strategies.integers(1, 3))))


schedules = strategies.tuples(*map(fields, range(5))).map(" ".join)
moments = strategies.datetimes(datetime(2020, 1, 1), datetime(2032, 12, 31)).map(
    lambda each: each.replace(microsecond=0)
)
