"""Unit files in memory, as Podman's parser has them."""

from __future__ import annotations

import pytest

from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.unitfile import UnitFile

TEXT = """\
# About this file
; and more

[Container]
Image=localhost/web:1
# about the label
Label=a=1 "b=2 3"
Label=c

[Service]
Restart=always

[Container]
Label = a=9 
Exec=serve \\
  # not this
  --port 80 \\

  --verbose
# the end
"""  # noqa: W291 - blanks at a line's end belong to what is tested


def parse(text: str) -> UnitFile:
    return UnitFile.parse(text, "/etc/containers/systemd/web@blue.container")


def test_groups_of_one_name_are_one_and_comments_stay() -> None:
    assert str(parse(TEXT)) == (
        "# About this file\n; and more\n\n"
        "[Container]\nImage=localhost/web:1\n# about the label\n"
        'Label=a=1 "b=2 3"\nLabel=c\nLabel=a=9\nExec=serve --port 80 --verbose\n# the end\n'
        "\n[Service]\nRestart=always\n"
    )


def test_names() -> None:
    unit = parse("")
    assert (unit.filename, unit.extension) == ("web@blue.container", ".container")
    assert unit.template_parts() == ("web", "blue", True)
    assert parse(TEXT).groups() == ["Container", "Service"]
    assert parse(TEXT).keys("Container") == ["Image", "Label", "Exec"]
    assert parse(TEXT).keys("Pod") == []
    assert parse(TEXT).has_group("Service")
    assert not parse(TEXT).has_group("Pod")
    assert parse(TEXT).has_key("Service", "Restart")
    assert not parse(TEXT).has_key("Service", "Image")


@pytest.mark.parametrize(
    ("line", "number", "problem"),
    [
        ("[Unit]\nnothing", 2, "“nothing” which is not a key-value pair, group, or comment"),
        ("[Unit]\n=x", 2, "not a key-value pair"),
        ("[Unit]x", 1, "not a key-value pair"),
        ("[Unit\nA=1", 1, "not a key-value pair"),
        ("A=1", 1, "key file does not start with a group"),
        ("[]", 1, "invalid group name"),
        ("[a[b]", 1, "invalid group name"),
        ("[a\x01b]", 1, "invalid group name"),
        ("[Unit]\n\nA=1\0", 3, "holds a NUL"),
        ("[Unit]\nA=1\rB=2", 2, "holds a carriage return"),
        ("[Unit]\n# a\rB=2", 2, "holds a carriage return"),
        ("[Unit]\nA=1\\\\", 2, "ends with a backslash"),
    ],
)
def test_a_line_that_is_none_is_named(line: str, number: int, problem: str) -> None:
    with pytest.raises(QuadletError, match=f"line {number}: .*{problem}"):
        parse(line)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A= x  y \t", "x  y"),
        ("A\t=x", "x"),
        ("A=x=y", "x=y"),
        ("A=x\\\n y", "xy"),
        ("A=x \\\ny \\\n#no\n\n;no\nz", "x y z"),
        ("A=x\\", "x"),
        ("A=\\\nx", "x"),
        ("A=x\r\nB=1\r\n", "x"),
        ("A=" + "x \\\n" * 20_000 + "x", "x " * 20_000 + "x"),
        ("A=é\udcff", "é\udcff"),
        ("\u00a0A=\u00a0x\u3000", "\u00a0x"),  # the line's ends lose all blanks, the value's head only ASCII's
    ],
)
def test_a_value_is_what_podman_takes_it_for(text: str, value: str) -> None:
    assert parse(f"[Unit]\n{text}").lookup_last("Unit", "A") == value


def test_a_continuation_that_never_comes_takes_its_line_along() -> None:
    assert parse("[Unit]\nA=1 \\\n\n").keys("Unit") == []


def test_lookups_of_one_value() -> None:
    unit = parse('[Unit]\nA=1\nA="a b"\nOpen="a\nPair=""\nEmpty=\n')
    assert unit.lookup("Unit", "A") == "a b"
    assert unit.lookup_last_raw("Unit", "A") == '"a b"'
    assert unit.lookup("Unit", "Open") == '"a'
    assert unit.lookup("Unit", "Pair") == ""
    assert unit.lookup("Unit", "Empty") == ""
    assert unit.lookup("Unit", "B") is None
    assert unit.lookup("Pod", "A") is None
    assert unit.lookup_last_args("Unit", "A") == ["a b"]
    assert unit.lookup_last_args("Unit", "B") is None


@pytest.mark.parametrize(
    ("value", "meant"), [("yes", True), ("TRUE", True), ("On", True), ("1", True), ("no", False), ("maybe", False)]
)
def test_booleans(value: str, meant: bool) -> None:
    unit = parse(f"[Unit]\nA={value}")
    assert unit.lookup_boolean("Unit", "A") is meant
    assert unit.lookup_boolean_with_default("Unit", "A", not meant) is meant
    assert unit.lookup_boolean("Unit", "B") is None
    assert unit.lookup_boolean_with_default("Unit", "B", True) is True


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12", 12),
        ("+12", 12),
        ("-12", -12),
        ("0x1F", 31),
        ("017", 15),
        ("0", 0),
        *((none, 7) for none in ("", "08", "1_0", " ", "ten", "0x", "-", "١", "1.5", "9" * 99)),
    ],
)
def test_numbers(value: str, number: int) -> None:
    assert parse(f"[Unit]\nA={value}").lookup_int("Unit", "A", 7) == number


@pytest.mark.parametrize(("value", "number"), [("4294967295", 4294967295), ("4294967296", 7), ("-1", 7), ("5", 5)])
def test_numbers_of_users(value: str, number: int) -> None:
    assert parse(f"[Unit]\nA={value}").lookup_uint32("Unit", "A", 7) == number


def test_lookups_of_all_values() -> None:
    unit = parse("[Unit]\nA=0\nA=\nA=x 'y z'\nA=\"open\nA=w")
    assert unit.lookup_all("Unit", "A") == ["x 'y z'", '"open', "w"]
    assert unit.lookup_all_strv("Unit", "A") == ["x", "y z", "w"]
    assert unit.lookup_all_args("Unit", "A") == ["x", "y z", "open", "w"]
    assert unit.lookup_all("Unit", "B") == []


def test_lookup_of_pairs() -> None:
    unit = parse('[Unit]\nA=one=1 two="2 2" three\nA=\\q\nA=one=11 four=')
    assert unit.lookup_all_key_val("Unit", "A") == (
        {"one": "11", "two": "2 2", "three": None, "four": ""},
        ["unsupported escape char"],
    )


def test_changes() -> None:
    unit = parse("[Unit]\nA=1\nB=2\nA=3")
    unit.set("Unit", "A", "4")
    unit.set("Unit", "C", "5")
    unit.add_cmdline("Service", "ExecStart", ["/bin/echo", "a b"])
    unit.add_escaped("Service", "D", "x y")
    unit.prepend_line("Unit", "A", "0")
    assert str(unit) == '[Unit]\nA=0\nA=1\nB=2\nA=4\nC=5\n\n[Service]\nExecStart=/bin/echo "a\\x20b"\nD="x\\x20y"\n'
    assert unit.lookup_all("Unit", "A") == ["0", "1", "4"]
    unit.unset("Unit", "A")
    assert str(unit).startswith("[Unit]\nB=2\nC=5\n")
    unit.remove_group("Service")
    assert unit.groups() == ["Unit"]


def test_groups_are_renamed_where_they_stand_or_join_those_of_the_name() -> None:
    unit = parse("[A]\nx=1\n[B]\ny=2\n[C]\nz=3")
    unit.rename_group("A", "X-A")
    assert unit.groups() == ["X-A", "B", "C"]
    unit.rename_group("B", "C")
    assert unit.groups() == ["X-A", "C"]
    assert unit.keys("C") == ["z", "y"]
    unit.rename_group("D", "E")
    assert unit.lookup("C", "y") == "2"


def test_a_copy_is_its_own() -> None:
    unit = parse(TEXT)
    copy = unit.dup()
    copy.set("Service", "Restart", "no")
    copy.prepend_comments("made by", "")
    assert unit.lookup("Service", "Restart") == "always"
    assert (copy.filename, copy.path) == ("web@blue.container", "")
    assert str(copy).startswith("# made by\n# \n# About this file\n")


def test_merging_adds_lines_behind() -> None:
    unit = parse("[Container]\nLabel=a")
    unit.merge(parse("# why\n[Container]\nLabel=b\n[Service]\nRestart=no"))
    assert str(unit) == "# why\n[Container]\nLabel=a\nLabel=b\n\n[Service]\nRestart=no\n"


@pytest.mark.parametrize("value", ["a\nExecStart=b", "a\r", "a\0b", "a\\", "a\\ "])
def test_nothing_gets_out_of_its_line(value: str) -> None:
    unit = parse("[Unit]\nA=1")
    for change in (unit.set, unit.add, unit.prepend_line):
        with pytest.raises(QuadletError):
            change("Unit", "A", value)
    for harmless in ("a\\b", "a\tb", '"a\\\\"'):
        unit.set("Unit", "A", harmless)
    for write in (unit.add_escaped, lambda group, key, word: unit.add_cmdline(group, key, [word])):
        write("Unit", "B", value)
    assert str(unit).count("\n") == 4


def test_names_of_keys_and_comments_stay_in_their_line_too() -> None:
    unit = parse("[Unit]\nA=1")
    with pytest.raises(QuadletError):
        unit.add("Unit", "A\nB", "1")
    with pytest.raises(QuadletError):
        unit.add("Unit]\n[Service", "A", "1")
    with pytest.raises(QuadletError):
        unit.prepend_comments("made by /x\n[Service]")
