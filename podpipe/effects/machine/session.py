"""The user's systemd: whether it runs, without a login too, and which of our units failed."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from podpipe.effects.machine.here import Here, softly
from podpipe.effects.process import ALONE, read
from podpipe.effects.systemd import HEALTH_CHECK
from podpipe.effects.unit_files import MARK as KEPT
from podpipe.errors import CommandFailed
from podpipe.plan.machine import Session
from podpipe.render.unitfile import MARK, is_quadlet, unit_name

UNIT_FOLDERS = ("/usr/lib/systemd/user", "/lib/systemd/user", "/etc/systemd/user")
INSTANCE = re.compile(r"@[^.]*\.")  # sync@5.service is one of sync@.service
PATIENCE = 30.0  # seconds


def look_at_session(at: Here) -> Session:
    """Nothing is asked of a systemd that does not answer."""
    linger = at.at("/var/lib/systemd/linger")
    manager = _listens(at, f"{at.runtime}/systemd/private")
    failed = softly(_failed_units, "") if manager else ""
    names = re.findall(r"^\S+", failed, re.MULTILINE)
    ours = _our_units(at) if names else set()
    return Session(
        systemd=at.at("/run/systemd/system").is_dir(),
        linger=(linger / at.name).exists() if linger.parent.is_dir() else None,
        runtime=at.runtime,
        runtime_owner=softly(lambda: at.at(at.runtime).stat().st_uid, None),
        manager=manager,
        bus=_listens(at, f"{at.runtime}/bus"),
        bus_unit=any(at.at(f"{folder}/dbus.socket").exists() for folder in UNIT_FOLDERS),
        failed=tuple(name for name in names if INSTANCE.sub("@.", name) in ours),
        checks=tuple(HEALTH_CHECK.findall(failed)),
    )


def _listens(at: Here, path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(at.at(path)))
        except OSError:
            return False
    return True


def _failed_units() -> str:
    words = ["systemctl", "--user", "list-units", "--state=failed", "--plain", "--no-legend"]
    try:
        return read(words, doing="looking for failed units", timeout=PATIENCE, family=ALONE)
    except CommandFailed:
        return ""


def _our_units(at: Here) -> set[str]:
    """The units of all projects, by the marks in the first lines of their files."""
    config = at.environment.get("XDG_CONFIG_HOME") or f"{at.home}/.config"
    files = [*at.at(config).glob("containers/systemd/*/*"), *at.at(config).glob("systemd/user/*")]
    marks = MARK, KEPT.partition("{}")[0]
    return {unit_name(file.name) if is_quadlet(file.name) else file.name for file in files if _has_mark(file, marks)}


def _has_mark(file: Path, marks: tuple[str, ...]) -> bool:
    try:
        with file.open(errors="replace") as text:
            line = text.readline(1000)
    except OSError:
        return False
    return any(mark in line for mark in marks)
