"""What containers print, from the journal, where conmon writes it under systemd."""

from __future__ import annotations

import grp
import json
import os
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

from podpipe.effects.linger import user_name
from podpipe.effects.process import read, stream
from podpipe.effects.systemd import ASK, BEGUN
from podpipe.errors import PodpipeError
from podpipe.plan.status import JobRun

# What systemd says of a unit's end, by the IDs of its message catalog.
ENDS = {"39f53479d3a045ac8e11786248231fbf": "success", "be02cf6855d2428ba40df7e9d022f03d": "failed"}
PATIENCE = 3.0  # seconds until the journal has the last lines of a run
FIELDS = "MESSAGE,MESSAGE_ID,CONTAINER_NAME,USER_INVOCATION_ID"


def read_journal(names: Sequence[str], *, follow: bool = False, tail: int | None = None) -> Iterator[tuple[str, str]]:
    """(container, line) of this boot, in the order in which they came; the last `tail` of each container.

    Errors: CommandFailed; PodpipeError where the journal may not be read.
    """
    if follow or tail is None:
        yield from _lines([f"CONTAINER_NAME={name}" for name in names], follow=follow, tail=tail)
        return
    for name in names:
        yield from _lines([f"CONTAINER_NAME={name}"], follow=False, tail=tail)


def last_run_lines(job: str, since: float) -> list[str]:
    """What the container of a CronJob's last run printed, of one that began after `since` and has ended.

    systemd writes its own word of the end after them all, so when that is there, they are.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        invocation, run = ([("", None), *_runs(job).items()])[-1]
        ended = run is not None and run.result != "running" and _seconds(run) >= int(since)
        if ended or time.monotonic() >= deadline:
            entries = _entries([f"_SYSTEMD_INVOCATION_ID={invocation}"]) if invocation else []
            return [_text(entry) for entry in entries if "CONTAINER_NAME" in entry]
        time.sleep(0.1)


def read_runs(job: str) -> list[JobRun]:
    """The runs of a CronJob that the journal still knows."""
    return list(_runs(job).values())


def _runs(job: str) -> dict[str, JobRun]:
    """By their invocation."""
    units = [f"--user-unit={job}.service", f"--user-unit={job}@*.service"]
    began: dict[str, float] = {}
    runs: dict[str, JobRun] = {}
    for entry in _entries([*units, *(f"MESSAGE_ID={each}" for each in (BEGUN, *ENDS))]):
        run, message = str(entry.get("USER_INVOCATION_ID")), str(entry["MESSAGE_ID"])
        at = int(str(entry["__REALTIME_TIMESTAMP"])) / 1e6
        if message == BEGUN:
            began[run] = at
        if run in began:
            started = datetime.fromtimestamp(began[run], timezone.utc).isoformat(timespec="seconds")
            runs[run] = JobRun(started, round(at - began[run], 3), ENDS.get(message, "running"))
    return runs


def _seconds(run: JobRun) -> float:
    return datetime.fromisoformat(run.started).timestamp()


def _entries(matches: Sequence[str]) -> list[dict[str, object]]:
    text = read(_command(matches), doing="reading the journal", timeout=ASK)
    return [json.loads(line) for line in text.splitlines()]


def _lines(matches: Sequence[str], *, follow: bool, tail: int | None) -> Iterator[tuple[str, str]]:
    amount = [f"--lines={'all' if tail is None else tail}", "--boot", *(["--follow"] if follow else [])]
    nothing = True
    for line in stream(_command([*amount, f"_UID={os.getuid()}", *matches]), doing="reading the journal"):
        entry, nothing = json.loads(line), False
        yield str(entry.get("CONTAINER_NAME", "")), _text(entry)
    if nothing:
        _check_readable()


def _command(arguments: Sequence[str]) -> list[str]:
    """Without --user, which finds nothing in a journal that is kept in memory: there it is one for all users."""
    return ["journalctl", "--quiet", "--no-pager", "--output=json", f"--output-fields={FIELDS}", *arguments]


def _check_readable() -> None:
    """journalctl says nothing, and fails not, where it may not read. Errors: PodpipeError."""
    groups = {grp.getgrgid(each).gr_name for each in os.getgroups()}
    own = any(Path("/var/log/journal").glob(f"*/user-{os.getuid()}*.journal"))
    if os.getuid() and not own and not groups & {"adm", "systemd-journal", "wheel"}:
        raise PodpipeError(
            "this user may not read the journal, where containers' lines are kept",
            hint=f"sudo usermod -aG systemd-journal {user_name()}, and log in again",
        )


def _text(entry: dict[str, object]) -> str:
    """journalctl gives a line that is not UTF-8 as a list of its bytes, and one that is too long as null.

    Some versions of conmon leave the line's end on it.
    """
    message = entry.get("MESSAGE")
    text = bytes(message).decode(errors="replace") if isinstance(message, list) else str(message or "")
    return text.rstrip("\n")
