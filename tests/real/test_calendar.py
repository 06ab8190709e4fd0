"""systemd's own reading of the calendars that CronJobs become."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from podpipe.render.calendar import render_calendar
from tests.cron_times import moments, next_due, schedules

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze"),
]
NEXT = re.compile(r"Next elapse: (?:\w+ ([0-9: -]+) UTC|never)")
WITHIN = timedelta(days=40)


@settings(max_examples=60, deadline=None)
@given(schedules, moments)
def test_systemd_elapses_when_cron_would(schedule: str, moment: datetime) -> None:
    elapses = [each for each in map(next_elapse, next_elapses(schedule, moment)) if each and each <= moment + WITHIN]
    assert min(elapses, default=None) == next_due(schedule, moment, WITHIN)


def next_elapses(schedule: str, moment: datetime) -> list[str]:
    expressions = render_calendar(schedule, "UTC")
    words = ["systemd-analyze", "calendar", f"--base-time={moment:%Y-%m-%d %H:%M:%S} UTC", *expressions]
    said = subprocess.run(words, check=True, capture_output=True, text=True, env={"TZ": "UTC"}).stdout
    found = [match[1] or "" for match in NEXT.finditer(said)]
    assert len(found) == len(expressions), said
    return found


def next_elapse(text: str) -> datetime | None:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S") if text else None
