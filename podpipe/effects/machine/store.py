"""Where Podman keeps images, by which driver: from storage.conf(5) and from what lies there, without asking Podman."""

from __future__ import annotations

import re

from podpipe.effects.machine.here import Here
from podpipe.effects.machine.mounts import find_mount
from podpipe.plan.machine import Store

DRIVERS = ("overlay", "btrfs", "zfs", "vfs")
SETTING = re.compile(r'^\s*(driver|graphroot|rootless_storage_path|mount_program)\s*=\s*"([^"]*)"', re.MULTILINE)


def look_at_store(at: Here) -> Store:
    """The store of this user."""
    config_home = at.environment.get("XDG_CONFIG_HOME") or f"{at.home}/.config"
    own = "/etc/containers/storage.conf" if at.uid == 0 else f"{config_home}/containers/storage.conf"
    config = at.environment.get("CONTAINERS_STORAGE_CONF") or own
    files = (config, "/etc/containers/storage.conf", "/usr/share/containers/storage.conf")
    used = next((file for file in files if at.at(file).is_file()), "")
    settings = dict(SETTING.findall(at.read(used))) if used else {}
    has_config = used in files[:2]
    path = _path(at, settings, is_own=used == config)
    return Store(
        path=path,
        config=used if has_config else config,
        has_config=has_config,
        found=next((driver for driver in DRIVERS if at.at(f"{path}/{driver}-images").is_dir()), ""),
        configured=at.environment.get("STORAGE_DRIVER") or settings.get("driver", ""),
        mount_program=settings.get("mount_program", ""),
        filesystem=find_mount(at, path).kind,
    )


def _path(at: Here, settings: dict[str, str], *, is_own: bool) -> str:
    """An ordinary user's store is not where the machine's storage.conf says root's is."""
    if at.uid == 0:
        return settings.get("graphroot") or "/var/lib/containers/storage"
    if settings.get("rootless_storage_path"):
        values = {"$HOME": at.home, "$UID": str(at.uid), "$USER": at.name}
        return re.sub(r"\$(?:HOME|UID|USER)\b", lambda name: values[name[0]], settings["rootless_storage_path"])
    if is_own and settings.get("graphroot"):
        return settings["graphroot"]
    data_home = at.environment.get("XDG_DATA_HOME") or f"{at.home}/.local/share"
    return f"{data_home}/containers/storage"
