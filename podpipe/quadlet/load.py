"""Quadlet files with their drop-ins. What cannot be read is named and left out; the others do not suffer."""

from __future__ import annotations

from errno import ENAMETOOLONG, ENOENT

from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.log import quoted
from podpipe.quadlet.names import ORDER, dropin_folders, extension
from podpipe.quadlet.unitfile import UnitFile

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Sequence

    from podpipe.quadlet.log import Log
    from podpipe.quadlet.sources import Disk, Texts


def load_units(folders: Sequence[str], source: Disk | Texts, log: Log) -> list[UnitFile]:
    """The Quadlet files of the folders: of two of one name the first counts. Drop-ins of all folders are merged in."""
    units: dict[str, UnitFile] = {}
    for folder in folders:
        for name in _names(folder, source, log):
            if name not in units and extension(name) in ORDER:
                unit = _load(_join(folder, name), "unit", source, log)
                units.update({name: unit} if unit else {})
    for unit in units.values():
        for path in _dropins(unit.filename, folders, source, log):
            dropin = _load(path, "drop-in", source, log)
            if dropin:
                unit.merge(dropin)
    return list(units.values())


def _dropins(name: str, folders: Sequence[str], source: Disk | Texts, log: Log) -> list[str]:
    """The drop-ins of a unit, by name: of two of one name the one that is more specific counts, then the first."""
    found: dict[str, str] = {}
    for dropins in dropin_folders(name):
        for folder in folders:
            path = _join(folder, dropins)
            for each in _names(path, source, log):
                if extension(each) == ".conf":
                    found.setdefault(each, _join(path, each))
    return [found[each] for each in sorted(found)]


def _names(folder: str, source: Disk | Texts, log: Log) -> list[str]:
    try:
        return source.names(folder)
    except OSError as error:
        if error.errno not in (ENOENT, ENAMETOOLONG):
            log.error(f"error reading directory {quoted(folder)}, {error.strerror}")
        return []


def _load(path: str, what: str, source: Disk | Texts, log: Log) -> UnitFile | None:
    log.debug(f"Loading source {what} file {path}")
    try:
        text = source.read(path)
        unit = UnitFile.parse(text, path)
    except (QuadletError, OSError) as error:
        log.error(f"error loading {quoted(path)}, {getattr(error, 'strerror', None) or error}")
        return None
    strange = next((n for n, line in enumerate(text.split("\n"), 1) if _is_strange(line)), 0)
    if strange:
        log.warning(f"Warning: {path}: line {strange} is not UTF-8: systemd will leave out what is made of it")
    return unit


def _is_strange(line: str) -> bool:
    return not line.isascii() and any("\udc80" <= char <= "\udcff" for char in line)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
