"""datasette itself, from PyPI, over a database that sync replaces meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe.data.serve import main

from .served import Served

pytest.importorskip("datasette")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("data") / "data.db")
    yield served
    served.process.terminate()
    assert served.process.wait(10) == 0


def test_a_table_appears_with_its_title_and_without_a_restart(served: Served, tmp_path: Path) -> None:
    assert json.loads(served.get("/data.json"))["tables"] == []
    (tmp_path / "a.csv").write_text("case,age\nx,1\ny,\n")
    served.load(tmp_path / "a.csv", title="Two & a half cases")
    assert served.rows() == [{"rowid": 1, "case": "x", "age": 1}, {"rowid": 2, "case": "y", "age": None}]
    time.sleep(1)  # titles are asked for once a second
    assert "Two &amp; a half cases" in served.get("/data/t")
    hidden = {table["name"]: table["hidden"] for table in json.loads(served.get("/data.json"))["tables"]}
    assert hidden == {"t": False, "_podpipe_sources": True}


def test_an_answer_is_the_old_table_or_the_new(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("n\n" + "0\n" * 500)
    served.load(path)
    for version in range(1, 6):
        path.write_text("n\n" + f"{version}\n" * 500)
        sync = subprocess.Popen([sys.executable, "-c", SYNC, str(path), str(served.database)])
        while sync.poll() is None:
            assert_one_version(served)
        assert sync.returncode == 0
        assert {row["n"] for row in served.rows()} == {version}


SYNC = """
import sys
from pathlib import Path
from podpipe.data.sources import Source
from podpipe.data.sync import Loaded, sync_sources
(outcome,) = sync_sources([Source("s", "csv", sys.argv[1], "t")], Path(sys.argv[2]))
sys.exit(not isinstance(outcome, Loaded))
"""


def assert_one_version(served: Served) -> None:
    counted = served.get("/data.json?sql=select+count(distinct+n)+as+versions,+count(*)+as+rows+from+t&_shape=array")
    assert json.loads(counted) == [{"versions": 1, "rows": 500}]


def test_nothing_can_be_written_through_it(served: Served) -> None:
    for statement in ("delete+from+t", "with+a+as+(select+1)+delete+from+t", "pragma+journal_mode=delete"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            served.get(f"/data.json?sql={statement}")
        assert caught.value.code == 400


def test_a_signal_ends_it_while_it_starts(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-X", "importtime", "-m", "podpipe.data.serve", "--port", "0",
        "--database", str(tmp_path / "data.db")], stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stderr is not None
    next(line for line in process.stderr if "asyncio" in line)
    os.kill(process.pid, signal.SIGTERM)
    process.stderr.close()
    assert process.wait(10) == 0


def test_a_database_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert main(["--database", str(tmp_path / "x" / "data.db")]) == 1
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "is its folder there" in capsys.readouterr().err


AT_ONCE = """
import multiprocessing, sys
from pathlib import Path
from podpipe.data.database import open_database

def make(barrier):
    for number in range(40):
        barrier.wait(30)
        with open_database(Path(sys.argv[1], f"{number}.db")):
            pass

context = multiprocessing.get_context("fork")
barrier = context.Barrier(4)
makers = [context.Process(target=make, args=(barrier,)) for _ in range(4)]
for maker in makers:
    maker.start()
for maker in makers:
    maker.join()
sys.exit(sum(maker.exitcode != 0 for maker in makers))
"""


def test_two_may_make_the_database_at_once(tmp_path: Path) -> None:
    """sync and datasette start together when a pod comes up for the first time."""
    done = subprocess.run([sys.executable, "-c", AT_ONCE, str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    databases = sorted(tmp_path.glob("*.db"))
    assert len(databases) == 40
    for database in databases:
        with contextlib.closing(sqlite3.connect(database)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


TAKE_ALL = [
    "select hex(zeroblob(400000000))",
    "select length(replace(hex(zeroblob(400000)), '0', 'aaaaaaaaaaaaaaaa'))",
    "select randomblob(300000000)",
    f"select hex(zeroblob(400000)) like '{'%a' * 500}'",
    "with recursive n(i) as (select 1 union all select i + 1 from n limit 2000) "
    "select hex(randomblob(400000)) as x from n order by x",
]


@pytest.mark.skipif(not hasattr(sqlite3.Connection, "setlimit"), reason="this Python cannot bound a value's length")
@pytest.mark.parametrize("sql", TAKE_ALL)
def test_one_visitor_does_not_take_the_memory_nor_the_time_of_others(served: Served, sql: str) -> None:
    began = time.monotonic()
    with pytest.raises(urllib.error.HTTPError) as caught:
        served.get(f"/data.json?{urllib.parse.urlencode({'sql': sql})}")
    assert caught.value.code in (400, 500)
    assert time.monotonic() - began < 8
    assert json.loads(served.get("/data.json?sql=select+1&_shape=arrays"))["rows"] == [[1]]
    assert served.peak() < 300 * 1024


def test_queries_that_keep_all_threads_end_the_process() -> None:
    code = "import time; from concurrent.futures import ThreadPoolExecutor as E; from podpipe.data import limits as l; "
    code += "l.ANSWERED_WITHIN = 0.2; e = E(1); e.submit(time.sleep, 30); l.watch(e); time.sleep(30)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=25)
    assert (done.returncode, done.stderr) == (1, "serve: no query was answered for 0.2 s; starting again\n")


def test_many_large_rows_are_too_many(served: Served) -> None:
    thousand = "with recursive n(i) as (select 1 union all select i + 1 from n limit 1000)"
    rows = f"{thousand} select hex(zeroblob(450000)) from n"
    with pytest.raises(urllib.error.HTTPError):
        served.get(f"/data.json?{urllib.parse.urlencode({'sql': rows})}")
    assert served.peak() < 300 * 1024
    assert served.status("/data.json?sql=select+1") == 200


def test_a_request_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    soon = "from podpipe.data import limits, serve; limits.WHOLE_WITHIN = 1.0; serve.main()"
    served = Served(tmp_path / "data.db", program=("-c", soon))
    with contextlib.ExitStack() as stack:
        stack.callback(served.process.terminate)
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", served.port), 30)) for _ in range(3)]
        half = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"
        for connection, crumb in zip(slow, (b"", b"GET / HT", half)):
            connection.sendall(crumb)
        assert served.status("/data.json") == 200
        for connection in slow:
            with contextlib.suppress(ConnectionResetError):
                while connection.recv(4096):
                    pass


def test_an_answer_that_nobody_reads_is_not_kept(tmp_path: Path) -> None:
    soon = "from podpipe.data import limits, serve; limits.READ_WITHIN = 1.0; serve.main()"
    served = Served(tmp_path / "data.db", program=("-c", soon))
    (tmp_path / "a.csv").write_text("a\n" + f"{'x' * 50_000}\n" * 300)
    with contextlib.ExitStack() as stack:
        stack.callback(served.process.terminate)
        served.load(tmp_path / "a.csv")
        idle = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), 30))
        idle.sendall(b"GET /data/t.json?_size=max HTTP/1.1\r\nHost: x\r\n\r\n")
        idle.recv(1)
        before = sockets_of(served)
        deadline = time.monotonic() + 30
        while sockets_of(served) >= before:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def sockets_of(served: Served) -> int:
    descriptors = Path(f"/proc/{served.process.pid}/fd").iterdir()
    return sum(each.readlink().name.startswith("socket:") for each in descriptors)
