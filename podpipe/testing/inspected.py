"""What a container that was made by a request looks like when Podman inspects it."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]


def host_config(request: JSON) -> JSON:
    """Limits and policy."""
    limits = request.get("resource_limits", {})
    return {
        "RestartPolicy": {"Name": request.get("restart_policy", ""), "MaximumRetryCount": 0},
        "Memory": limits.get("memory", {}).get("limit", 0),
        "CpuQuota": limits.get("cpu", {}).get("quota", 0),
        "ReadonlyRootfs": request.get("read_only_filesystem", False),
    }


def mounts(request: JSON) -> list[JSON]:
    """Named volumes and binds."""
    named = [
        {"Type": "volume", "Name": each["Name"], "Destination": each["Dest"]} for each in request.get("volumes", ())
    ]
    binds = [
        {"Type": "bind", "Source": each["source"], "Destination": each["destination"]}
        for each in request.get("mounts", ())
        if each["type"] == "bind"
    ]
    return [*named, *binds]
