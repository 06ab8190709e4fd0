"""The keys of a probe."""

from __future__ import annotations

from podpipe.definition.subset.section import Section

PROBE = Section(
    "a probe",
    "container: livenessProbe, readinessProbe",
    {
        "exec": "a command that exits 0 when all is well, and gives up by itself",
        "httpGet": "a GET that answers 200 to 399",
        "tcpSocket": "a port that accepts a connection",
        "initialDelaySeconds": "seconds in which failures do not count (0)",
        "periodSeconds": "seconds between checks (10)",
        "timeoutSeconds": "seconds until a check has failed (1)",
        "failureThreshold": "failures in a row that make the container unhealthy (3)",
        "successThreshold": "1: one success makes it healthy again",
    },
    {
        "grpc": "use `exec` with a client for it, or `tcpSocket`",
        "terminationGracePeriodSeconds": "set the pod's `terminationGracePeriodSeconds`",
    },
)
EXEC = Section("exec", "probe: exec", {"command": "program and arguments, without a shell"})
HTTP_GET = Section(
    "httpGet",
    "probe: httpGet",
    {"path": "the path (`/`)", "port": "a number, or the name of a port", "scheme": "`HTTP`"},
    {
        "host": "remove it: the check runs inside the container, against 127.0.0.1",
        "httpHeaders": "use `exec` with curl or a program of your own",
    },
)
TCP_SOCKET = Section(
    "tcpSocket",
    "probe: tcpSocket",
    {"port": "a number, or the name of a port"},
    {"host": "remove it: the check runs inside the container, against 127.0.0.1"},
)
