from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from podpipe.data.download import Validators, download, is_public
from podpipe.data.fetch import Fetched, fetch
from podpipe.errors import SourceError
from tests.data.conftest import Answer, Server, send

BODY = b"a,b\n1,2\n"


@contextlib.contextmanager
def fetched(location: str, scratch: Path, **limits: float) -> Iterator[Fetched]:
    with fetch(location, scratch, Validators(), **limits) as found:  # type: ignore[arg-type]
        assert found is not None
        yield found


def content(location: str, scratch: Path, **limits: float) -> bytes:
    with fetched(location, scratch, **limits) as found:
        found.file.seek(0)
        body = found.file.read()
        assert found.sha256 == hashlib.sha256(body).hexdigest()
        return body


@pytest.mark.parametrize(("name", "stored"), [("a.csv", BODY), ("a.csv.gz", gzip.compress(BODY, mtime=0))])
def test_path(name: str, stored: bytes, write: Callable[[str, bytes], Path], tmp_path: Path) -> None:
    assert content(str(write(name, stored)), tmp_path) == BODY


def test_path_that_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(SourceError, match="is not a regular file"), fetch(str(path), tmp_path, Validators()):
            pass
    missing = tmp_path / "x"
    with pytest.raises(SourceError, match=f"^{missing} cannot be read"), fetch(str(missing), tmp_path, Validators()):
        pass


def test_file_that_is_written_meanwhile(write: Callable[[str, bytes], Path], tmp_path: Path) -> None:
    path = write("a.csv", BODY)
    with fetched(str(path), tmp_path) as found:
        found.refuse_change()
        os.utime(path, (1, 1))
        with pytest.raises(SourceError, match="somebody wrote to the file"):
            found.refuse_change()


def test_url(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = BODY
    assert content(f"{server.address}/a.csv", tmp_path) == BODY
    assert list(tmp_path.iterdir()) == []


def gzipped(handler: BaseHTTPRequestHandler) -> None:
    send(handler, gzip.compress(BODY, mtime=0), Content_Encoding="gzip")


def redirected(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", 302, Location="/a.csv")


def chunked(handler: BaseHTTPRequestHandler) -> None:
    handler.protocol_version = "HTTP/1.1"
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"8\r\n" + BODY + b"\r\n0\r\n\r\n")


@pytest.mark.parametrize("answer", [gzip.compress(BODY, mtime=0), gzipped, redirected, chunked])
def test_ways_to_send(answer: Answer, server: Server, tmp_path: Path) -> None:
    server.answers = {"/": answer, "/a.csv": BODY}
    assert content(f"{server.address}/", tmp_path) == BODY


def test_a_public_address_may_not_send_us_to_a_private_one(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = {"/": redirected, "/a.csv": BODY}
    public = iter([True, False])
    monkeypatch.setattr("podpipe.data.download.is_public", lambda _: next(public))
    with pytest.raises(SourceError, match=r"sends us on to 127\.0\.0\.1, which is no public address"):
        content(f"{server.address}/", tmp_path)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("192.168.1.1", False), ("127.0.0.1", False), ("169.254.169.254", False), ("::1", False),
        ("fe80::1%eth0", False), ("::ffff:10.0.0.1", False), ("1.1.1.1", True), ("2606:4700::1111", True),
        ("::ffff:1.1.1.1", True),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_server_is_asked_whether_anything_changed(server: Server, tmp_path: Path) -> None:
    validators = Validators('"v1"', "Mon, 01 Jan 2024 00:00:00 GMT")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers["If-None-Match"] == validators.etag:
            assert handler.headers["If-Modified-Since"] == validators.last_modified
            send(handler, b"", 304)
        else:
            send(handler, BODY, ETag=validators.etag, Last_Modified=validators.last_modified)

    server.answers["/"] = answer
    with fetched(f"{server.address}/", tmp_path) as found:
        assert found.validators == validators
    with fetch(f"{server.address}/", tmp_path, validators) as nothing:
        assert nothing is None


def test_a_user_and_a_space_in_an_address(server: Server, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, b"", 302, Location=f"{server.address}/there")

    server.answers["/x%20y.csv?where=a%20%3C%201&b=%C3%BC"] = answer
    server.answers["/there"] = BODY
    address = server.address.replace("//", "//me%40home:a:b@")
    assert content(f"{address}/x y.csv?where=a < 1&b=ü#part", tmp_path) == BODY
    asked, sent_on = server.requests
    assert base64.b64decode(asked["Authorization"].split()[1]) == b"me@home:a:b"
    assert "Authorization" not in sent_on


def html(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"please log in", Content_Type="text/html; charset=utf-8")


def truncated(handler: BaseHTTPRequestHandler) -> None:
    send(handler, BODY, Content_Length="100")


def truncated_chunks(handler: BaseHTTPRequestHandler) -> None:
    handler.protocol_version = "HTTP/1.1"
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"8\r\n" + BODY + b"\r\n")


def silent(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(BODY)
    time.sleep(0.6)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"x" * 1000)


def loop(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", 302, Location="/")


def to_a_file(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", 302, Location="file:///etc/passwd")


def to_ftp(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", 302, Location="ftp://127.0.0.1/x")


def gone(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", 404)


def broken(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", 503)


def brotli(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"\x0b", Content_Encoding="br")


def no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-\x1b[31mOpenSSH\r\n")


def no_length(handler: BaseHTTPRequestHandler) -> None:
    send(handler, BODY, Content_Length="abc")


def unasked(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"", 304)


def colourful(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 404 \x1b[31mGone\x9b1m\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (html, "answered with an HTML page"),
        (b"\n<!DOCTYPE html><p>", "is an HTML page"),
        (truncated, "broke off before the end"),
        (truncated_chunks, "broke off before the end"),
        (silent, "cannot be downloaded: "),
        (endless, "sends more than 50000 bytes"),
        (gzip.compress(b"0" * 100_000, mtime=0), "the file unpacks to more than 50000 bytes"),
        (gzip.compress(BODY, mtime=0)[:-4], "not whole gzip"),
        (gzip.compress(BODY, mtime=0)[:4] + b"x" * 30, "not whole gzip"),
        (loop, "answered 302"),
        (to_a_file, "answered 302"),
        (to_ftp, "cannot be downloaded: "),
        (gone, "answered 404 Not Found"),
        (broken, "answered 503 Service Unavailable"),
        (brotli, "sends the encoding 'br'"),
        (no_http, r"cannot be downloaded: SSH-2.0-\x1b[31mOpenSSH"),
        (no_length, "sends the Content-Length 'abc', which is no number"),
        (unasked, "answered 304 Not Modified"),
        (colourful, r"answered 404 \x1b[31mGone\x9b1m"),
    ],
)
def test_bad_servers(answer: Answer, complaint: str, server: Server, tmp_path: Path) -> None:
    server.answers["/"] = answer
    with pytest.raises(SourceError) as caught:
        content(f"{server.address}/", tmp_path, largest=50_000, silence=0.3)
    assert complaint in str(caught.value).partition("\n")[0]
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("before", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nX-Slow: "], ids=["body", "header"])
def test_a_server_that_sends_a_byte_now_and_then(before: bytes, server: Server, tmp_path: Path) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        with contextlib.suppress(OSError):
            handler.wfile.write(before)
            while True:
                handler.wfile.write(b"x")
                time.sleep(0.05)

    server.answers["/?token=secret"] = drip
    started, alarm = time.monotonic(), signal.getsignal(signal.SIGALRM)
    with (tmp_path / "into").open("wb") as into, pytest.raises(SourceError, match="is too slow") as caught:
        download(f"{server.address}/?token=secret", into, Validators(), longest=0.3)
    assert time.monotonic() - started < 5
    assert "secret" not in str(caught.value)
    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)) == (alarm, (0, 0))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/?token=secret",
        "http://me:secret@[::1]:1/",
        "http://[/",
        "http://127.0.0.1:x/",
        "http://127.0.0.1:1/a b?token=se cret#secret",
        "http://me:se/cret@127.0.0.1:1/x.csv",
        "http://me:se cret@127.0.0.1:1/x.csv",
        "http://127.0.0.1:secret@x/?token=secret",
        "http://h/\n",
    ],
)
def test_addresses_that_lead_nowhere(url: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot be downloaded|is no address") as caught:
        content(url, tmp_path)
    assert "cret" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("stored", "encoding", "text"),
    [
        ("é,b\n1,2\n".encode("utf-16"), "", "é,b\n1,2\n"),
        ("é\r\n".encode("utf-16-be"), "utf-16-be", "é\r\n"),
        ("é€".encode("windows-1252"), "windows-1252", "é€"),
        (b'a,b\r1,"2\r3"\r', "", 'a,b\n1,"2\n3"\n'),
        ("a,é\r1,2\r".encode("latin-1"), "latin-1", "a,é\n1,2\n"),
        (b'a,b\r\n1,"2\r3"\r\n', "", 'a,b\r\n1,"2\r3"\r\n'),
    ],
)
def test_text_of_others_becomes_utf8(
    stored: bytes, encoding: str, text: str, write: Callable[[str, bytes], Path], tmp_path: Path
) -> None:
    with fetch(str(write("a.csv", stored)), tmp_path, Validators(), encoding=encoding) as found:
        assert found is not None
        found.file.seek(0)
        assert found.file.read().decode("utf-8") == text


@pytest.mark.parametrize(
    ("stored", "encoding", "complaint"),
    [
        (b"PK\x03\x04...", "", "is a zip archive"),
        (gzip.compress(b"%PDF-1.7", mtime=0), "", "is a PDF"),
        (b"SQLite format 3\0...", "", "is an SQLite database"),
        ("é".encode("windows-1252"), "utf-8", "not utf-8: "),
        (b"a\r\xff", "", "not UTF-8: "),
        (b"\xff\xfea", "", "not utf-16: "),
    ],
)
def test_what_is_no_such_text_is_named(
    stored: bytes, encoding: str, complaint: str, write: Callable[[str, bytes], Path], tmp_path: Path
) -> None:
    path = str(write("a.csv", stored))
    with pytest.raises(SourceError, match=complaint) as caught, fetch(path, tmp_path, Validators(), encoding=encoding):
        pass
    assert caught.value.hint


def test_text_that_becomes_too_large_is_refused(write: Callable[[str, bytes], Path], tmp_path: Path) -> None:
    path = str(write("a.csv", ("é" * 1000).encode("utf-16")))
    with pytest.raises(SourceError, match="more than 1000 bytes"), fetch(path, tmp_path, Validators(), largest=1000):
        pass
