"""What a failing health check leads to, on Podmans that only write it down.

A timer of the service's own asks instead of Podman's, and does to a container that has become unhealthy what it was
told to; systemd's Restart= does the rest. Podman's timer is left out: two would count each failure twice.
"""

from __future__ import annotations

from podpipe.quadlet.invocation import Given, quote_for_shell, write_line

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.target import Target

NAME = "%N.liveness"
INTERVAL = "30s"  # Podman's own, where none is given
ACTIONS = {"kill", "restart", "stop"}


def check_and_act(target: Target, given: Given) -> list[Given] | None:
    """Start the timer with the service, which it ends with. What runs once has ended by then, and cannot have one."""
    call = target.call
    interval = [INTERVAL, *call.values("health-interval")][-1]
    if given.value == "none" or (given.value in ACTIONS and interval == "disable"):
        return []
    if given.value not in ACTIONS or target.service.lookup("Service", "Type") == "oneshot":
        return None
    status = quote_for_shell(call.podman("inspect", "--format={{.State.Healthcheck.Status}}"))
    check, act = (quote_for_shell(call.podman(*words)) for words in (("healthcheck", "run"), (given.value,)))
    script = f'{check} "$$0" || [ "$$({status} "$$0")" != unhealthy ] || exec {act} "$$0"'
    scope = ["--user"] if target.user else []
    start = ["systemd-run", *scope, "--quiet", "--collect", f"--unit={NAME}"]
    start += [f"--on-active={interval}", f"--on-unit-inactive={interval}"]
    start += [f"--timer-property={each}" for each in ("AccuracySec=1s", "BindsTo=%n")]
    start += ["/bin/sh", "-c", script, call.values("name")[-1]]
    # The timer of a start before this one may still be about to end.
    for words in (["-systemctl", *scope, "stop", f"{NAME}.timer"], start):
        target.service.add("Service", "ExecStartPost", write_line(words))
    return [Given("health-interval", "disable")]
