"""`volumes` of a pod, by the kind of their source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from podpipe.definition.names import is_key, read_name
from podpipe.definition.paths import read_absolute_path
from podpipe.definition.quantities import read_size
from podpipe.definition.reader import Fields, Value
from podpipe.definition.references import find_claim, find_config_map, find_key
from podpipe.definition.scope import Scope
from podpipe.definition.specs import (
    ClaimVolume,
    ConfigMap,
    ConfigMapVolume,
    EmptyDirVolume,
    HostPathVolume,
    SecretVolume,
    Volume,
)
from podpipe.definition.subset.section import Section
from podpipe.definition.subset.volumes import (
    CLAIM_SOURCE,
    CONFIG_MAP_SOURCE,
    EMPTY_DIR,
    HOST_PATH,
    ITEM,
    SECRET_SOURCE,
    VOLUME,
)


def read_volumes(spec: Fields, scope: Scope) -> dict[str, Volume]:
    """A pod's volumes by name."""
    volumes: dict[str, Volume] = {}
    for fields in spec.each("volumes", VOLUME):
        name = read_name(fields.get("name", required=True))
        if name and name in volumes:
            fields.value.refuse(f"two volumes have the name `{name}`", "give each its own")
        volumes[name] = _read_volume(name, fields, scope)
    return volumes


def _read_volume(name: str, fields: Fields, scope: Scope) -> Volume:
    """A volume with a wrong source becomes an emptyDir, so that its mounts are not complained of as well."""
    kinds = [kind for kind in _READERS if kind in fields]
    if len(kinds) > 1:
        fields.value.refuse(f"a volume has one source, and this has {' and '.join(kinds)}", "keep one")
    if not kinds:
        if fields.complete:
            fields.value.refuse("the volume has no source", f"write one of: {', '.join(_READERS)}")
        return EmptyDirVolume(name)
    section, read = _READERS[kinds[0]]
    source = fields.fields(kinds[0], section)
    return read(name, source, scope) if source else EmptyDirVolume(name)


def _read_claim(name: str, source: Fields, scope: Scope) -> Volume:
    return ClaimVolume(name, find_claim(source.get("claimName", required=True), scope))


def _read_empty_dir(name: str, source: Fields, _: Scope) -> Volume:
    source.choice("medium", ["", "Memory"])
    return EmptyDirVolume(name, read_size(source.get("sizeLimit")))


def _read_host_path(name: str, source: Fields, _: Scope) -> Volume:
    kind = source.get("type")
    if kind and kind.is_word() and kind.string() in ("DirectoryOrCreate", "FileOrCreate"):
        kind.refuse("podpipe makes nothing on the machine", "make it yourself and write Directory or File")
    elif kind:
        kind.choice(["", "Directory", "File"])
    return HostPathVolume(name, Path(read_absolute_path(source.get("path", required=True))))


def _read_config_map(name: str, source: Fields, scope: Scope) -> Volume:
    config_map = find_config_map(source.get("name", required=True), scope)
    return ConfigMapVolume(name, config_map.name if config_map else "", _read_items(source, config_map))


def _read_secret(name: str, source: Fields, _: Scope) -> Volume:
    secret = read_name(source.get("secretName", required=True))
    return SecretVolume(name, secret, _read_items(source, None), source.boolean("optional"))


def _read_items(source: Fields, config_map: ConfigMap | None) -> tuple[tuple[str, str], ...]:
    items: dict[str, str] = {}
    for fields in source.each("items", ITEM):
        key, path = fields.get("key", required=True), fields.get("path", required=True)
        file_name = _file_name(path)
        if file_name and file_name in items.values():
            fields.value.refuse(f"two items have the file name `{file_name}`", "give each its own")
        find_key(key, config_map)
        items[_file_name(key)] = file_name
    return tuple(items.items())


def _file_name(value: Value | None) -> str:
    text = value.string() if value else None
    if value and text is not None and not is_key(text):
        value.refuse(f"`{text[:80]}` cannot be a file's name", "use letters, digits, `-`, `_` and `.`, and no folder")
    return text or ""


_READERS: dict[str, tuple[Section, Callable[[str, Fields, Scope], Volume]]] = {
    "persistentVolumeClaim": (CLAIM_SOURCE, _read_claim),
    "emptyDir": (EMPTY_DIR, _read_empty_dir),
    "hostPath": (HOST_PATH, _read_host_path),
    "configMap": (CONFIG_MAP_SOURCE, _read_config_map),
    "secret": (SECRET_SOURCE, _read_secret),
}
