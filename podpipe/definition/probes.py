"""livenessProbe and readinessProbe -> the one health check that Podman has for a container."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Union

from podpipe.definition.reader import Fields, suggest
from podpipe.definition.specs import ExecProbe, HttpProbe, Probe, TcpProbe
from podpipe.definition.subset.probes import EXEC, HTTP_GET, PROBE, TCP_SOCKET

Check = Union[ExecProbe, HttpProbe, TcpProbe]

_PATH = r"/[-A-Za-z0-9._~!$&'()*+,;=:@%/?]*"


def read_probe(container: Fields, ports: Mapping[str, int]) -> Probe | None:
    """The container's health check; `ports` are its named ports."""
    found = {}
    for key in ("livenessProbe", "readinessProbe"):
        fields = container.fields(key, PROBE)
        if fields:
            found[key] = _probe(fields, ports)
    if len(found) == 2 and found["livenessProbe"] != found["readinessProbe"]:
        value = container.get("readinessProbe")
        assert value
        hint = "make them equal, or keep one of the two: Podman has one health check per container"
        value.refuse("livenessProbe and readinessProbe differ", hint)
    probe = next(iter(found.values()), None)
    return replace(probe, restarts="livenessProbe" in found) if probe else None


def _probe(fields: Fields, ports: Mapping[str, int]) -> Probe | None:
    initial_delay = fields.integer("initialDelaySeconds", 0)
    period = fields.integer("periodSeconds", 10, low=1)
    timeout = fields.integer("timeoutSeconds", 1, low=1)
    failures = fields.integer("failureThreshold", 3, low=1)
    fields.integer("successThreshold", 1, low=1, high=1)
    check = _check(fields, ports)
    return Probe(check, initial_delay, period, timeout, failures) if check else None


def _check(fields: Fields, ports: Mapping[str, int]) -> Check | None:
    kinds = [kind for kind in ("exec", "httpGet", "tcpSocket") if kind in fields]
    if len(kinds) > 1:
        fields.value.refuse(f"a probe has one kind of check, and this has {' and '.join(kinds)}", "keep one")
    if "exec" in kinds:
        return _exec(fields)
    if "httpGet" in kinds:
        return _http_get(fields, ports)
    tcp = fields.fields("tcpSocket", TCP_SOCKET, required=True)
    return TcpProbe(_port(tcp, ports)) if tcp else None


def _exec(fields: Fields) -> ExecProbe | None:
    action = fields.fields("exec", EXEC)
    return ExecProbe(action.strings("command", required=True)) if action else None


def _http_get(fields: Fields, ports: Mapping[str, int]) -> HttpProbe | None:
    action = fields.fields("httpGet", HTTP_GET)
    if action is None:
        return None
    path = action.get("path")
    text = (path.string() if path else None) or "/"
    if path and not re.fullmatch(_PATH, text):
        path.refuse("not a path of a URL", "begin with `/`, and write other characters as %XX")
    scheme = action.get("scheme")
    if scheme and scheme.string() == "HTTPS":
        scheme.refuse("podpipe does not support HTTPS here", "probe plain HTTP, or use tcpSocket")
    elif scheme:
        scheme.choice(["HTTP"])
    return HttpProbe(_port(action, ports), text)


def _port(action: Fields, ports: Mapping[str, int]) -> int:
    value = action.get("port", required=True)
    if value is None:
        return 0
    if not value.is_word():
        return value.integer(1, 65535) or 0
    name = value.string() or ""
    if name not in ports:
        hint = suggest(name, ports) or "write the number, or name a port of this container"
        value.refuse(f"this container has no port named `{name}`", hint)
    return ports.get(name, 0)
