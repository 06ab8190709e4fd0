"""The files by which systemd knows a project: Quadlet files in a folder of its own, plain units beside the user's."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from podpipe.effects.systemd import UserManager, user_manager
from podpipe.errors import NotOurs
from podpipe.files import write_atomic
from podpipe.plan.units import ObservedUnit
from podpipe.render.unitfile import is_quadlet, unit_name

MARK = "# Kept by podpipe for the project {}. What you write here is lost: `systemctl --user edit {}` is not.\n"

# PublishPort=127.0.0.1:8080:80/tcp and ListenStream=0.0.0.0:8080
PORT = re.compile(r"^(?:PublishPort=(?:[^\n]*:)?(?=\d+:)|ListenStream=(?:[^\n]*:)?)(\d+)(?::\d+/(\w+))?", re.MULTILINE)


def quadlet_folder(project: str) -> Path:
    """Where Podman's Quadlet, and podpipe's, look for this project's files."""
    return _config_home() / "containers/systemd" / project


def unit_folder() -> Path:
    """Where the user's systemd looks for units that no generator makes."""
    return _config_home() / "systemd/user"


def installed_files(project: str) -> dict[str, str]:
    """The texts of this project's files on disk, by name; of the user's own units none."""
    quadlets = {path.name: _read(path) for path in _files(quadlet_folder(project))}
    units = {}
    for path in _files(unit_folder()):
        mark, text = MARK.format(project, path.name), _read(path)
        if text.startswith(mark):
            units[path.name] = text[len(mark) :]
    return {**quadlets, **units}


def write_files(project: str, files: Mapping[str, str]) -> None:
    """Write Quadlet and unit files. Errors: DiskFull."""
    for name, text in files.items():
        path = file_path(project, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text if is_quadlet(name) else MARK.format(project, name) + text)


def check_names(project: str, names: Iterable[str], units: Mapping[str, ObservedUnit]) -> None:
    """Refuse to write over the user's own files and to shadow other units. Errors: NotOurs."""
    for name in names:
        unit = units.get(unit_name(name), ObservedUnit())
        foreign = unit.loaded and Path(unit.origin).parent not in (unit_folder(), quadlet_folder(project))
        path = Path(unit.origin) if foreign else file_path(project, name)
        if path.exists():
            theirs = path.is_relative_to(_config_home())
            raise NotOurs(
                f"a unit called {unit_name(name)} is there already, and not by podpipe: {path}",
                hint=f"rename yours in the definition{', or move that file away' if theirs else ''}",
            )


def remove_files(project: str, names: Iterable[str]) -> None:
    """Remove such files, and their folder with the last one; fine where they are missing."""
    for name in names:
        file_path(project, name).unlink(missing_ok=True)
    folder = quadlet_folder(project)
    with contextlib.suppress(OSError):
        for half_written in folder.glob(".*") if not _files(folder) else ():  # a kill left it
            half_written.unlink()
        folder.rmdir()


def file_path(project: str, name: str) -> Path:
    """Where a file of this name lies."""
    return (quadlet_folder(project) if is_quadlet(name) else unit_folder()) / name


def published_ports(texts: Iterable[str]) -> set[tuple[int, str]]:
    """The ports (number, protocol) that Quadlet files publish or socket units listen on."""
    return {(int(number), protocol or "tcp") for text in texts for number, protocol in PORT.findall(text)}


def can_be_enabled(text: str) -> bool:
    """Whether a unit says when it is to be started by itself."""
    return "\n[Install]\n" in text


def release(project: str, manager: UserManager | None = None) -> None:
    """Let systemd keep nothing of this project any more: stop its units and remove their files."""
    manager = manager or user_manager()
    files = installed_files(project)
    if manager:
        stop_and_disable(manager, files)
    remove_files(project, files)
    if manager:
        manager.reload()


def stop_and_disable(manager: UserManager, files: Mapping[str, str], keep: Collection[str] = ()) -> None:
    """Stop the units of these files, but for those to `keep`, which is to be done before the files go."""
    units = sorted({unit_name(name) for name in files if "@" not in name} - {*keep})
    loaded = manager.show(units)
    manager.stop([unit for unit in units if loaded[unit].loaded])
    manager.disable([name for name, text in files.items() if not is_quadlet(name) and can_be_enabled(text)])


def _config_home() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _read(path: Path) -> str:
    return path.read_text(errors="surrogateescape")
