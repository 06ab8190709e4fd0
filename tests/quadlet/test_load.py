"""Reading Quadlet files and their drop-ins; what cannot be read is named, and does not keep the others away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from podpipe.quadlet.load import load_units
from podpipe.quadlet.log import Log
from podpipe.quadlet.names import dropin_folders, stem
from podpipe.quadlet.sources import LARGEST, Disk
from podpipe.quadlet.unitfile import UnitFile

UNIT = "[Container]\nLabel=unit\n"


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def load(*folders: Path) -> tuple[dict[str, UnitFile], Log]:
    log = Log()
    units = load_units([str(folder) for folder in folders], Disk(), log)
    return {unit.filename: unit for unit in units}, log


def labels(folder: Path, name: str) -> list[str]:
    units, log = load(folder)
    assert log.of("error") == []
    return units[name].lookup_all("Container", "Label")


def test_all_kinds_are_read_and_nothing_else(tmp_path: Path) -> None:
    kinds = ("artifact", "build", "container", "image", "kube", "network", "pod", "volume")
    write(tmp_path, **{f"a.{kind}": "" for kind in (*kinds, "service", "container~", "conf")}, container="")
    units, log = load(tmp_path)
    assert list(units) == [f"a.{kind}" for kind in kinds]
    assert units["a.pod"].path == f"{tmp_path}/a.pod"
    assert [text for _, text in log.messages] == [f"Loading source unit file {tmp_path}/a.{kind}" for kind in kinds]


def test_the_first_of_a_name_counts(tmp_path: Path) -> None:
    write(tmp_path / "1", **{"a.pod": "[Pod]\nPodName=one"})
    write(tmp_path / "2", **{"a.pod": "[Pod]\nPodName=two", "b.pod": ""})
    units, _ = load(tmp_path / "missing", tmp_path / "1", tmp_path / "2")
    assert units["a.pod"].lookup("Pod", "PodName") == "one"
    assert list(units) == ["a.pod", "b.pod"]


def test_one_that_is_wrong_does_not_hide_the_next_of_its_name(tmp_path: Path) -> None:
    write(tmp_path / "1", **{"a.pod": "wrong", "b.pod": ""})
    write(tmp_path / "2", **{"a.pod": "[Pod]\nPodName=two"})
    units, log = load(tmp_path / "1", tmp_path / "2")
    assert units["a.pod"].path == f"{tmp_path}/2/a.pod"
    assert list(units) == ["b.pod", "a.pod"]
    (error,) = log.of("error")
    assert error.startswith(f'error loading "{tmp_path}/1/a.pod", line 1: “wrong” which is not')


@pytest.mark.parametrize(
    ("name", "folders"),
    [
        ("web.container", ["web.container.d", "container.d"]),
        ("a-b-c.pod", ["a-b-c.pod.d", "a-b-.pod.d", "a-.pod.d", "pod.d"]),
        ("web@.volume", ["web@.volume.d", "volume.d"]),
        ("a-b@c-d.pod", ["a-b@c-d.pod.d", "a-b@.pod.d", "a-@.pod.d", "a-.pod.d", "pod.d"]),
    ],
)
def test_folders_of_dropins(name: str, folders: list[str]) -> None:
    assert dropin_folders(name) == folders


@pytest.mark.parametrize(
    ("name", "base"), [("a.container", "a"), ("a.b.pod", "a.b"), (".pod", ".pod"), ("pod", "pod"), ("a@.pod", "a@")]
)
def test_stem(name: str, base: str) -> None:
    assert stem(name) == base


def test_dropins_come_by_name_and_the_most_specific_of_a_name_counts(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "a-b.container": UNIT,
            "a-b.container.d/20.conf": "[Container]\nLabel=own",
            "a-.container.d/20.conf": "[Container]\nLabel=hidden",
            "a-.container.d/10.conf": "[Container]\nLabel=truncated",
            "container.d/30.conf": "[Container]\nLabel=all",
            "container.d/40.txt": "[Container]\nLabel=none",
            "c.container": UNIT,
        },
    )
    assert labels(tmp_path, "a-b.container") == ["unit", "truncated", "own", "all"]
    assert labels(tmp_path, "c.container") == ["unit", "all"]


def test_an_instance_has_the_dropins_of_its_template_too(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "a@.container": UNIT,
            "a@.container.d/1.conf": "[Container]\nLabel=template",
            "a@x.container.d/2.conf": "[Container]\nLabel=instance",
        },
    )
    (tmp_path / "a@x.container").symlink_to("a@.container")
    assert labels(tmp_path, "a@x.container") == ["unit", "template", "instance"]
    assert labels(tmp_path, "a@.container") == ["unit", "template"]


def test_dropins_of_all_folders_count(tmp_path: Path) -> None:
    write(tmp_path / "1", **{"a.pod": "", "a.pod.d/x.conf": "[Pod]\nPodName=one"})
    write(tmp_path / "2", **{"a.pod.d/x.conf": "[Pod]\nPodName=two", "pod.d/y.conf": "[Pod]\nIP=1.2.3.4"})
    units, _ = load(tmp_path / "1", tmp_path / "2")
    assert units["a.pod"].lookup("Pod", "PodName") == "one"
    assert units["a.pod"].lookup("Pod", "IP") == "1.2.3.4"


def hinder(path: Path, how: str) -> None:
    if how == "folder":
        path.mkdir()
    elif how == "pipe":
        os.mkfifo(path)
    elif how == "huge":
        with path.open("wb") as file:
            file.truncate(LARGEST + 1)
    else:
        path.symlink_to({"loop": path, "missing": path.with_name("nothing"), "endless": Path("/dev/zero")}[how])


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ("folder", "is a directory"),
        ("pipe", "is not a regular file"),
        ("huge", "is larger than 4 MiB"),
        ("loop", "Too many levels of symbolic links"),
        ("missing", "No such file or directory"),
        ("endless", "is not a regular file"),
    ],
)
@pytest.mark.parametrize("name", ["b.pod", "a.pod.d/1.conf"])
def test_what_cannot_be_read_is_named_and_left_out(tmp_path: Path, how: str, problem: str, name: str) -> None:
    write(tmp_path, **{"a.pod": "", "c.pod": "", "a.pod.d/2.conf": "[Pod]\nPodName=x"})
    hinder(tmp_path / name, how)
    units, log = load(tmp_path)
    assert list(units) == ["a.pod", "c.pod"]
    assert units["a.pod"].lookup("Pod", "PodName") == "x"
    assert log.of("error") == [f'error loading "{tmp_path}/{name}", {problem}']


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named_and_left_out(tmp_path: Path) -> None:
    write(tmp_path, **{"a.pod": "", "b.pod": "", "b.pod.d/1.conf": ""})
    (tmp_path / "a.pod").chmod(0)
    (tmp_path / "b.pod.d").chmod(0)
    units, log = load(tmp_path)
    assert list(units) == ["b.pod"]
    assert log.of("error") == [
        f'error loading "{tmp_path}/a.pod", Permission denied',
        f'error reading directory "{tmp_path}/b.pod.d", Permission denied',
    ]


def test_a_file_in_the_place_of_a_folder_of_dropins_is_named(tmp_path: Path) -> None:
    write(tmp_path, **{"a.pod": "", "a.pod.d": ""})
    units, log = load(tmp_path)
    assert list(units) == ["a.pod"]
    assert log.of("error") == [f'error reading directory "{tmp_path}/a.pod.d", Not a directory']


def test_a_name_that_leaves_no_room_for_dropins_is_fine(tmp_path: Path) -> None:
    write(tmp_path, **{f"{'a' * 251}.pod": ""})
    units, log = load(tmp_path)
    assert len(units) == 1
    assert log.of("error") == []


def test_bytes_that_are_no_text_survive_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.pod").write_bytes(b"[Pod]\n# M\xc3\xbcller\nLabel=M\xfcller\n")
    units, log = load(tmp_path)
    assert str(units["a.pod"]).encode("utf-8", "surrogateescape") == b"[Pod]\n# M\xc3\xbcller\nLabel=M\xfcller\n"
    (warning,) = log.of("warning")
    assert f"{tmp_path}/a.pod: line 3 is not UTF-8" in warning


@pytest.mark.parametrize("text", ["[Pod]\n".encode("utf-16"), b"[Pod]\nLabel=a\0b\n", b"\x7fELF\x01\0\0"])
def test_what_is_no_text_at_all_is_left_out(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.pod").write_bytes(text)
    units, log = load(tmp_path)
    assert units == {}
    assert log.of("error")[0].startswith(f'error loading "{tmp_path}/a.pod", line 1: ' if text[0] != 91 else "error")
