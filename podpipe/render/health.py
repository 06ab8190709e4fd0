"""Kubernetes' probes -> Podman's health checks."""

from __future__ import annotations

import shlex
from typing import Any

from podpipe.definition.specs import ExecProbe, Probe, TcpProbe

SECOND = 1_000_000_000  # Podman counts in nanoseconds
# To restart, of libpod's actions on failure. What it kills it does not start again: as if a user had.
ON_FAILURE = 3

# A kubelet probes from outside; Podman's check runs inside the container. bash speaks TCP by itself and is in
# every Debian image; curl or wget serve where it is not. Kubernetes takes 200 to 399 for success.
_HTTP = """\
if command -v bash >/dev/null; then exec $limit bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port} && \
printf "GET %s HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n" "$0" >&3 && \
read -r _ status _ <&3 && [[ $status == [23]?? ]]' {path}; \
elif command -v curl >/dev/null; then exec $limit curl -fsS -o /dev/null {url}; \
else exec $limit wget -q -O /dev/null {url}; fi"""
_TCP = """\
if command -v bash >/dev/null; then exec $limit bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}'; \
else exec $limit nc -z 127.0.0.1 {port}; fi"""
# Podman before 5.6 waits for a check without end, and then makes no other. busybox before 1.30 wants `timeout -t`.
_LIMIT = 'limit=$(timeout 1 true 2>/dev/null && echo timeout {seconds}); '


def render_health(probe: Probe) -> dict[str, Any]:
    """The libpod field `healthconfig`; durations in nanoseconds.

    Whoever waits for a container asks more often than each period. So that this ends none that is slow to start, the
    failures of as much time as a kubelet would leave it do not count.
    """
    grace = probe.period * probe.failure_threshold if probe.restarts else 0
    return {
        "Test": _test(probe),
        "Interval": probe.period * SECOND,
        "Timeout": probe.timeout * SECOND,
        "StartPeriod": (probe.initial_delay + grace) * SECOND,
        "Retries": probe.failure_threshold,
    }


def _test(probe: Probe) -> list[str]:
    check = probe.check
    if isinstance(check, ExecProbe):
        return ["CMD", *check.command]
    limit = _LIMIT.format(seconds=probe.timeout)
    if isinstance(check, TcpProbe):
        return ["CMD-SHELL", limit + _TCP.format(port=check.port)]
    url = shlex.quote(f"http://127.0.0.1:{check.port}{check.path}")
    return ["CMD-SHELL", limit + _HTTP.format(port=check.port, path=shlex.quote(check.path), url=url)]
