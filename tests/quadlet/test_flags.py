"""The tables agree with each other, with the keys of the converters, and with the Podman of this machine."""

from __future__ import annotations

import re
import subprocess
from collections import Counter

import pytest

from podpipe.quadlet.command import GLOBAL
from podpipe.quadlet.convert import KINDS
from podpipe.quadlet.flags import OTHER_NAMES, SINCE, known_options, show_version
from podpipe.quadlet.newvalues import NEW_VALUES
from podpipe.quadlet.reference import COMMANDS
from podpipe.quadlet.substitutes import ADVICE, SUBSTITUTES
from podpipe.quadlet.version import NEWEST, parse_version

OPTION_WITH_VALUE = re.compile(r"^ +(?:-\w, )?--([\w-]+)( \S.*?)?(?:  |$)", re.MULTILINE)
# What --help does not say: hidden options, other names, and for `build` a global one.
HIDDEN = {"help", "runtime", "service-container", "service-exit-code-propagation", *OTHER_NAMES.values()}
# Options of old Podmans that newer ones hide, or do not take any more.
GONE = {"cni-config-dir", "cni-plugin-path", "dns-opt", "down", "kernel-memory", "loglevel", "macvlan", "namespace"}
GONE |= {"no-trunc", "noout", "pull-always", "pull-never"}
NO_HELP = {"artifact pull"}  # not every machine has it


@pytest.mark.parametrize("command", SINCE)
def test_no_option_stands_twice(command: str) -> None:
    names = [word.rpartition("/")[2].rstrip("=") for words in SINCE[command].values() for word in words.split()]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert list(SINCE[command]) == sorted(SINCE[command])
    assert all(version <= NEWEST for version in SINCE[command])


@pytest.mark.parametrize("command", NEW_VALUES)
def test_a_new_value_is_one_of_an_option_and_newer_than_it(command: str) -> None:
    for value in NEW_VALUES[command]:
        option = known_options(command)[value.option]
        assert value.since >= option.since or command == "pod create", value.shown


@pytest.mark.parametrize("command", {**SUBSTITUTES, **ADVICE})
def test_what_is_substituted_is_lacking_somewhere(command: str) -> None:
    lacking = {value.shown for value in NEW_VALUES.get(command, ())}
    lacking |= {option.shown for option in known_options(command).values() if option.since > (3, 0, 0)}
    assert {*SUBSTITUTES.get(command, {})} <= lacking
    assert {*ADVICE.get(command, {})} <= lacking  # of what has a substitute, for the values that this does not take


@pytest.mark.parametrize("group", COMMANDS)
def test_every_option_that_a_key_makes_is_known(group: str) -> None:
    known = {**known_options(COMMANDS[group]), **known_options("kube down")}
    options = KINDS[f".{group.lower()}"].options
    begins = {key: begin for option in options for key, begin in option.keys.items() if begin}
    unknown = [key for key, begin in begins.items() if re.split("[= ]", begin.lstrip("-"))[0] not in known]
    assert unknown == []


def test_every_global_option_that_a_key_makes_is_known() -> None:
    begins = [begin for option in GLOBAL for begin in option.keys.values() if begin]
    assert [begin for begin in begins if begin.strip("-=") not in known_options("")] == []


def test_a_version_is_shown_as_it_is_written() -> None:
    assert show_version(parse_version("4.3")) == "4.3.0"


@pytest.mark.real
@pytest.mark.parametrize("command", [command for command in SINCE if command not in NO_HELP])
def test_this_machines_podman_has_the_options_that_the_table_gives_it(command: str) -> None:
    version = parse_version(subprocess.run(["podman", "--version"], check=True, capture_output=True, text=True).stdout)
    older = version < (4, 3, 0) and command.startswith("kube ")
    words = [] if older and command == "kube down" else ["play", "kube"] if older else command.split()
    if not words and command:
        pytest.skip("no such command")
    said = subprocess.run(["podman", *words, "--help"], check=True, capture_output=True, text=True).stdout
    theirs = {name: bool(value) and "[=" not in value for name, value in OPTION_WITH_VALUE.findall(said)}
    table = {option.name: option for option in known_options(command).values() if option.since <= version}
    ours = {name: option.takes_value for name, option in table.items()}
    theirs = {name: takes for name, takes in theirs.items() if name not in HIDDEN}
    ours = {name: takes for name, takes in ours.items() if name not in HIDDEN and (name not in GONE or name in theirs)}
    assert ours == theirs
