"""Who is reached by ssh, and how."""

from __future__ import annotations

import pytest

from podpipe.effects.ssh import Host, explained, parse_host, render_remote
from podpipe.errors import CommandFailed, UsageError


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("pi", Host("pi")),
        ("pi@raspberrypi.local", Host("raspberrypi.local", "pi")),
        ("pi@192.0.2.1:2222", Host("192.0.2.1", "pi", 2222)),
        ("pi@[fe80::1%eth0]:22", Host("fe80::1%eth0", "pi", 22)),
    ],
)
def test_a_host(text: str, host: Host) -> None:
    assert parse_host(text) == host
    assert str(host) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "-oProxyCommand=touch /x", "pi@-oProxyCommand=x", "-pi@host", "pi@host;ls", "pi@host ls", "pi@$(id)"),
        *(
            "pi@host\n",
            "pi@host:0",
            "pi@host:65536",
            "pi@host:",
            "@host",
            "pi@@host",
            "../host",
            "pi@host/x",
            "pi@hôst",
        ),
    ],
)
def test_no_host(text: str) -> None:
    with pytest.raises(UsageError, match="does not name a machine"):
        parse_host(text)


def test_the_command() -> None:
    argv = render_remote(Host("host", "pi", 2222), "echo it\\'s")
    assert argv[0] == "ssh"
    assert "BatchMode=yes" in argv
    assert argv[argv.index("-p") + 1] == "2222"
    assert argv[-3:-1] == ["--", "pi@host"]
    assert argv[-1].startswith("exec sh -c '")


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("pi@host: Permission denied (publickey).", "ssh-copy-id -p 2222 pi@host"),
        ("Host key verification failed.", "ssh -p 2222 pi@host"),
        ("ssh: connect to host host port 2222: Connection refused", "does its sshd run"),
        ("ssh: connect to host host port 2222: Connection timed out", "switched on"),
    ],
)
def test_what_ssh_says_gets_a_hint(said: str, hint: str) -> None:
    error = explained(Host("host", "pi", 2222), CommandFailed("looking failed", lines=[said]))
    assert hint in error.hint
    assert error.message == "pi@host:2222 cannot be reached: looking failed"


def test_what_a_script_says_is_left_as_it_is() -> None:
    error = CommandFailed("sending failed", lines=["no space left"])
    assert explained(Host("host"), error) is error
