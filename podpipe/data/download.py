"""Downloads: what a server sends, all of it or an error; the only place of the data room that meets the network."""

from __future__ import annotations

import base64
import contextlib
import http.client
import ipaddress
import signal
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any, BinaryIO, Protocol

from podpipe.errors import SourceError, masked
from podpipe.files import explain_full_disk

LARGEST = 512 * 1024 * 1024
"""Bytes of the largest file that is downloaded."""

SILENCE = 30.0
"""Seconds that a server may stay silent."""

LONGEST = 1800.0
"""Seconds that a whole download may take."""

_CHUNK = 64 * 1024
_TRY_AGAIN = "the next sync tries again; the table stays as it was until then"


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Validators:
    """What a server called the version that it sent (RFC 9110, 8.8); "" where it said nothing."""

    etag: str = ""
    last_modified: str = ""


def is_url(location: str) -> bool:
    """Whether a location is downloaded; all others are paths."""
    return location.startswith(("http://", "https://"))


def shown(location: str) -> str:
    """A path, or a URL without what may be a secret: user, password and query, be there a space in it."""
    return masked(location.replace(" ", "%20")).partition("?")[0] if is_url(location) else location


def download(
    url: str,
    into: BinaryIO,
    known: Validators,
    *,
    largest: int = LARGEST,
    silence: float = SILENCE,
    longest: float = LONGEST,
) -> Validators | None:
    """Download a URL into a file; None if the server says that the `known` version is still the newest.

    The body is written as it came, perhaps compressed. Redirects are followed ten times and only to http and https, and
    from a public address to none that only this machine and its neighbours reach.
    It must run in the main thread. Errors: SourceError, DiskFull.
    """
    with _explain_failure(url), _time_limit(longest, shown(url)):
        try:
            response = _opener().open(_request(url, known), timeout=silence)
        except urllib.error.HTTPError as answer:
            with answer:
                if answer.code == http.HTTPStatus.NOT_MODIFIED and known != Validators():
                    return None
                what = f"{shown(url)} answered {answer.code} {_start_of(answer.reason)}"
                raise SourceError(what, hint=_advice(answer.code)) from None
        with response:
            _refuse_type(url, response.headers)
            expected = _content_length(url, response.headers)
            if copy(response, into, largest, f"{shown(url)} sends") < expected:
                raise http.client.IncompleteRead(b"")
            return Validators(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))


def copy(source: Readable, into: BinaryIO, largest: int, what: str) -> int:
    """Copy all of `source`; the number of bytes. Errors: SourceError if there are more than `largest`, DiskFull."""
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > largest:
            raise SourceError(f"{what} more than {largest} bytes", hint="ask the source for fewer rows or columns")
        with explain_full_disk("a download"):
            into.write(chunk)
    into.flush()
    return size


def _request(url: str, known: Validators) -> urllib.request.Request:
    address, user = _split_user(url)
    request = urllib.request.Request(address, headers={"User-Agent": "podpipe", "Accept-Encoding": "gzip"})  # noqa: S310
    if user:  # not for whom the server sends us on to
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(user).decode()}")
    if known.etag:
        request.add_header("If-None-Match", known.etag)
    if known.last_modified:
        request.add_header("If-Modified-Since", known.last_modified)
    return request


def _split_user(url: str) -> tuple[str, bytes]:
    """The address as http.client takes it, which knows no user and no space, and `user:password` or nothing."""
    parts = urllib.parse.urlsplit(url.strip())
    user, has_user, host = parts.netloc.rpartition("@")
    if has_user and ":" not in user:
        user += ":"
    path, query = (urllib.parse.quote(part, safe="%/:;=&?@!$'()*+,~[]|") for part in (parts.path, parts.query))
    return urllib.parse.urlunsplit((parts.scheme, host, path, query, "")), urllib.parse.unquote_to_bytes(user)


def _opener() -> urllib.request.OpenerDirector:
    """urllib's own, without the handlers that open files, FTP and data URLs: no redirect may lead there."""
    opener, way = urllib.request.OpenerDirector(), _Way()
    for handler in (
        urllib.request.ProxyHandler(),
        _HTTPHandler(way),
        _HTTPSHandler(way),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


class _Way:
    """The addresses that one download came by. Names are no help: what one means may change from look to look."""

    def __init__(self) -> None:
        self.was_public = False

    def connection(self, make: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """A connection that sends nothing to where a public address may not send us on to."""
        made = make(*arguments, **options)
        connect = made.connect

        def connect_and_check() -> None:
            connect()
            self._check(made.sock.getpeername()[0])

        made.connect = connect_and_check
        return made

    def _check(self, address: str) -> None:
        if is_public(address):
            self.was_public = True
        elif self.was_public:
            raise SourceError(
                f"the source sends us on to {address}, which is no public address",
                hint="write that address itself into podpipe.yaml if it is meant",
            )


def is_public(address: str) -> bool:
    """Whether all the world reaches an IP address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_global


class _OnTheWay(urllib.request.AbstractHTTPHandler):
    def __init__(self, way: _Way) -> None:
        super().__init__()
        self._way = way

    def do_open(self, http_class: Any, req: urllib.request.Request, **options: Any) -> Any:
        return super().do_open(partial(self._way.connection, http_class), req, **options)


class _HTTPHandler(_OnTheWay, urllib.request.HTTPHandler):
    pass


class _HTTPSHandler(_OnTheWay, urllib.request.HTTPSHandler):
    pass


def _refuse_type(url: str, headers: http.client.HTTPMessage) -> None:
    if headers.get_content_type() in ("text/html", "application/xhtml+xml"):
        raise SourceError(f"{shown(url)} answered with an HTML page", hint="is a login or another address needed?")
    encoding = headers.get("Content-Encoding", "identity")
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise SourceError(f"{shown(url)} sends the encoding {encoding!r}", hint="download it by hand, into a file")


def _content_length(url: str, headers: http.client.HTTPMessage) -> int:
    stated = headers.get("Content-Length", "0").strip()
    if not stated.isdecimal():
        raise SourceError(f"{shown(url)} sends the Content-Length {stated!r}, which is no number", hint=_TRY_AGAIN)
    return int(stated)


@contextlib.contextmanager
def _time_limit(seconds: float, what: str) -> Iterator[None]:
    """A signal ends the block: no socket's timeout does if a byte comes now and then, be it of a header or a body."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise SourceError(f"{what} is too slow: it did not finish within {seconds:.0f} s", hint=_TRY_AGAIN)

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _explain_failure(url: str) -> Iterator[None]:
    try:
        yield
    except http.client.IncompleteRead as error:
        raise SourceError(f"{shown(url)} broke off before the end", hint=_TRY_AGAIN) from error
    except (http.client.InvalidURL, ValueError) as error:  # their words quote what they take for a port or a path
        raise SourceError(f"{shown(url)} is no address, or leads to none", hint="correct it in podpipe.yaml") from error
    except (OSError, http.client.HTTPException) as error:
        reason = _start_of(getattr(error, "reason", "") or error) or type(error).__name__
        raise SourceError(f"{shown(url)} cannot be downloaded: {reason}", hint=_TRY_AGAIN) from error


def _advice(status: int) -> str:
    return _TRY_AGAIN if status >= 500 or status in (408, 429) else "does the address still work in a browser?"


def _start_of(words: object) -> str:
    """What a server says instead of data: its first line, which may be endless."""
    return str(words).strip().partition("\n")[0][:200]
