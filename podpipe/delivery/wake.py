"""See to it that the queue is worked off, by a process that nobody's connection can end."""

from __future__ import annotations

from pathlib import Path

from podpipe.delivery.requests import Requests
from podpipe.effects.detach import detach
from podpipe.effects.own_command import own_command
from podpipe.effects.supervisor import find_manager
from podpipe.errors import CommandFailed
from podpipe.render.queue import queue_unit


def wake(project: str, root: Path, requests: Requests) -> None:
    """Start the queue's unit where systemd has it, else a process of its own; one that is at work is enough."""
    manager, unit = find_manager(), queue_unit(project)
    if manager and manager.show([unit])[unit].loaded:
        try:
            return manager.start([unit], wait=False)
        except CommandFailed:
            pass  # its systemd is about to end; the process may still do it
    detach([*own_command(), "-C", str(root), "queue"], requests.folder / "worker.log")
    return None
