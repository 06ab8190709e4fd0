"""The user's systemd: the one door to `systemctl --user` and its journal.

Every call finds the user's bus by itself, also in a job without a login session.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
from collections.abc import Mapping, Sequence
from typing import Protocol

from podpipe.effects.process import ALONE, read
from podpipe.effects.session import session_folder
from podpipe.errors import CommandFailed
from podpipe.plan.units import ObservedUnit

PROPERTIES = (
    *("LoadState", "ActiveState", "SubState", "Result", "NeedDaemonReload", "UnitFileState", "ExecStart"),
    *("ExecStartPre", "ExecMainStatus", "NRestarts", "InvocationID", "ActiveEnterTimestamp", "InactiveEnterTimestamp"),
    *("NextElapseUSecRealtime", "LastTriggerUSec", "FragmentPath", "SourcePath"),
)
MADE_FROM = re.compile(r"\bio\.podpipe\.unit=([0-9a-f]+)")
HEALTH_CHECK = re.compile(r"^[0-9a-f]{64}\.service", re.MULTILINE)  # named by the container's ID
NEXT_UNIT = re.compile(rf"\n\n+(?=(?:{'|'.join(PROPERTIES)})=)")  # an argument may hold empty lines too
NOISE = re.compile(
    r"\d{4}-\d\d-\d\d \S+ \S+ UTC( m=\S+)? (container|pod|image|volume|network) \w+ "  # Podman's events
    r"|\S+: Killing process \d+ \(.*\) with signal \w+\.$"  # what a service leaves, one line for each
)
BEGUN = "7d4958e842da4a758f6c1cdc7b36dcc5"  # its catalog's ID of the message that a unit is started
MANY = 10  # lines that are looked at for each that is wanted: most are Podman's own
ASK = 60.0  # seconds; a Pi under load takes some to answer
JOB = 1000.0  # seconds that starting and stopping may take: units have limits of their own


class UserManager(Protocol):
    """What podpipe wants of systemd. Units are named whole: `web-nginx.service`."""

    def show(self, units: Sequence[str]) -> Mapping[str, ObservedUnit]:
        """Each unit as systemd has it loaded; one that it does not know has the load state `not-found`."""
        ...

    def reload(self) -> None:
        """Read all unit files again, which also runs the generators."""
        ...

    def enable(self, units: Sequence[str]) -> None:
        """Make the links that [Install] asks for; `reload` makes them count."""
        ...

    def disable(self, units: Sequence[str]) -> None:
        """Remove these links."""
        ...

    def start(self, units: Sequence[str], *, wait: bool = True) -> None:
        """Start what does not run; with `wait` until all run, or have run. Errors: CommandFailed."""
        ...

    def restart(self, units: Sequence[str]) -> None:
        """Stop what runs, start all. Errors: CommandFailed."""
        ...

    def stop(self, units: Sequence[str]) -> None:
        """Stop what runs and forget that it failed."""
        ...

    def forget_checks(self) -> None:
        """Forget the failed health checks of containers that are gone: Podman 3.0.1 leaves a unit for each."""
        ...

    def journal(self, unit: str, *, lines: int, last_run: bool = False) -> list[str]:
        """The last lines that a unit's processes wrote, and systemd about it; of `last_run`, since its last start."""
        ...


class Systemctl:
    """The user manager behind `systemctl --user`."""

    def show(self, units: Sequence[str]) -> Mapping[str, ObservedUnit]:
        if not units:
            return {}
        wanted = f"--property={','.join(PROPERTIES)}"
        text = self._call("asking systemd for its units", "show", wanted, "--", *units, timeout=ASK)
        return {unit: _observed(block) for unit, block in zip(units, _blocks(text))}

    def reload(self) -> None:
        self._call("reloading systemd's units", "daemon-reload")

    def enable(self, units: Sequence[str]) -> None:
        if units:
            self._call("enabling units", "enable", "--no-reload", "--quiet", "--", *units)

    def disable(self, units: Sequence[str]) -> None:
        if units:
            self._call("disabling units", "disable", "--no-reload", "--quiet", "--", *units)

    def start(self, units: Sequence[str], *, wait: bool = True) -> None:
        if units:
            self._call("starting units", "start", *([] if wait else ["--no-block"]), "--", *units)

    def restart(self, units: Sequence[str]) -> None:
        if units:
            self._call("restarting units", "restart", "--", *units)

    def stop(self, units: Sequence[str]) -> None:
        if not units:
            return
        self._call("stopping units", "stop", "--", *units)
        with contextlib.suppress(CommandFailed):  # it says so of units that did not fail
            self._call("forgetting failures", "reset-failed", "--", *units)

    def forget_checks(self) -> None:
        failed = self._call("looking for failed units", "list-units", "--state=failed", "--plain", "--no-legend")
        units = HEALTH_CHECK.findall(failed)
        if units:
            self._call("forgetting failed health checks", "reset-failed", "--", *units)

    def journal(self, unit: str, *, lines: int, last_run: bool = False) -> list[str]:
        words = ["journalctl", "--quiet", "--no-pager", "--output=json"]
        words += ["--output-fields=MESSAGE,MESSAGE_ID,PODMAN_EVENT"]
        # journald may not find the unit of a conmon that has ended by then; conmon itself tells whose line it is.
        container = unit.rpartition(".")[0].replace("@", "-")
        whose = (f"_SYSTEMD_USER_UNIT={unit}", f"USER_UNIT={unit}", f"CONTAINER_NAME={container}")
        words += [f"--lines={MANY * lines}", *" + ".join(f"_UID={os.getuid()} {each}" for each in whose).split()]
        text = read(words, doing=f"reading the journal of {unit}", timeout=ASK, family=ALONE)
        entries = [json.loads(line) for line in text.splitlines()]
        begun = [at for at, entry in enumerate(entries) if entry.get("MESSAGE_ID") == BEGUN]
        if last_run and begun:
            entries = entries[begun[-1] :]
        told = [entry["MESSAGE"] for entry in entries if "PODMAN_EVENT" not in entry]
        # Some versions of conmon leave the line's end on it.
        return [each.rstrip("\n") for each in told if isinstance(each, str) and not NOISE.match(each)][-lines:]

    def _call(self, doing: str, *arguments: str, timeout: float = JOB) -> str:
        return read(["systemctl", "--user", *arguments], doing=doing, timeout=timeout, family=ALONE)


def user_manager() -> UserManager | None:
    """The user's systemd, if it runs: if it listens where `systemctl --user` would ask it."""
    private = session_folder() / "systemd/private"
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(private))
        except OSError:
            return None
    return Systemctl()


def _blocks(text: str) -> list[dict[str, str]]:
    """A table for each unit; a property that comes several times (ExecStartPre) has a line for each."""
    blocks: list[dict[str, str]] = []
    for block in NEXT_UNIT.split(text.strip()):
        blocks.append({})
        for line in block.splitlines():
            name, _, value = line.partition("=")
            blocks[-1][name] = f"{blocks[-1][name]}\n{value}" if name in blocks[-1] else value
    return blocks


def _observed(block: Mapping[str, str]) -> ObservedUnit:
    made_from = MADE_FROM.search(block.get("ExecStart", "") + block.get("ExecStartPre", ""))
    return ObservedUnit(
        load=block.get("LoadState", ""),
        active=block.get("ActiveState", ""),
        sub=block.get("SubState", ""),
        result=block.get("Result", ""),
        stale=block.get("NeedDaemonReload") == "yes",
        file_state=block.get("UnitFileState", ""),
        origin=block.get("SourcePath") or block.get("FragmentPath", ""),
        made_from=made_from[1] if made_from else "",
        exit_code=int(block.get("ExecMainStatus") or 0),
        restarts=int(block.get("NRestarts") or 0),
        invocation=block.get("InvocationID", ""),
        since=block.get("ActiveEnterTimestamp", ""),
        ended=block.get("InactiveEnterTimestamp", ""),
        next_run=block.get("NextElapseUSecRealtime", ""),
        last_run=block.get("LastTriggerUSec", ""),
    )
