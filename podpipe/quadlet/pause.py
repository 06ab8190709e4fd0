"""The process that holds rootless Podman's namespaces, on Podmans before 3.4, which leave it where it was born.

That is the control group of the service that called podman first after a boot. When that service stops, systemd ends
all in it, and the next podman begins new namespaces, in which the networks of what runs are not to be found: from then
on even `podman ps` fails. So it is started in a scope of its own, before podman is called.
"""

from __future__ import annotations

from podpipe.quadlet.command import podman_program
from podpipe.quadlet.invocation import write_line

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.unitfile import UnitFile
    from podpipe.quadlet.version import Version

HAS_SCOPE = (3, 4, 0)
PID_FILE, LOCK = "%t/libpod/tmp/pause.pid", "%t/podman-pause.lock"
# One at a time: two would each begin namespaces of their own.
SCRIPT = (
    'exec 9>"$$1" && flock 9 && { kill -0 "$$(cat "$$0")" ||'
    ' systemd-run --user --scope --quiet "$$2" unshare true 9>&-; } 2>/dev/null'
)


def hold_namespaces(service: UnitFile, version: Version, user: bool) -> None:
    """Let a user's service see to it that the process is there; should that fail, podman starts it as ever."""
    if user and version < HAS_SCOPE:
        words = ["-/bin/sh", "-c", SCRIPT, PID_FILE, LOCK, podman_program()]
        service.prepend_line("Service", "ExecStartPre", write_line(words))
