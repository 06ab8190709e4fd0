"""The ConfigMaps that podpipe writes itself, and the data sources in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from podpipe.data.sources import load_sources
from podpipe.definition.specs import DataSource, Place
from tests.definition.folder import CRON_JOB, ProjectFolder, claim

HERE = Place("", 0, 0)
SYNC = CRON_JOB.replace(
    "image: localhost/base}]",
    """image: localhost/base, volumeMounts: [
            {name: sources, mountPath: /srv/sources}, {name: settings, mountPath: /etc/podpipe}]}]
          volumes:
            - {name: sources, persistentVolumeClaim: {claimName: sources}}
            - {name: settings, configMap: {name: podpipe-data}}""",
)


@pytest.fixture
def folder(project: ProjectFolder) -> ProjectFolder:
    project.write("pods/sync.yaml", SYNC + "---\n" + claim("sources"))
    project.write("tables/sub/deaths.csv", "a,b\n")
    project.write("elsewhere.csv", "a,b\n")
    project.add("podpipe.yaml", "volumes: {sources: {folder: tables}}")
    return project


def settings(project: ProjectFolder, name: str) -> object:
    (found,) = (each for each in project.definition.config_maps if each.name == f"podpipe-{name}")
    ((_, text),) = found.data
    return json.loads(text)


def test_a_file_is_told_by_its_path_inside_the_container(folder: ProjectFolder) -> None:
    folder.add("podpipe.yaml", "data: {deaths: {csv: tables/sub/deaths.csv, key: id, title: All deaths}}")
    path = folder.root / "tables/sub/deaths.csv"
    assert folder.definition.data == (DataSource("deaths", "csv", str(path), "deaths", HERE, "id", "All deaths"),)
    assert settings(folder, "data") == [
        {
            "name": "deaths",
            "format": "csv",
            "location": "/srv/sources/sub/deaths.csv",
            "table": "deaths",
            "key": "id",
            "title": "All deaths",
        }
    ]


@pytest.mark.parametrize(
    ("form", "written", "read"),
    [
        ("csv", "encoding: windows-1252, separator: ';', header: 3", {"encoding": "windows-1252", "header": 3}),
        ("csv", 'separator: "\\t", rename: true', {"separator": "\t", "rename": True}),
        ("csv", "header: [a, b]", {"header": ("a", "b")}),
        ("json", "rows: data.items, encoding: utf-16", {"rows": "data.items", "encoding": "utf-16"}),
        ("json", "rows: ., numbers: [a]", {"rows": ".", "numbers": ("a",)}),
    ],
)
def test_sync_reads_what_the_file_is_said_to_be_like(
    folder: ProjectFolder, tmp_path: Path, form: str, written: str, read: dict[str, object]
) -> None:
    folder.add("podpipe.yaml", f"data: {{a: {{{form}: 'http://a.example/b', {written}}}}}")
    file = tmp_path / "sources.json"
    file.write_text(json.dumps(settings(folder, "data")))
    (source,) = load_sources(file)
    assert {key: getattr(source, key) for key in read} == read


def test_a_url_stays_as_it_is(folder: ProjectFolder) -> None:
    folder.add("podpipe.yaml", "data: {a-1: {json: 'https://example.org/x?$limit=5&y=a%20b', table: other}}")
    (source,) = folder.definition.data
    assert (source.format, source.table) == ("json", "other")
    assert source.location == "https://example.org/x?$limit=5&y=a%20b"
    assert [each["location"] for each in settings(folder, "data")] == [source.location]  # type: ignore[attr-defined]


CONTENT = [
    ("content: tables", {}),
    ("content: {git: 'https://example.org/x', branch: live}", {"git": "https://example.org/x", "branch": "live"}),
    ("", {}),
]


@pytest.mark.parametrize(("snippet", "value"), CONTENT)
def test_content(project: ProjectFolder, snippet: str, value: object) -> None:
    project.write("tables/x", "")
    project.write("pods/content.yaml", claim("content"))
    project.add("podpipe.yaml", snippet)
    assert settings(project, "content") == value


SOURCES = [
    ("a: {csv: elsewhere.csv}", "5:17 data.a.csv: the container sync/sync does not see this file | hint: put it into"),
    ("a: {csv: tables/none.csv}", "5:17 data.a.csv: there is no file `tables/none.csv` in the project"),
    ("a: {csv: tables}", "there is no file `tables` in the project"),
    ("a: {csv: ../x}", "leads out of the project"),
    ("a: {csv: 'ftp://example.org/x'}", "`ftp://example.org/x` is not a web address"),
    ("a: {csv: 'file:///etc/passwd'}", "`file:///etc/passwd` is not a web address"),
    ("a: {csv: 'https://me:pw@example.org/x'}", "the address carries credentials"),
    ("a: {csv: 'http://'}", "is not a web address"),
    ("a: {csv: 'http://a b'}", "is not a web address"),
    ("a: {}", "5:11 data.a: a data source has either `csv` or `json`"),
    ("a: {csv: 'http://a/b', json: 'http://a/b'}", "a data source has either `csv` or `json`"),
    ("a: {csv: 'http://a/b', encoding: hex}", "no encoding is called `hex`"),
    ("a: {csv: 'http://a/b', separator: ', '}", "a separator is one character"),
    ("a: {csv: 'http://a/b', header: 0}", "0 is not between 1 and 1000"),
    ("a: {csv: 'http://a/b', header: []}", "the list is empty"),
    ("a: {csv: 'http://a/b', rows: a}", "`rows` is for `json`, and this is `csv`"),
    ("a: {json: 'http://a/b', rename: true}", "`rename` is for `csv`, and this is `json`"),
    ("a: {json: 'http://a/b', rows: a..b}", "`a..b` is no path"),
    ("a: {csv: 'http://a/b', ky: x}", "unknown key `ky` | hint: did you mean `key`?"),
    ("a: {csv: 'http://a/b', key: 1}", 'a string is wanted, and this is a number | hint: quote it: "1"'),
    ('a: {csv: "http://a/b", title: "a\\nb"}', "one line of at most 500 characters is wanted"),
    ("a: {csv: 'http://a/b', table: sqlite_x}", "`sqlite_x` is not a table's name"),
    ("a b: {csv: 'http://a/b'}", "`a b` is not a table's name"),
    ("a: {csv: 'http://a/b'}, b: {csv: 'http://a/b', table: A}", "5:35 data.b: the table `A` is filled by `a` already"),
    ("a: [b]", "data.a: a mapping is wanted, and this is a list"),
]


@pytest.mark.parametrize(("source", "problem"), SOURCES)
def test_sources_that_are_refused(folder: ProjectFolder, source: str, problem: str) -> None:
    folder.add("podpipe.yaml", f"data: {{{source}}}")
    assert [problem in each for each in folder.problems] == [True], folder.problems


def test_a_source_that_nothing_loads(project: ProjectFolder) -> None:
    project.add("podpipe.yaml", "data: {a: {csv: 'http://a/b'}}")
    assert "data.a.csv: nothing loads this source | hint: let a CronJob mount the ConfigMap" in project.problems[0]


def test_two_containers_that_see_a_file_at_two_paths(folder: ProjectFolder) -> None:
    folder.add("podpipe.yaml", "data: {a: {csv: tables/sub/deaths.csv}}")
    folder.write("pods/other.yaml", SYNC.replace("/srv/sources", "/mnt").replace("{name: sync}", "{name: other}"))
    assert ["see it at different paths" in problem for problem in folder.problems] == [True]


def test_a_link_in_a_sources_folder_leads_to_where_the_container_sees_it_not(folder: ProjectFolder) -> None:
    (folder.root / "tables/link.csv").symlink_to("../elsewhere.csv")
    folder.add("podpipe.yaml", "data: {a: {csv: tables/link.csv}}")
    assert ["does not see this file" in problem for problem in folder.problems] == [True]
