from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podpipe.data.database import explain_sqlite, load_record, open_database
from podpipe.data.sources import Source
from podpipe.data.sync import Failed, Loaded, sync_source, sync_sources
from podpipe.errors import DiskFull, PodpipeError, SourceError
from tests.data.conftest import Server, send

Write = Callable[[str, "bytes | str"], Path]

names = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0[]"), min_size=1).filter(str.strip)
cells = st.one_of(
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")),
    st.integers().map(str),
    st.floats().map(repr),
    st.just(""),
)


def source(path: Path | str, *, form: str = "csv", table: str = "t", key: str = "") -> Source:
    return Source("s", form, str(path), table, key)


def sync(database: Path, *sources: Source) -> Loaded | Failed:
    """Sync, and say what became of the last source."""
    return list(sync_sources(sources, database))[-1]


def rows_of(database: Path, table: str = "t") -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(f'SELECT * FROM "{table}"').fetchall()
    finally:
        connection.close()


def complaint_of(outcome: Loaded | Failed) -> str:
    assert isinstance(outcome, Failed)
    assert outcome.error.hint
    return outcome.error.message


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "data.db"


@pytest.fixture(autouse=True)
def _folder(database: Path) -> None:
    database.parent.mkdir()


def test_csv(database: Path, write: Write) -> None:
    path = write("a.csv", "id,age,size,zip,note\nA,12,1.5,00123,x\nB,,2,1,\n")
    outcome = sync(database, source(path, key="id"))
    assert isinstance(outcome, Loaded)
    assert (outcome.rows, outcome.changed) == (2, True)
    assert rows_of(database) == [("A", 12, 1.5, "00123", "x"), ("B", None, 2.0, "1", None)]


def test_json(database: Path, write: Write) -> None:
    path = write("a.json", json.dumps([{"id": 1, "ok": True}, {"id": 2, "tags": ["a"]}]))
    sync(database, source(path, form="json", key="id"))
    assert rows_of(database) == [(1, 1, None), (2, None, '["a"]')]


def test_the_key_is_the_primary_key(database: Path, write: Write) -> None:
    sync(database, source(write("a.csv", "a,b\n1,2\n"), key="b"))
    with open_database(database) as connection:
        found = connection.execute("SELECT name FROM pragma_table_info('t') WHERE pk").fetchall()
    assert found == [("b",)]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_rows_in_are_rows_out_and_a_second_sync_writes_nothing(data: st.DataObject) -> None:
    header = data.draw(st.lists(names, min_size=1, max_size=4, unique_by=lambda name: name.encode().lower()))
    table = data.draw(st.lists(st.lists(cells, min_size=len(header), max_size=len(header)), min_size=1, max_size=5))
    with tempfile.TemporaryDirectory() as folder:
        path, database = Path(folder, "a.csv"), Path(folder, "data.db")
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *table])
        assert isinstance(sync(database, source(path)), Loaded)
        for written, found in zip(table, rows_of(database)):
            assert all(same(cell, value) for cell, value in zip(written, found))
        before = state(database)
        assert not sync(database, source(path)).changed  # type: ignore[union-attr]
        assert state(database) == before


def same(cell: str, value: object) -> bool:
    if value is None:
        return cell == ""
    return float(cell) == value if isinstance(value, float) else str(value) == cell


def state(database: Path) -> dict[str, tuple[int, bytes]]:
    """All that a disk holds; the index of the log (-shm) is memory that happens to have a name."""
    files = [path for path in database.parent.iterdir() if path.stat().st_size and not path.name.endswith("-shm")]
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_a_second_sync_writes_nothing_while_datasette_reads(database: Path, write: Write) -> None:
    path = write("a.csv", "a\n1\n")
    sync(database, source(path))
    reader = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    assert reader.execute("SELECT * FROM t").fetchall() == [(1,)]
    before = state(database)
    assert not sync(database, source(path)).changed  # type: ignore[union-attr]
    assert state(database) == before
    path.write_text("a\n2\n")
    assert sync(database, source(path)).changed  # type: ignore[union-attr]
    assert reader.execute("SELECT * FROM t").fetchall() == [(2,)]
    reader.close()


@pytest.mark.parametrize(
    "change", [{"key": "a"}, {"table": "u"}, {"title": "T"}], ids=lambda change: next(iter(change))
)
def test_other_settings_load_the_source_anew(change: dict[str, str], database: Path, write: Write) -> None:
    before = source(write("a.csv", "a\n1\n"))
    after = replace(before, **change)
    assert [sync(database, each).changed for each in (before, after, after)] == [True, True, False]  # type: ignore[union-attr]
    assert rows_of(database, after.table) == [(1,)]


def test_a_table_that_somebody_dropped_is_loaded_anew(database: Path, write: Write) -> None:
    wanted = source(write("a.csv", "a\n1\n"))
    sync(database, wanted)
    with open_database(database) as connection:
        connection.execute("DROP TABLE t")
    assert sync(database, wanted).changed  # type: ignore[union-attr]


def test_other_columns_replace_the_table(database: Path, write: Write) -> None:
    sync(database, source(write("a.csv", "a,b\n1,2\n"), key="a"))
    sync(database, source(write("a.csv", "c\nx\n")))
    assert rows_of(database) == [("x",)]


def test_views_indexes_and_references_survive(database: Path, write: Write) -> None:
    wanted = source(write("a.csv", "id,n\n1,2\n"), key="id")
    sync(database, wanted)
    with open_database(database) as connection:
        connection.executescript(
            "CREATE INDEX by_n ON t(n); CREATE VIEW v AS SELECT n FROM t;"
            "CREATE TABLE child (t INTEGER REFERENCES t(id)); INSERT INTO child VALUES (1);"
        )
    write("a.csv", "id,n\n1,3\n")
    sync(database, wanted)
    assert rows_of(database, "v") == [(3,)]
    assert rows_of(database, "child") == [(1,)]
    with open_database(database) as connection:
        plan = connection.execute("EXPLAIN QUERY PLAN SELECT id FROM t WHERE n = 3").fetchone()
    assert "by_n" in plan[-1]
    write("a.csv", "id,m\n1,3\n")
    assert complaint_of(sync(database, wanted)).startswith("t: ")
    assert rows_of(database) == [(1, 3)]


@pytest.mark.parametrize(
    ("content", "key", "complaint"),
    [
        ("a,b\n1,x\n2,\n1,y\n", "a", "line 4: the a 1 was there before"),
        ("a,b\n1,x\n2,\n", "b", "line 3: no b, which is the key"),
        ("a,b\n1,x\n", "c", "no column 'c', which podpipe.yaml calls the key"),
        ("a,b\n1\n", "", "line 2: the header names 2 columns"),
        ("a,a\n1,1\n", "", "line 1: the columns 'a' and 'a' have the same name"),
        ("", "", "no header"),
    ],
)
def test_a_bad_source_leaves_its_table_and_the_others(
    content: str, key: str, complaint: str, database: Path, write: Write
) -> None:
    good, other = source(write("a.csv", "a,b\n7,8\n")), Source("o", "csv", str(write("o.csv", "c\n1\n")), "o")
    sync(database, good)
    write("a.csv", content)
    failed, loaded = sync_sources([replace(good, key=key), other], database)
    assert complaint_of(failed).startswith(complaint)
    assert isinstance(loaded, Loaded)
    assert rows_of(database) == [(7, 8)]
    assert rows_of(database, "o") == [(1,)]


def test_json_without_rows_is_refused(database: Path, write: Write) -> None:
    assert complaint_of(sync(database, source(write("a.json", "[]"), form="json"))) == "no rows"


def test_numbers_are_numbers_however_they_are_written(database: Path, write: Write) -> None:
    prices = replace(source(write("a.csv", "a,b\n2.50,x\n,y\n10,z\n")), numbers=("a",))
    sync(database, prices)
    assert rows_of(database) == [(2.5, "x"), (None, "y"), (10.0, "z")]
    write("a.csv", "a,b\n2.50,x\n2.x,y\n")
    assert complaint_of(sync(database, prices)) == "line 3: a is '2.x', no number"
    write("a.csv", "a,b\nnan,x\n")
    assert complaint_of(sync(database, prices)) == "line 2: a is 'nan', no number"
    assert len(rows_of(database)) == 3
    assert complaint_of(sync(database, replace(prices, numbers=("c",)))).startswith("no column 'c'")


def test_a_header_alone_leaves_the_rows_of_before(database: Path, write: Write) -> None:
    sync(database, source(write("a.csv", "a\n1\n")))
    assert complaint_of(sync(database, source(write("a.csv", "a\n")))) == "no rows"
    assert rows_of(database) == [(1,)]


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("CREATE VIEW T AS SELECT 1", "t is the name of a view that somebody made"),
        ("CREATE INDEX t ON other(a)", "t is the name of an index that somebody made"),
        ("CREATE TABLE _podpipe_sources (a)", "the table _podpipe_sources is not the one that sync made"),
        ("CREATE VIEW _podpipe_sources AS SELECT 1", "the view _podpipe_sources is not the one that sync made"),
    ],
)
def test_what_somebody_made_is_not_replaced(statement: str, complaint: str, database: Path, write: Write) -> None:
    with open_database(database) as connection:
        connection.executescript(f"CREATE TABLE other (a); {statement}")
    outcome = sync(database, source(write("a.csv", "a\n1\n")))
    assert complaint_of(outcome) == complaint
    assert isinstance(outcome, Failed)
    assert "drop" in outcome.error.hint.lower()


def test_what_nobody_foresaw_keeps_no_other_source_from_being_loaded(
    database: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(connection: sqlite3.Connection, wanted: Source, scratch: Path) -> Loaded:
        return Loaded(wanted, 1 // len(wanted.key), 0.0, changed=True)

    monkeypatch.setattr("podpipe.data.sync.sync_source", load)
    bad = source("a.csv")
    failed, loaded = sync_sources([bad, replace(bad, key="a")], database)
    assert complaint_of(failed).startswith("ZeroDivisionError: ")
    assert isinstance(loaded, Loaded)


def test_what_is_no_database(database: Path, write: Write) -> None:
    database.write_text("this is a text, and a long one, longer than the header of a database is" * 10)
    with pytest.raises(PodpipeError, match=f"^{database}: ") as caught:
        sync(database, source(write("a.csv", "a\n1\n")))
    assert "move data.db away" in caught.value.hint


@pytest.mark.parametrize(("left", "expected"), [(0, DiskFull), (10**9, PodpipeError)])
def test_no_disk_error_is_a_reason_to_give_up_the_database(
    left: int, expected: type[PodpipeError], database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=left))
    with pytest.raises(PodpipeError) as caught, explain_sqlite("t", database):
        raise sqlite3.OperationalError("disk I/O error")
    assert type(caught.value) is expected
    assert "away" not in caught.value.hint


def test_a_full_disk_leaves_the_table(database: Path, write: Write, tmp_path: Path) -> None:
    wanted = source(write("a.csv", "a\n1\n"))
    sync(database, wanted)
    write("a.csv", "a\n" + "long enough to fill a page or two\n" * 5000)
    with open_database(database) as connection:
        connection.execute("PRAGMA max_page_count = 10")
        with pytest.raises(DiskFull), explain_sqlite("t", database):
            sync_source(connection, wanted, tmp_path)
    assert rows_of(database) == [(1,)]


def test_a_reader_sees_the_old_rows_or_the_new(database: Path, write: Write, tmp_path: Path) -> None:
    wanted = source(write("a.csv", "a\n" + "1\n" * 100), key="")
    sync(database, wanted)
    write("a.csv", "b,c\n" + "2,3\n" * 200)
    seen = []
    with open_database(database) as connection:
        connection.set_trace_callback(lambda _: seen.append(set(rows_of(database))))
        sync_source(connection, wanted, tmp_path)
    assert len(seen) > 200
    assert seen[:-1] == [{(1,)}] * (len(seen) - 1)  # the last statement comes after the commit
    assert seen[-1] == set(rows_of(database)) == {(2, 3)}


KILLED_AT = """
import os, signal, sqlite3, sys
from podpipe.data.__main__ import main
moment, times, connect = sys.argv[3], int(sys.argv[4]), sqlite3.connect
def die(statement):
    global times
    times -= statement.startswith(moment)
    if not times:
        os.kill(os.getpid(), signal.SIGKILL)
def connect_to_die(*args, **options):
    connection = connect(*args, **options)
    connection.set_trace_callback(die)
    return connection
sqlite3.connect = connect_to_die
main(["--settings", sys.argv[1], "--database", sys.argv[2]])
"""


@pytest.mark.parametrize(
    ("moment", "times"),
    [("BEGIN", 1), ("DROP", 1), ("INSERT INTO", 1), ("INSERT INTO", 3000), ("COMMIT", 1), ("PRAGMA wal_checkpoint", 1)],
)
def test_kill_at_any_moment(moment: str, times: int, database: Path, write: Write) -> None:
    wanted = source(write("a.csv", "a\n1\n"))
    sync(database, wanted)
    write("a.csv.gz", gzip.compress(b"a,b\n" + b"2,%b\n" % (b"x" * 1000) * 4000))  # more than SQLite keeps in memory
    bigger = replace(wanted, location=f"{wanted.location}.gz")
    sources = write("sources.json", json.dumps([vars(bigger)]))
    command = [sys.executable, "-c", KILLED_AT, str(sources), str(database), moment, str(times)]
    assert subprocess.run(command, check=False).returncode == -9
    assert len(rows_of(database)) == (4000 if moment == "PRAGMA wal_checkpoint" else 1)
    assert {path.name for path in database.parent.iterdir()} <= {"data.db", "data.db-wal", "data.db-shm"}
    assert isinstance(sync(database, bigger), Loaded)
    assert len(rows_of(database)) == 4000
    with open_database(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_url_is_loaded_once_for_each_version(database: Path, server: Server) -> None:
    body, etag = b"a\n1\n", '"1"'

    def answer(handler: object) -> None:
        if handler.headers["If-None-Match"] == etag:  # type: ignore[attr-defined]
            send(handler, b"", 304)  # type: ignore[arg-type]
        else:
            send(handler, body, ETag=etag)  # type: ignore[arg-type]

    server.answers["/a.csv"] = answer
    wanted = source(f"{server.address}/a.csv")
    assert [sync(database, wanted).changed for _ in range(2)] == [True, False]  # type: ignore[union-attr]
    body, etag = b"a\n2\n", '"2"'
    assert sync(database, wanted).changed  # type: ignore[union-attr]
    assert rows_of(database) == [(2,)]
    etag = '"3"'  # the server calls the same content by another name
    assert not sync(database, wanted).changed  # type: ignore[union-attr]


def test_what_is_remembered_of_a_url_tells_no_secret(database: Path, server: Server) -> None:
    server.answers["/a.csv?token=secret"] = b"a\n1\n"
    sync(database, source(f"{server.address}/a.csv?token=secret"))
    assert b"secret" not in database.read_bytes()
    with open_database(database) as connection:
        record = load_record(connection, "s")
    assert record is not None
    assert record.row_count == 1


@pytest.mark.parametrize("table", ["select", '"; drop table t; --', "😀", "a b", "t.u"])
def test_any_name_will_do(table: str, database: Path, write: Write) -> None:
    path = write("a.csv", 'select,"""; drop table",😀,rowid, a\n1,2,3,4,5\n')
    for _ in range(2):
        assert isinstance(sync(database, source(path, table=table, key="select")), Loaded)
    with open_database(database) as connection:
        assert connection.execute(f'SELECT * FROM "{table.replace(chr(34), chr(34) * 2)}"').fetchall() == [
            (1, 2, 3, 4, 5)
        ]


def test_brackets_in_a_name(database: Path, write: Write) -> None:
    outcome = sync(database, source(write("a.csv", "size [cm]\n1\n")))
    if isinstance(outcome, Failed):  # sqlite-utils before 4.0
        assert isinstance(outcome.error, SourceError)
    else:
        assert rows_of(database) == [(1,)]


def test_memory_does_not_grow_with_the_rows(database: Path, write: Write) -> None:
    def peak(rows: int) -> int:
        big = [Source("c", "csv", str(write("a.csv", "a,b\n" + "1,some words\n" * rows)), "c")]
        big.append(Source("j", "json", str(write("a.json", json.dumps([{"a": 1, "b": "some words"}] * rows))), "j"))
        sources = write("sources.json", json.dumps([vars(each) for each in big]))
        return measured_peak(["--settings", str(sources), "--database", str(database)])

    assert peak(60_000) < peak(10) + 6_000


def measured_peak(arguments: Sequence[str]) -> int:
    """Peak memory of a sync in KiB."""
    code = (
        "import sys, resource; from podpipe.data.__main__ import main; assert main(sys.argv[1:]) == 0;"
        "sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return int(done.stderr)
