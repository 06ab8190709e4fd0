"""The generator as a call: Quadlet files in, the services and links that systemd is to see out. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping

from podpipe.quadlet.convert import convert, prefill
from podpipe.quadlet.doubts import list_doubts
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.install import install_links
from podpipe.quadlet.load import load_units
from podpipe.quadlet.log import ERROR, WARNING, Log, quoted
from podpipe.quadlet.names import ORDER
from podpipe.quadlet.sources import Disk, Texts
from podpipe.quadlet.version import NEWEST

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from podpipe.quadlet.conversion import UnitInfo
    from podpipe.quadlet.unitfile import UnitFile
    from podpipe.quadlet.version import Version

LONGEST_NAME = 255  # bytes


class Generated:
    """What a run gives: `files` by name, `links` by name with what they point to, and what was said, in order."""

    def __init__(self, log: Log) -> None:
        self.files: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.log = log

    @property
    def errors(self) -> list[str]:
        """What kept a file, or a link, from being made."""
        return self.log.of(ERROR)

    @property
    def warnings(self) -> list[str]:
        return self.log.of(WARNING)


def generate(
    sources: Mapping[str, str] | Sequence[str],
    *,
    user: bool = False,
    version: Version | Callable[[], Version] = NEWEST,
    log: Log | None = None,
) -> Generated:
    """Convert Quadlet files for a version of Podman; a function of it is called once the files are read.

    `sources` are folders, without those below them, or the texts themselves by file name or path. `user` tells whether
    the units are for a user's manager. Never raises for what a file holds: that is among the errors.
    """
    done = Generated(log or Log())
    if isinstance(sources, Mapping):
        texts = Texts(sources)
        units = load_units([folder for folder in texts.folders if not folder.endswith(".d")], texts, done.log)
    else:
        units = load_units(sources, Disk(), done.log)
    if units:
        _convert_all(units, user, version() if callable(version) else version, done)
    else:
        done.log.debug(f"No files parsed from [{' '.join(sources)}]")
    return done


def _convert_all(units: list[UnitFile], user: bool, version: Version, done: Generated) -> None:
    units.sort(key=lambda unit: ORDER[unit.extension])
    known: dict[str, UnitInfo] = {}
    for unit in units:
        with _Named(unit, done.log):
            known.update(prefill([unit]))
    for unit in units:
        with _Named(unit, done.log):
            for doubt in list_doubts(unit):
                done.log.warning(doubt)
            _keep(_convert(unit, known, user, version, done.log), unit, done)
    for link in [link for link in done.links if _is_taken(link, done.files)]:
        done.log.warning(f"Can't create symlink {link}: it is in the place of a service")
        del done.links[link]


def _convert(unit: UnitFile, known: Mapping[str, UnitInfo], user: bool, version: Version, log: Log) -> UnitFile:
    service, warnings = convert(unit, known, user)
    if version[:2] < NEWEST[:2]:
        from podpipe.quadlet.older import downgrade

        warnings += downgrade(service, unit.extension[1:], version, user)
    for warning in warnings:
        log.warning(warning)
    return service


def _keep(service: UnitFile, unit: UnitFile, done: Generated) -> None:
    """Add a service to what is done. Errors: QuadletError for a name that is none of a file."""
    name = service.filename
    if "/" in name or not name.isprintable() or len(name.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
        raise QuadletError(f"no unit can have the name {quoted(name)}")
    if name in done.files:
        done.log.warning(f"Warning: {unit.filename} replaces {name}, which another file makes too")
    done.files[name] = str(service)
    links, problems = install_links(service)
    done.links.update(links)
    for problem in problems:
        done.log.warning(problem)


def _is_taken(link: str, files: Mapping[str, str]) -> bool:
    """Whether a link would be in the place of a file, or below it."""
    parts = link.split("/")
    return any("/".join(parts[:end]) in files for end in range(1, len(parts) + 1))


class _Named:
    """Turns whatever goes wrong with one unit into an error that names it; the others do not suffer."""

    def __init__(self, unit: UnitFile, log: Log) -> None:
        self.unit = unit
        self.log = log

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not kind or not isinstance(error, Exception):
            return False
        bug = "" if isinstance(error, QuadletError) else f"a mistake of podpipe's, please report it: {kind.__name__}: "
        self.log.error(f"converting {quoted(self.unit.filename)}: {bug}{error}")
        return True
