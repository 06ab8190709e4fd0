"""HTTP over Podman's unix socket; its answers as JSON, its refusals as our errors."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import urlencode

from podpipe.errors import DiskFull, EngineConflict, EngineError, EngineSilent, EngineUnavailable, NotFound, PortTaken

JSON = dict[str, Any]
Version = tuple[int, int, int]

API = "/v4.0.0/libpod"  # a prefix that 3.0.1, 4.3.1 and 5.4.2 all take
PATIENCE = 120.0  # seconds of silence; on a Pi with eight requests under way one can take half a minute

# Podman's own words for the root of an error (libpod/define/errors.go): 3.0.1 and 4.3.1 send
# some of these with status 500.
_NOT_YET = re.compile("(container|layer) not known")  # 3.0.1 has it in its database before its storage has
_NOT_FOUND = re.compile(r"no such (container|pod|volume|image|network)|image not known")
_CONFLICT = re.compile(r"already (exists|in use)|container state improper|volume is being used|image is in use")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float | None) -> None:
        super().__init__("podman", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Transport:
    """One connection a request, so that any number of threads may share it: connecting takes 0.1 ms.

    `doing` completes "cannot ..." in an error: "start container web-nginx".
    `patience` is the seconds of silence after which the API counts as gone, None: any time.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def ping(self, patience: float) -> Version:
        """The version of the Podman that answers. Errors: EngineUnavailable."""
        with self._exchange("GET", "/libpod/_ping", "greet Podman", None, patience) as response:
            response.read()
            return parse_version(response.headers.get("Libpod-Api-Version", ""))

    def request(
        self,
        method: str,
        path: str,
        doing: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        patience: float | None = PATIENCE,
    ) -> Any:
        """The answer's JSON, None where it is empty. Errors: EngineError and its kin, DiskFull, PortTaken."""
        with self.stream(method, path, doing, query, body, patience) as response:
            content = response.read()
        return json.loads(content) if content.strip() else None

    @contextlib.contextmanager
    def stream(
        self,
        method: str,
        path: str,
        doing: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        patience: float | None = PATIENCE,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer, to be read bit by bit as it comes. Errors: as `request`, inside the block too."""
        target = API + path + (f"?{urlencode(query)}" if query else "")
        with self._exchange(method, target, doing, body, patience, headers) as response:
            if response.status >= 400:
                _refuse(doing, response.status, response.read())
            yield response

    @contextlib.contextmanager
    def _exchange(
        self,
        method: str,
        target: str,
        doing: str,
        body: Mapping[str, Any] | None,
        patience: float | None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        connection = _UnixConnection(self.path, patience)
        try:
            content = None if body is None else json.dumps(body).encode()
            kind = {"Content-Type": "application/json"} if content else {}
            connection.request(method, target, content, {**kind, **(headers or {})})
            yield connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            silent = isinstance(error, socket.timeout)
            raise (EngineSilent if silent else EngineUnavailable)(
                f"Podman's API at {self.path} does not answer ({error or type(error).__name__}): could not {doing}",
                hint="run the command again: what was done stays done",
            ) from error
        finally:
            connection.close()


def parse_version(text: str) -> Version:
    """`5.4.0-rc1` -> (5, 4, 0). Errors: EngineUnavailable where `text` is no version."""
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", text)
    if not found:
        raise EngineUnavailable(f"what answers on Podman's socket is not Podman: it calls its version {text!r}")
    return int(found[1]), int(found[2]), int(found[3])


def refusal(doing: str, status: int, cause: str, message: str, hint: str = "") -> EngineError | DiskFull | PortTaken:
    """The error for an answer of Podman's, in its own words."""
    text = f"cannot {doing}: {message or cause or f'HTTP status {status}'}"
    if "no space left on device" in message:
        return DiskFull(text)
    if "address already in use" in message.lower():
        return PortTaken(text, hint="choose another hostPort, or end what listens there if it is yours")
    if status == 404 or _NOT_FOUND.search(cause) or _NOT_YET.search(message):
        return NotFound(text)
    if status == 409 or _CONFLICT.search(cause):
        return EngineConflict(text)
    return EngineError(text, hint=hint)


def _refuse(doing: str, status: int, content: bytes) -> NoReturn:
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        answer = {"message": content.decode(errors="replace").strip()}
    if answer.get("Errs"):  # a pod's answer: what each of its containers had to say, with status 409
        raise refusal(doing, 500, "", "; ".join(map(str, answer["Errs"])))
    raise refusal(doing, status, answer.get("cause") or "", answer.get("message") or "")
