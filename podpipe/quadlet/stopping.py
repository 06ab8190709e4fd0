"""What old Podmans get wrong when a container with health checks or other sessions of `podman exec` stops."""

from __future__ import annotations

from podpipe.quadlet.invocation import Given, write_line

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.target import Target

REMOVES_ONCE = (3, 1, 0)
CONTAINER_ID = "?" * 64


def forgive_removal(target: Target) -> None:
    """Do not let the service fail because the container, which --rm removes too, is gone sooner than podman thinks."""
    if target.version < REMOVES_ONCE:
        target.call.prefix = "-"


def forget_checks(target: Target, given: Given) -> list[Given]:
    """Let systemd forget the last health check, a unit named after the container, which failed because it is gone."""
    scope = ["--user"] if target.user else []
    words = ["-systemctl", *scope, "reset-failed", f"{CONTAINER_ID}.service"]
    target.service.add("Service", "ExecStopPost", write_line(words))
    return [given]
