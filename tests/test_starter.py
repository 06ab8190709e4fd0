"""The starter that `podpipe init` copies: any number of them live side by side."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from podpipe import Project
from podpipe.definition.specs import Definition, FolderContent
from podpipe.starter import DATA_PORTS, WEB_PORTS, make_starter


def names(of: Definition) -> set[str]:
    """All that has a name on the machine, but base and the content's folder."""
    workloads = {each.name for each in (*of.pods, *of.cron_jobs)}
    claims = {claim.name for claim in of.claims if claim.name != "content"}
    images = {container.image for pod in of.pods for container in pod.containers}
    return {of.name, *workloads, *claims, *images}


def ports(of: Definition) -> list[int]:
    return [port.host_port for pod in of.pods for container in pod.containers for port in container.ports]


def test_two_share_nothing(tmp_path: Path) -> None:
    made = [make_starter(tmp_path / name, ports) for name, ports in (("one", (9080, 9001)), ("two", (9180, 9101)))]
    one, two = (Project.load(tmp_path / name).definition for name in ("one", "two"))
    assert made == [(9080, 9001), (9180, 9101)]
    assert sorted(ports(one)) == [9001, 9080]
    assert not names(one) & names(two)
    assert not set(ports(one)) & set(ports(two))
    assert all("two-" in name for name in names(two) - {"two"})
    assert isinstance(two.content, FolderContent)
    assert (two.sockets[0].pod, two.watches[0].claim, two.watches[0].job) == ("two-web", "two-sources", "two-sync")


def test_no_file_knows_the_names_and_ports_of_before(tmp_path: Path) -> None:
    make_starter(tmp_path / "mine", (9080, 9001))
    files = [file for file in (tmp_path / "mine").rglob("*") if file.suffix in (".yaml", ".conf", ".md")]
    text = "".join(file.read_text() for file in files)
    assert "8080" not in text
    assert "localhost:8001" not in text
    assert "name: web\n" not in text


def test_a_port_that_is_taken_is_not_written(tmp_path: Path) -> None:
    web, data = make_starter(tmp_path / "one")
    assert (web in WEB_PORTS, data in DATA_PORTS) == (True, True)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", web))
        taken.listen()
        assert make_starter(tmp_path / "two")[0] > web


@pytest.mark.parametrize("length", [40, 200])
def test_a_long_name_leaves_room_for_what_begins_with_it(tmp_path: Path, length: int) -> None:
    make_starter(tmp_path / ("a" * length))
    assert Project.load(tmp_path / ("a" * length)).definition.name == "a" * 40
