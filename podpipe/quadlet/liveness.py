"""What a failing health check leads to, on Podmans that only write it down.

A timer of the service's own asks instead of Podman's, and does to a container that has become unhealthy what it was
told to; systemd's Restart= does the rest. Podman's timer is left out: two would count each failure twice. Such a
Podman waits without end for a check that hangs, and writes nothing: here that is a failure too.
"""

from __future__ import annotations

from podpipe.quadlet.invocation import Given, quote_for_shell, write_line

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.target import Target

NAME = "%N.liveness"
TIMES = {"interval": "30s", "timeout": "30s", "start-period": "0s"}  # Podman's own, where none is given
ACTIONS = {"kill", "restart", "stop"}


def check_and_act(target: Target, given: Given) -> list[Given] | None:
    """Start the timer with the service, which it ends with. What runs once has ended by then, and cannot have one."""
    call = target.call
    interval, timeout, grace = ([own, *call.values(f"health-{name}")][-1] for name, own in TIMES.items())
    if given.value == "none" or (given.value in ACTIONS and interval == "disable"):
        return []
    if given.value not in ACTIONS or target.service.lookup("Service", "Type") == "oneshot":
        return None
    status = quote_for_shell(call.podman("inspect", "--format={{.State.Healthcheck.Status}}"))
    check, act = (quote_for_shell(call.podman(*words)) for words in (("healthcheck", "run"), (given.value,)))
    name = call.values("name")[-1]
    script = f'{check} "$$0" || [ "$$({status} "$$0")" != unhealthy ] || exec {act} "$$0"'
    act_on_hang = f'[ "$$SERVICE_RESULT" != timeout ] || exec {act} "$$0"'
    scope = ["--user"] if target.user else []
    start = ["systemd-run", *scope, "--quiet", "--collect", f"--unit={NAME}"]
    start += [f"--description=Ask whether {name} is well"]
    start += [f"--on-active={interval}", f"--on-unit-inactive={interval}"]
    start += [f"--timer-property={each}" for each in ("AccuracySec=1s", "BindsTo=%n")]
    # systemd adds up the times of a list. Neither a slow start nor a slow check is a hang.
    start += [f"--property=RuntimeMaxSec={grace} {timeout} {interval} {interval} {interval}"]
    start += [f"--property=ExecStopPost={write_line(['/bin/sh', '-c', act_on_hang, name])}"]
    start += ["/bin/sh", "-c", script, name]
    # The timer of a start before this one may still be about to end. Of a pattern systemctl does not say: not loaded.
    for words in (["-systemctl", *scope, "stop", f"{NAME}.timer*"], start):
        target.service.add("Service", "ExecStartPost", write_line(words))
    return [Given("health-interval", "disable")]
