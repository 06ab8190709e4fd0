"""Which fields differ: between two requests, and between a request and what the engine made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from podpipe.plan.actions import Reason
from podpipe.render.labels import UNIT

JSON = Mapping[str, Any]

SECOND = 10**9  # the engine's durations are in nanoseconds


def changed_fields(now: JSON, was: JSON) -> list[Reason]:
    """The fields of two requests that differ, as dotted paths, in the order of `now`."""
    return [
        Reason(path, show(_readable(path, now_value)), show(_readable(path, was_value)))
        for path, now_value, was_value in _differences("", dict(now), dict(was))
    ]


def _differences(path: str, now: Any, was: Any) -> Iterator[tuple[str, Any, Any]]:
    now, was = _by_identity(now), _by_identity(was)
    if isinstance(now, dict) and isinstance(was, dict):
        for key in [*now, *(key for key in was if key not in now)]:
            yield from _differences(f"{path}.{key}" if path else key, now.get(key), was.get(key))
    elif now != was:
        yield path, now, was


def _by_identity(value: Any) -> Any:
    """A list of mounts or ports as a mapping, so that the one that changed can be named."""
    for key in ("destination", "Dest", "container_port"):
        if isinstance(value, list) and value and all(isinstance(each, dict) and key in each for each in value):
            return {str(each[key]): each for each in value}
    return value


def _readable(path: str, value: Any) -> Any:
    durations = path.startswith("healthconfig.") and isinstance(value, int) and value >= SECOND
    return f"{value / SECOND:g}s" if durations else value


def show(value: Any) -> str:
    """A value as a plan prints it: short, on one line."""
    if value is None:
        return "nothing"
    plain = isinstance(value, str) and value.isprintable() and value
    text = value if plain else json.dumps(value, sort_keys=True)
    return text if len(text) <= 80 else f"{text[:77]}..."


def drifted_fields(request: JSON, inspect: JSON) -> list[Reason]:
    """Where a running container no longer is what it was made as: what `podman update` and others can change.

    A label cannot see these. Fields that the engine leaves out of its answer are taken as unchanged.
    """
    config, host = inspect.get("Config", {}), inspect.get("HostConfig", {})
    limits = request.get("resource_limits", {})
    pairs = {
        "restart_policy": (request.get("restart_policy"), host.get("RestartPolicy", {}).get("Name") or "no"),
        "resource_limits.memory.limit": (limits.get("memory", {}).get("limit", 0), host.get("Memory", 0)),
        "resource_limits.cpu.quota": (limits.get("cpu", {}).get("quota", 0), host.get("CpuQuota", 0)),
        "read_only_filesystem": (request.get("read_only_filesystem"), host.get("ReadonlyRootfs")),
        "user": (request.get("user", ""), config.get("User", "") if request.get("user") else ""),
        "env": _env(request, config),
        "mounts": (_wanted_mounts(request), _seen_mounts(inspect, request)),
    }
    return [Reason(name, show(now), show(was)) for name, (now, was) in pairs.items() if was is not None and now != was]


def _env(request: JSON, config: JSON) -> tuple[dict[str, str], dict[str, str]]:
    seen = dict(line.partition("=")[::2] for line in config.get("Env") or ())
    wanted: dict[str, str] = request.get("env", {})
    return wanted, {key: seen.get(key, "") for key in wanted}


def _wanted_mounts(request: JSON) -> dict[str, str]:
    named = {volume["Dest"]: volume["Name"] for volume in request.get("volumes", ())}
    binds = {mount["destination"]: mount["source"] for mount in request.get("mounts", ()) if mount["type"] == "bind"}
    return {**named, **binds}


def _seen_mounts(inspect: JSON, request: JSON) -> dict[str, str]:
    seen = {mount["Destination"]: mount.get("Name") or mount.get("Source", "") for mount in inspect.get("Mounts") or ()}
    return {destination: seen.get(destination, "") for destination in _wanted_mounts(request)}


def changed_keys(now: str, was: str) -> list[Reason]:
    """The keys of two unit files' texts that differ; a key that comes several times is told by what came and went."""
    keys, old = _keys(now), _keys(was)
    return [
        Reason(key, _told(keys.get(key, []), old.get(key, [])), _told(old.get(key, []), keys.get(key, [])))
        for key in [*keys, *(key for key in old if key not in keys)]
        if keys.get(key) != old.get(key)
    ]


def _told(values: list[str], others: list[str]) -> str:
    only = [value for value in values if value not in others]
    return show(", ".join(only) if only else f"{len(values)} in this order" if values else None)


def _keys(text: str) -> dict[str, list[str]]:
    """The lines by their key, without comments, sections and the hash that sums them all up."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, is_setting, value = line.partition("=")
        if is_setting and not line.startswith(("#", ";")) and UNIT not in value:
            found.setdefault(key, []).append(value)
    return found
