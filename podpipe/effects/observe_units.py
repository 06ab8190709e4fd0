"""What systemd has of a project, in the plan's words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from podpipe.effects.folders import state_home
from podpipe.effects.unit_files import installed_files
from podpipe.files import write_atomic
from podpipe.plan.units import ObservedUnits
from podpipe.render.unitfile import unit_name

if TYPE_CHECKING:
    from podpipe.effects.systemd import UserManager
    from podpipe.render.unitfile import UnitFile


def observe_units(manager: UserManager, project: str, wanted: Iterable[UnitFile]) -> ObservedUnits:
    """The files on disk, and the units of these and of the `wanted` ones."""
    wanted = list(wanted)
    files = installed_files(project)
    names = {unit_name(name) for name in files if "@" not in name} | {file.run_unit for file in wanted}
    return ObservedUnits(files, manager.show(sorted(names)), _runs(project))


def remember_run(project: str, job: str, made_from: str) -> None:
    """Note the text of which a job's run ended well: `up` need not run it again."""
    folder = _folder(project)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / job, made_from)


def _runs(project: str) -> dict[str, str]:
    folder = _folder(project)
    return {path.name: path.read_text() for path in folder.iterdir()} if folder.is_dir() else {}


def _folder(project: str) -> Path:
    return state_home() / project / "runs"
