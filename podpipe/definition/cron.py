"""cron's five fields, as Kubernetes reads them: `15 6 * * *`, `@daily`."""

from __future__ import annotations

from typing import NamedTuple

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


class Unit(NamedTuple):
    """One of the five fields: its values lie in `low..high`; `names` stand for the first of them on."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


UNITS = (
    Unit("minute", 0, 59),
    Unit("hour", 0, 23),
    Unit("day of the month", 1, 31),
    Unit("month", 1, 12, _MONTHS),
    Unit("day of the week", 0, 6, _DAYS),
)


def parse_schedule(text: str) -> tuple[str, ...]:
    """The five fields of a schedule, macros written out. Errors: ValueError, which says what is wrong."""
    if text.startswith("@"):
        if text not in MACROS:
            raise ValueError(f"`{text[:80]}` is not one of {', '.join(MACROS)}")
        text = MACROS[text]
    fields = tuple(text.split())
    if len(fields) != len(UNITS):
        raise ValueError(f"a schedule has five fields, and this has {len(fields)}")
    minutes, hours, days, months, weekdays = (parse_field(field, unit) for field, unit in zip(fields, UNITS))
    assert minutes and hours and weekdays
    if fields[4] == "*" and all(min(days) > _LONGEST_MONTH.get(month, 31) for month in months):
        raise ValueError("this day never comes: none of these months has it")
    return fields


def parse_field(text: str, unit: Unit) -> frozenset[int]:
    """The values that a field stands for. Errors: ValueError."""
    values: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        first, last = _span(span, unit, open_ended=bool(slash))
        values.update(range(first, last + 1, _number(step, unit, 1, unit.high) if slash else 1))
    return frozenset(values)


def _span(text: str, unit: Unit, open_ended: bool) -> tuple[int, int]:
    if text == "*":
        return unit.low, unit.high
    start, dash, end = text.partition("-")
    first = _value(start, unit)
    last = _value(end, unit) if dash else unit.high if open_ended else first
    if last < first:
        raise ValueError(f"{unit.name}: `{text}` goes backwards")
    return first, last


def _value(text: str, unit: Unit) -> int:
    if text.lower() in unit.names:
        return unit.low + unit.names.index(text.lower())
    return _number(text, unit, unit.low, unit.high)


def _number(text: str, unit: Unit, low: int, high: int) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 4 and low <= int(text) <= high:
        return int(text)
    sunday = "; Sunday is 0" if unit.names == _DAYS and text == "7" else ""
    raise ValueError(f"{unit.name}: `{text[:40]}` is not between {low} and {high}{sunday}")
