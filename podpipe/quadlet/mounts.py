"""Volume= and Mount=: sources that are paths or made by other units."""

from __future__ import annotations

from podpipe.quadlet.command import rows
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Iterator

# Types whose source may be a path or a unit; the others go to podman as they are.
WITH_SOURCE = {"artifact", "bind", "glob", "image", "volume"}
NEED_QUOTES = frozenset('",\r\n')


def _volumes(unit: Conversion, key: str) -> Iterator[str]:
    for volume in unit.values(key):
        source, colon, target = volume.partition(":")
        if source and colon:
            yield _source(unit, source, (".volume", ".artifact")) + colon + target
        else:  # an anonymous volume, which has no options
            yield target.partition(":")[0] if colon else source


def _source(unit: Conversion, source: str, made_by: tuple[str, ...]) -> str:
    if not source:
        raise QuadletError("source cannot be empty")
    if source.startswith("."):
        source = unit.path(source)
    if source.startswith("/"):
        unit.service.add_escaped("Unit", "RequiresMountsFor", source)
    elif source.endswith(made_by):
        return unit.need(source, f"requested Quadlet source {source} was not found").resource_name
    return source


def _mounts(unit: Conversion, key: str) -> Iterator[str]:
    for mount in unit.arguments(key):
        kind, fields = _kind(_split(mount))
        if kind in WITH_SOURCE:
            yield _join([f"type={kind}", *_with_source(unit, fields)])
        else:
            yield mount


def _kind(fields: list[str]) -> tuple[str, list[str]]:
    for index, field in enumerate(fields):
        name, _, kind = field.partition("=")
        if name == "type" and field.count("=") == 1:
            return kind, [*fields[:index], *fields[index + 1 :]]
    return "volume", fields


def _with_source(unit: Conversion, fields: list[str]) -> list[str]:
    """The fields of a mount, with the source as podman knows it: the last one counts."""
    place, source = -1, ""
    for index, field in enumerate(fields):
        name, equals, value = field.partition("=")
        if name in ("source", "src"):
            if not equals:
                raise QuadletError("source parameter does not include a value")
            place, source = index, value
    resolved = _source(unit, source, (".volume", ".image", ".artifact"))
    return [*fields[:place], f"source={resolved}", *fields[place + 1 :]]


def _split(line: str) -> list[str]:
    """The fields of a line of comma-separated values; one in quotes may hold commas, and quotes that are doubled."""
    fields: list[str] = []
    for piece in line.split(","):
        if fields and fields[-1].count('"') % 2:
            fields[-1] += f",{piece}"
        else:
            fields.append(piece)
    return [_unquote(field) if '"' in field else field for field in fields]


def _unquote(field: str) -> str:
    inside = field[1:-1].replace('""', "")
    if field[0] != '"' or field[-1] != '"' or len(field) == 1 or '"' in inside:
        raise QuadletError(f"incorrect mount format: {field} has a quote inside: double it, in quotes around the field")
    return field[1:-1].replace('""', '"')


def _join(fields: list[str]) -> str:
    return ",".join(map(_quote, fields))


def _quote(field: str) -> str:
    if NEED_QUOTES.isdisjoint(field) and not field[:1].isspace():
        return field
    return '"' + field.replace('"', '""') + '"'


VOLUME = rows(_volumes, Volume="-v {}")
MOUNT = rows(_mounts, Mount="--mount {}")
