"""cron's five fields -> systemd's calendar events (systemd.time(7))."""

from __future__ import annotations

from collections.abc import Collection

from podpipe.definition.cron import UNITS, Unit, parse_field

_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY = UNITS


def render_calendar(schedule: str, time_zone: str = "") -> tuple[str, ...]:
    """The expressions for `OnCalendar=`, one or two.

    Where both the day of the month and that of the week are named, cron runs on either, and systemd where they meet.
    """
    minutes, hours, days, months, weekdays = schedule.split()
    at = f"{_numbers(hours, _HOUR)}:{_numbers(minutes, _MINUTE)}:00"
    either = not (is_open(days) or is_open(weekdays))
    dates = [("*", days), (weekdays, "*")] if either else [(weekdays, days)]
    zone = f" {time_zone}" if time_zone else ""
    return tuple(
        f"{_weekdays(weekday)}*-{_numbers(months, _MONTH)}-{_numbers(day, _DAY)} {at}{zone}" for weekday, day in dates
    )


def is_open(field: str) -> bool:
    """Whether a field leaves its unit open, as Kubernetes sees it: `*` or `*/1` stands in it."""
    return any(part in ("*", "*/1") for part in field.split(","))


def _numbers(field: str, unit: Unit) -> str:
    values = parse_field(field, unit)
    if len(values) > unit.high - unit.low:
        return "*"
    return ",".join(f"{first:02}" if first == last else f"{first:02}..{last:02}" for first, last in _runs(values))


def _weekdays(field: str) -> str:
    """Names from Monday on, for a week that wraps around must not become a backward range."""
    values = parse_field(field, _WEEKDAY)
    if len(values) > 6:
        return ""
    names = [_WEEKDAY.names[number].capitalize() for number in (1, 2, 3, 4, 5, 6, 0)]
    runs = _runs({(number - 1) % 7 for number in values})
    return ",".join(names[first] if first == last else f"{names[first]}..{names[last]}" for first, last in runs) + " "


def _runs(values: Collection[int]) -> list[tuple[int, int]]:
    """Numbers as spans of neighbours."""
    starts = sorted(value for value in values if value - 1 not in values)
    ends = sorted(value for value in values if value + 1 not in values)
    return list(zip(starts, ends))
