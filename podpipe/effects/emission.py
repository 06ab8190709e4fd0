"""A project's Quadlet files and units as files to read and to keep in git."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from podpipe.definition import Definition
from podpipe.errors import NotOurs, PodpipeError, UsageError
from podpipe.files import write_atomic
from podpipe.plan import Action, Plan, Reason
from podpipe.render import Places, render_desired
from podpipe.render.unitfile import MARK, UnitFile
from podpipe.render.units import render_units


def emit(definition: Definition, folder: Path) -> Emission:
    """What is to lie in `folder`; inside the project it is the same on every machine."""
    places = Places(Path("%h/.local/state/podpipe", definition.name), Path("%h/.config/podpipe/secrets"))
    files = render_units(definition, render_desired(definition, places), folder)
    return Emission(folder, {file.name: file for file in files})


@dataclass(frozen=True)
class Emission:
    """Files by name, and the folder that is to hold them and no other ones of ours."""

    folder: Path
    files: dict[str, UnitFile]

    @cached_property
    def plan(self) -> Plan:
        """What has to be done in the folder. Errors: NotOurs for a file of such a name that somebody else wrote."""
        gone = sorted(self._found.keys() - self.files.keys())
        reason = (Reason("the definition no longer has it"),)
        return Plan(
            (
                *(Action(self._verb(file), "file", file.name, file.workload) for file in self.files.values()),
                *(Action("remove", "file", name, reasons=reason) for name in gone),
            )
        )

    def write(self) -> None:
        """Do what the plan says. Errors: DiskFull, PodpipeError where the folder cannot be written."""
        try:
            self._write()
        except OSError as error:
            hint = "name another folder with --output, or use --check, which writes nothing"
            raise PodpipeError(f"cannot write into {self.folder}: {error.strerror}", hint=hint) from None

    def _write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for action in self.plan.changes:
            if action.verb == "remove":
                (self.folder / action.name).unlink(missing_ok=True)
            else:
                write_atomic(self.folder / action.name, self.files[action.name].text)

    def diff(self) -> Iterator[str]:
        """The plan as the lines of a unified diff."""
        for name in (action.name for action in self.plan.changes):
            was, now = self._found.get(name, ""), self.files[name].text if name in self.files else ""
            names = f"{name} as it lies there", f"{name} as it should be"
            yield from difflib.unified_diff(was.splitlines(), now.splitlines(), *names, lineterm="")

    def _verb(self, file: UnitFile) -> str:
        if file.name in self._found:
            return "keep" if self._found[file.name] == file.text else "update"
        if (self.folder / file.name).exists():
            hint = "move it away, or name another folder with --output"
            raise NotOurs(f"{self.folder / file.name} was not written by podpipe", hint=hint)
        return "create"

    @cached_property
    def _found(self) -> dict[str, str]:
        """The folder's files that bear our mark in their first line, by name."""
        paths = [path for path in self.folder.iterdir() if path.is_file()] if self.folder.is_dir() else []
        texts = {path.name: path.read_text(encoding="utf-8", errors="surrogateescape") for path in paths}
        return {name: text for name, text in texts.items() if MARK in text.partition("\n")[0]}


def check_version(files: Iterable[UnitFile], version: str) -> None:
    """Refuse what that Podman cannot do, each thing by name. Errors: Unsupported, UsageError for what is no version."""
    from podpipe.effects.generators import compile_units
    from podpipe.quadlet.errors import QuadletError
    from podpipe.quadlet.version import parse_version

    try:
        wanted = parse_version(version)
    except QuadletError as error:
        raise UsageError(str(error)) from None
    compile_units(files, Path(), wanted)
