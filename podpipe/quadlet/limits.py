"""Limits on Podmans before 3.4: without root they give a container in a service no cgroup of its own.

They note its limits and keep none of them. So the service has them, with some more for what serves the container there:
conmon, fuse-overlayfs, and podman itself while it starts.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.invocation import Invocation
    from podpipe.quadlet.target import Target

OWN_CGROUP = (3, 4, 0)
MEMORY_BESIDE = 64 << 20  # bytes
TASKS_BESIDE = 64
UNITS = {"k": 10, "m": 20, "g": 30}  # powers of two
PERIOD = 100_000  # microseconds: the kernel's own


def bound_service(target: Target) -> None:
    """Give the service what its container is to have; what the user wrote there stays."""
    call = target.call
    if not target.user or target.version >= OWN_CGROUP or call.values("cgroups")[-1:] != ["split"]:
        return
    for key, value in (("MemoryMax", _memory(call)), ("TasksMax", _tasks(call)), ("CPUQuota", _cpu(call))):
        if value and not target.service.lookup("Service", key):
            target.service.add("Service", key, value)


def _memory(call: Invocation) -> str:
    size = _last(call, "memory").lower().removesuffix("b")
    number, power = (size[:-1], UNITS[size[-1]]) if size[-1:] in UNITS else (size, 0)
    return str((int(number) << power) + MEMORY_BESIDE) if number.isdecimal() else ""


def _tasks(call: Invocation) -> str:
    number = _last(call, "pids-limit")
    return str(int(number) + TASKS_BESIDE) if number.isdecimal() and int(number) else ""


def _cpu(call: Invocation) -> str:
    try:
        cores = float(_last(call, "cpus") or 0)
        cores = cores or float(_last(call, "cpu-quota") or 0) / float(_last(call, "cpu-period") or PERIOD)
    except (ValueError, ZeroDivisionError):  # podman will say so
        return ""
    return f"{cores * 100:.0f}%" if cores > 0 else ""


def _last(call: Invocation, option: str) -> str:
    return "".join(call.values(option)[-1:])
