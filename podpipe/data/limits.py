"""What one visitor may take of datasette: bounds where its own time limit does not reach.

SQLite looks at the clock between two steps of a query, not within one function call, and datasette bounds the rows of
an answer, not their bytes.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import sqlite3
import sys
import time
from concurrent import futures
from threading import Thread
from typing import Any

import h11
import pluggy
from uvicorn.protocols.http.h11_impl import H11Protocol

MIB = 1024 * 1024
VALUE = 1_000_000  # bytes of one text or blob
HEAP = 64 * MIB  # of all of SQLite, sorting included: /tmp may be memory too
MEMORY = 256 * MIB  # of the process: more is an error for who asked, and no death of others
ANSWERED_WITHIN = 30.0  # seconds that no query may be answered: instr() of two such texts alone takes a Pi a minute
ASKED_EVERY = 10.0  # seconds
WHOLE_WITHIN = 10.0  # seconds from a connection's or request's begin until the request must be whole
READ_WITHIN = 60.0  # seconds until the visitor must have read what was sent to him, 64 KiB at most
CONNECTIONS = 512  # at once, idle ones too; more are told to come again, so that few cannot shut others out

_LIMITS = {
    "SQLITE_LIMIT_LENGTH": VALUE,
    "SQLITE_LIMIT_SQL_LENGTH": 100_000,
    "SQLITE_LIMIT_LIKE_PATTERN_LENGTH": 100,
    "SQLITE_LIMIT_COMPOUND_SELECT": 50,
    "SQLITE_LIMIT_EXPR_DEPTH": 100,
}
_hookimpl = pluggy.HookimplMarker("datasette")


def limit_memory() -> None:
    """Let what would need more fail by itself."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


@_hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Bound what a query may take. Python before 3.11 cannot bound a value's length."""
    if hasattr(conn, "setlimit"):
        for name, value in _LIMITS.items():
            conn.setlimit(getattr(sqlite3, name), value)
    conn.execute("PRAGMA temp_store = MEMORY")
    conn.execute(f"PRAGMA hard_heap_limit = {HEAP}")


def watch(executor: futures.Executor) -> None:
    """End the process where queries keep all of datasette's threads: whoever started it starts it again."""

    def ask() -> None:
        while True:
            try:
                executor.submit(bool).result(ANSWERED_WITHIN)
            except futures.TimeoutError:
                sys.stderr.write(f"serve: no query was answered for {ANSWERED_WITHIN:g} s; starting again\n")
                os._exit(1)
            time.sleep(ASKED_EVERY)

    Thread(target=ask, daemon=True).start()


class ImpatientProtocol(H11Protocol):
    """uvicorn's, which ends a connection whose request comes in crumbs, or not, or whose answer nobody reads."""

    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # The kernel's limit is for the last words of an answer: they fit into a buffer, and we see nothing of them.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(READ_WITHIN * 1000))
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(READ_WITHIN, self.transport.abort)

    def resume_writing(self) -> None:
        self._forget_unread()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        self._forget_unread()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY) or self.transport.is_closing():
            self._forget()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(WHOLE_WITHIN, self.transport.abort)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _forget_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def server_settings() -> dict[str, Any]:
    """What uvicorn is to be told of these."""
    return {"http": ImpatientProtocol, "limit_concurrency": CONNECTIONS}
