"""UserNS= and the maps of user and group ids, also by the older Remap keys."""

from __future__ import annotations

from podpipe.quadlet.command import Option, fill, last, words
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError

EXPLICIT = (
    *last(UserNS="--userns {}"),
    *words(UIDMap="--uidmap {}", GIDMap="--gidmap {}"),
    *last(SubUIDMap="--subuidname {}", SubGIDMap="--subgidname {}"),
)
REMAP_KEYS = ("RemapUsers", "RemapUid", "RemapGid")


def _mappings(unit: Conversion) -> list[str]:
    explicit = fill(unit, EXPLICIT)
    if not explicit:
        return _remapped(unit, unit.file.lookup_last(unit.group, "RemapUsers") or "")
    if any(unit.value(key) is not None for key in REMAP_KEYS):
        raise QuadletError("deprecated Remap keys are set along with explicit mapping keys")
    return explicit


def _remapped(unit: Conversion, how: str) -> list[str]:
    if how == "manual" and unit.group != "Kube":
        return _maps(unit, "--uidmap {}", "--gidmap {}")
    if how == "auto":
        size = [f"size={size}" for size in [unit.number("RemapUidSize")] if size]
        return _userns(how, [*_maps(unit, "uidmapping={}", "gidmapping={}"), *size])
    if how == "keep-id":
        return _userns(how, _single_maps(unit))
    if how:
        no = "RemapUsers=manual is not supported" if how == "manual" else f"unsupported RemapUsers option '{how}'"
        raise QuadletError(no)
    for key, name in (("RemapUid", "UidMap"), ("RemapGid", "GidMap")):
        if unit.words(key):
            raise QuadletError(f"{name} set without RemapUsers")
    return []


def _maps(unit: Conversion, user: str, group: str) -> list[str]:
    return fill(unit, words(RemapUid=user, RemapGid=group))


def _single_maps(unit: Conversion) -> list[str]:
    for key, name in (("RemapUid", "UID"), ("RemapGid", "GID")):
        if len(unit.words(key)) > 1:
            raise QuadletError(f"RemapUsers=keep-id supports only a single value for {name} mapping")
    return _maps(unit, "uid={}", "gid={}")


def _userns(how: str, options: list[str]) -> list[str]:
    return ["--userns", f"{how}:{','.join(options)}" if options else how]


REMAP = {"RemapUsers": "--userns", "RemapUid": "--uidmap", "RemapGid": "--gidmap", "RemapUidSize": "--userns"}
KUBE_USER_MAPPINGS = Option(dict.fromkeys((*REMAP, "UserNS"), "--userns"), _mappings)  # kube play has no maps of ids
USER_MAPPINGS = Option({**REMAP, **{key: begin for each in EXPLICIT for key, begin in each.keys.items()}}, _mappings)
