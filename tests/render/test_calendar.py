from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given

from podpipe.render.calendar import render_calendar
from tests.cron_times import due, moments, schedules

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@pytest.mark.parametrize(
    ("schedule", "calendar"),
    [
        ("15 6 * * *", ["*-*-* 06:15:00"]),
        ("*/20 * * * *", ["*-*-* *:00,20,40:00"]),
        ("0 0 1 1 *", ["*-01-01 00:00:00"]),
        ("0 8-10,20 * * 1-5", ["Mon..Fri *-*-* 08..10,20:00:00"]),
        ("0 0 * * 0,6", ["Sat..Sun *-*-* 00:00:00"]),
        ("0 0 * * SUN,mon", ["Mon,Sun *-*-* 00:00:00"]),
        ("0 0 13 * 5", ["*-*-13 00:00:00", "Fri *-*-* 00:00:00"]),
        ("0 0 */2 * */1", ["*-*-01,03,05,07,09,11,13,15,17,19,21,23,25,27,29,31 00:00:00"]),
        ("0 0 1-31 * 1", ["*-*-* 00:00:00", "Mon *-*-* 00:00:00"]),
        ("0 12 * jan,MAR-may *", ["*-01,03..05-* 12:00:00"]),
    ],
)
def test_expressions(schedule: str, calendar: list[str]) -> None:
    assert list(render_calendar(schedule)) == calendar


def test_each_expression_has_the_time_zone() -> None:
    assert render_calendar("0 0 13 * 5", "Europe/Berlin") == (
        "*-*-13 00:00:00 Europe/Berlin",
        "Fri *-*-* 00:00:00 Europe/Berlin",
    )


@given(schedules, moments)
def test_systemd_starts_when_cron_would(schedule: str, moment: datetime) -> None:
    assert any(elapses(each, moment) for each in render_calendar(schedule)) == due(schedule, moment)


def elapses(expression: str, moment: datetime) -> bool:
    """Whether systemd's expression names this minute (systemd.time(7))."""
    *weekdays, date, time = expression.split()
    (_, month, day), (hour, minute, second) = date.split("-"), time.split(":")
    assert second == "00"
    numbers = (month, moment.month), (day, moment.day), (hour, moment.hour), (minute, moment.minute)
    return all(within(field, value, int) for field, value in numbers) and (
        not weekdays or within(weekdays[0], moment.weekday(), DAYS.index)
    )


def within(field, value, number) -> bool:
    if field == "*":
        return True
    spans = [[number(end) for end in span.split("..")] for span in field.split(",")]
    assert all(span[0] < span[-1] or len(span) == 1 for span in spans)
    return any(span[0] <= value <= span[-1] for span in spans)
