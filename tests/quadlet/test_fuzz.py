"""Whatever the files hold: no exception, no line that systemd would read and nobody meant, no slow file."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podpipe.quadlet import generator
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.generator import Generated
from podpipe.quadlet.unitfile import UnitFile
from podpipe.quadlet.version import NEWEST, Version
from tests.quadlet.seeds import SEEDS

VERSIONS = [(3, 0, 1), (4, 3, 1), (5, 4, 2), (5, 8, 2)]
# What the generator writes into these groups whatever the files say; all other lines are theirs.
WRITTEN = {
    "Unit": {"After", "Before", "BindsTo", "RequiresMountsFor", "Requires", "SourcePath", "Wants"},
    "Service": {
        *("Delegate", "Environment", "ExecReload", "ExecStart", "ExecStartPost", "ExecStartPre", "ExecStop"),
        *("ExecStopPost", "KillMode", "NotifyAccess", "PIDFile", "RemainAfterExit", "Restart", "SyslogIdentifier"),
        *("Type", "WorkingDirectory", "Slice"),
    },
}
EVIL = [
    *("\n[Service]\nExecStartPre=/bin/evil\n", "\\\n", "\\", "\r", "\r\n", "\0", "\n", "\\n", "\\x0a", "\\012"),
    *(
        "%",
        "%%",
        "%n",
        "$",
        "${A}",
        '"',
        "'",
        ";",
        "#",
        "[",
        "]",
        "=",
        "\\x00",
        "\\x",
        "\\u000a",
        "é",
        "\udcff",
        "\x85",
    ),
    *("..", "/", "../../x", ":", ",", "-", "@", ".volume", ".network", ".pod", ".image", ".build", "\x1b[2J", "\v"),
]
STRANGE = st.text(st.sampled_from("[]=#;\\ \n\tAB\u00a0é"))
FAST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def as_systemd_reads(text: str) -> Iterator[tuple[str, str, str]]:
    """Group, key and value of each line, by the rules of systemd's own parser (config_parse in conf-parser.c)."""
    group, waiting = "", ""
    for raw in re.split("[\n\r\0]", text):
        line = raw.strip(" \t")
        if line[:1] in tuple("#;"):
            continue
        line, waiting = waiting + line, ""
        if len(re.search(r"\\*\Z", line).group()) % 2:  # type: ignore[union-attr]
            waiting = line[:-1] + " "
        elif line.startswith("["):
            assert line.endswith("]"), f"systemd refuses {line!r}"
            group = line[1:-1]
        elif line:
            key, equals, value = line.partition("=")
            assert equals, f"systemd warns of {line!r}"
            yield group, key.strip(" \t"), value.strip(" \t")
    assert not waiting, "the last line asks for more"


def as_meant(unit: UnitFile) -> list[tuple[str, str, str]]:
    return [
        (group.name, line.key.strip(" \t"), line.value.strip(" \t"))
        for group in unit._groups.values()
        for line in group.lines
        if line.key is not None
    ]


@st.composite
def sources(draw: st.DrawFn) -> dict[str, str]:
    """The seeds, some of them damaged: lines gone, twice or exchanged, and evil things anywhere."""
    texts = dict(SEEDS)
    for name in draw(st.lists(st.sampled_from(sorted(SEEDS)), min_size=1, max_size=3, unique=True)):
        lines = texts[name].split("\n")
        for how in draw(st.lists(st.sampled_from("iiirmdt"), min_size=1, max_size=4)):
            damage(lines, how, draw)
        texts[name] = "\n".join(lines)
    return texts


def damage(lines: list[str], how: str, draw: st.DrawFn) -> None:
    """Insert something evil, repeat, move or delete a line, or put any text in its place."""
    at = draw(st.integers(0, len(lines) - 1))
    if how == "i":
        column = draw(st.integers(0, len(lines[at])))
        lines[at] = lines[at][:column] + draw(st.sampled_from(EVIL)) + lines[at][column:]
    elif how == "t":
        lines[at] = draw(st.text(max_size=30))
    elif how == "d" and len(lines) > 1:
        del lines[at]
    else:
        line = lines.pop(at) if how == "m" else lines[at]
        lines.insert(draw(st.integers(0, len(lines))), line)


def check(texts: dict[str, str], version: Version = NEWEST, user: bool = False) -> Generated:
    """Generate, and hold what systemd reads against what was in memory and in the sources."""
    services: dict[str, UnitFile] = {}

    def keep(service: UnitFile, unit: UnitFile, done: Generated) -> None:
        services[service.filename] = service
        kept(service, unit, done)

    kept = generator._keep
    with mock.patch.object(generator, "_keep", keep):
        done = generator.generate(texts, user=user, version=version)
    given: set[tuple[str, str]] = set()
    for name, text in texts.items():
        try:
            given |= {(group, key) for group, key, _ in as_meant(UnitFile.parse(text, name))}
        except QuadletError:
            continue
    assert not [error for error in done.errors if "a mistake of podpipe's" in error]
    for name, text in done.files.items():
        read = list(as_systemd_reads(text))
        assert read == as_meant(services[name])
        for group, key, _ in read:
            if not group.startswith("X-"):
                assert key in WRITTEN.get(group, ()) or (group, key) in given
    for link in done.links:
        assert not link.startswith("/")
        assert ".." not in link.split("/")
    return done


def test_the_seeds_are_fine() -> None:
    done = check(SEEDS)
    assert done.errors == []
    assert len(done.files) == len(SEEDS)


def test_the_reader_would_see_an_injected_line() -> None:
    assert list(as_systemd_reads("[A]\nx=1 \\\n# no\n2\ny=3\r[B]\0z=4\\\\")) == [
        ("A", "x", "1  2"),
        ("A", "y", "3"),
        ("B", "z", "4\\\\"),
    ]


@FAST
@given(sources(), st.sampled_from(VERSIONS), st.booleans())
def test_no_file_breaks_the_generator_or_gets_a_line_in(texts: dict[str, str], version: Version, user: bool) -> None:
    check(texts, version, user)


@FAST
@given(st.sampled_from(sorted(SEEDS)), st.text(), st.sampled_from(VERSIONS))
def test_neither_does_any_other_text(name: str, text: str, version: Version) -> None:
    check({name: text}, version)


@FAST
@given(
    st.one_of(sources().map(lambda texts: "\n".join(texts.values())), st.text(st.sampled_from("[]=#;\\ \n\tAB\u00a0é")))
)
def test_what_was_read_is_read_again(text: str) -> None:
    try:
        unit = UnitFile.parse(text)
    except QuadletError:
        return
    again = UnitFile.parse(str(unit))
    assert as_meant(again) == as_meant(unit)
    assert again.groups() == unit.groups()
    assert str(UnitFile.parse(str(again))).strip("\n") == str(again).strip("\n")


@pytest.mark.parametrize(
    "name", ["a\nb.container", "a\rb.pod", "\0.volume", "\udcff.network", "a b.image", "%n$A.kube", ".pod"]
)
def test_names_of_files_get_no_line_in_either(name: str) -> None:
    text = SEEDS.get(f"blog.{name.rpartition('.')[2]}", "[Volume]\n[Network]\n[Image]\nImage=a/b\n[Kube]\nYaml=a\n")
    check({name: text})


LINES = 10_000
LONG = {
    "labels": "[Container]\nImage=localhost/a\n" + "Label=a=1 'b=2 \\x41'\n" * LINES,
    "continued": "[Container]\nImage=localhost/a\nExec=a \\\n" + "b \\\n" * LINES + "c\n",
    "comments": "# a\n" * LINES + "[Container]\nImage=localhost/a\n" + "\n;b\n" * LINES,
    "groups": "".join(f"[X-{number}]\nA={number}\n" for number in range(LINES)) + "[Container]\nImage=localhost/a\n",
    "merged": "[Container]\nImage=localhost/a\n" + "[Unit]\nA=1\n[Service]\nB=2\n" * LINES,
    "mounts": "[Container]\nImage=localhost/a\n" + "Volume=/a:/b\nMount=type=bind,src=/a,dst=/b\n" * LINES,
    "wants": "[Container]\nImage=localhost/a\n[Unit]\n" + "Wants=a.service b.service\n" * LINES,
    "links": "[Container]\nImage=localhost/a\n[Install]\n" + "".join(f"WantedBy=a{n}.target\n" for n in range(LINES)),
    "one line": "[Container]\nImage=localhost/a\nExec=" + "'a b' \\x41 " * LINES * 5,
    "quotes": "[Container]\nImage=localhost/a\nExec=" + "\"'" * LINES * 5,
    "digits": "[Volume]\nUser=" + "9" * LINES * 5,
}


@pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-1]], ids=["3.0.1", "5.8.2"])
@pytest.mark.parametrize("name", LONG)
def test_long_files_take_linear_time(name: str, version: Version) -> None:
    started = time.monotonic()
    done = generator.generate({"a.container": LONG[name]}, version=version)
    assert time.monotonic() - started < 5
    assert not [error for error in done.errors if "a mistake of podpipe's" in error]


def test_many_units_take_linear_time() -> None:
    texts = {f"c{n}.container": "[Container]\nImage=localhost/a\nPod=a.pod\nNetwork=a.network\n" for n in range(1000)}
    started = time.monotonic()
    done = generator.generate({**texts, "a.pod": "[Pod]\n", "a.network": "[Network]\n"})
    assert time.monotonic() - started < 5
    assert len(done.files) == 1002
