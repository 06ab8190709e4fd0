"""When a container's service is ready, on Podmans whose own word for it systemd may not hear, or that cannot tell.

Podman sends READY=1 to systemd and ends at once. Unless another podman keeps the user namespace open, the sender is
a child of the process that systemd knows; systemd looks for its unit by its control group, and finds none if it is
gone by then: the start hangs until its timeout, or fails with `protocol` where MAINPID= was lost too. Measured on two
cores with three or four busy loops: on 3.0.1 with systemd 247, 8 of 300 starts failed so, and on 4.3.1 with systemd
252, 2 of 200 (of such as come first after a boot); with what is done here, none. Nor does any with Type=forking, but
that cannot wait for Notify=yes. systemd-notify waits until systemd has read what it sends.
"""

from __future__ import annotations

from podpipe.quadlet.invocation import Given, quote_for_shell, write_line

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.target import Target

PID_FILE = "%t/%N.pid"  # where the services of pods have theirs, too
HEALTH_RENAMED = (4, 0, 0)


def tell_again(target: Target, given: Given) -> list[Given]:
    """Let systemd-notify tell what podman told: the main process and, unless the container does it, that it is up."""
    call = target.call
    told = call.values("conmon-pidfile")[-1:]
    call.subject = (told or [PID_FILE])[0]
    ready = "" if call.values("sdnotify")[-1] == "container" else "--ready "
    call.then = f'exec systemd-notify {ready}--pid="$$(cat "$$0")"'
    return [given] if told else [given, Given("conmon-pidfile", PID_FILE)]


def wait_until_healthy(target: Target, given: Given) -> list[Given]:
    """Let the start last until the container's health check passes, or the container is gone."""
    field = "Healthcheck" if target.version < HEALTH_RENAMED else "Health"
    status = quote_for_shell(target.call.podman("inspect", f"--format={{{{.State.{field}.Status}}}}"))
    wait = f'while s=$$({status} "$$0") && [ "$$s" ]; do [ "$$s" != healthy ] || exit 0; sleep 1; done; exit 1'
    name = target.call.values("name")[-1]
    target.service.add("Service", "ExecStartPost", write_line(["/bin/sh", "-c", wait, name]))
    return [Given("sdnotify", "conmon")]
