"""buildah's command line and what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.definition.platform import parse_platform
from podpipe.effects.build_failure import build_failed
from podpipe.effects.build_leftovers import is_mount
from podpipe.effects.buildah import BuildFiles, parse_version, render_build, render_labels
from podpipe.errors import CommandFailed

FILES = BuildFiles(Path("/b/Containerfile"), Path("/b/context"), Path("/b/settings"), Path("/b/id"), Path("/b/scratch"))
COMMAND = [
    "buildah",
    "bud",
    "--layers",
    "--tag=localhost/web:latest",
    "--file=/b/Containerfile",
    "--volume=/b/settings:/mnt",
    "--iidfile=/b/id",
    "/b/context",
]


def test_the_command() -> None:
    assert render_build(FILES, (1, 28, 2), "localhost/web:latest") == COMMAND


def test_an_old_buildah_gets_no_seccomp_profile() -> None:
    unconfined = "--security-opt=seccomp=unconfined"
    assert render_build(FILES, (1, 19, 6), "localhost/web:latest") == [*COMMAND[:-1], unconfined, COMMAND[-1]]


def test_a_stage_for_another_machine() -> None:
    argv = render_build(FILES, (1, 28, 2), stage="test", platform=parse_platform("linux/arm/v7"))
    assert argv == [*COMMAND[:3], "--target=test", *COMMAND[4:-1], "--platform=linux/arm/v7", COMMAND[-1]]


def test_labels_are_steps_that_quote_what_they_hold() -> None:
    assert render_labels({"a.b": 'x "y"', "c": "d"}) == '\nLABEL a.b="x \\"y\\"" c="d"\n'


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("buildah version 1.19.6 (image-spec 1.0.1, runtime-spec 1.0.2-dev)", (1, 19, 6)),
        ("buildah version 1.28.2 (image-spec 1.1.0-rc2, runtime-spec 1.0.2-dev)", (1, 28, 2)),
        ("buildah version 1.40.0-dev (image-spec 1.1.0)", (1, 40, 0)),
    ],
)
def test_versions(said: str, version: tuple[int, ...]) -> None:
    assert parse_version(said) == version


PRINTED = {
    "1.19.6": """\
STEP 1: FROM localhost/base
STEP 2: RUN echo out; exit 7
out

error building at STEP "RUN echo out; exit 7": error while running runtime: exit status 7
level=error msg="exit status 7"
""",
    "1.28.2": """\
[1/2] STEP 1/2: FROM localhost/base AS first
[1/2] STEP 2/2: RUN echo out; exit 7
out
[2/2] STEP 1/3: FROM localhost/base
Error: building at STEP "RUN echo out; exit 7": while running runtime: exit status 7
""",
}
STEPS = {"1.19.6": "step 2", "1.28.2": "step [1/2] 2/2"}


def failure(text: str, message: str = "building web failed: buildah ended with exit status 1") -> CommandFailed:
    lines = text.splitlines()
    return build_failed("web", CommandFailed(message, lines=lines[-20:]), lines)


@pytest.mark.parametrize("version", PRINTED)
def test_a_failure_quotes_the_step_and_what_it_printed(version: str) -> None:
    error = failure(PRINTED[version])
    assert error.message == f"building web: {STEPS[version]}: RUN echo out; exit 7 failed (exit status 7)"
    assert error.lines == ("out",)


def test_a_failure_without_a_status_says_what_ended_it() -> None:
    error = failure("STEP 1/2: FROM x\nSTEP 2/2: RUN sleep 9\n", "building web: buildah did not end within 6 s")
    assert error.message == "building web: buildah did not end within 6 s, in step 2/2: RUN sleep 9"


def test_a_failure_before_the_first_step_quotes_buildah() -> None:
    error = failure("Error: no such file\n")
    assert error.message == "building web failed: buildah ended with exit status 1"
    assert error.lines == ("Error: no such file",)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("E: Temporary failure resolving 'mirror.example'", "cannot reach the network"),
        ("socket.gaierror: [Errno -2] Name or service not known", "cannot reach the network"),
        ("SSL: CERTIFICATE_VERIFY_FAILED", "SSL_CERT_FILE"),
        ("E: Release file is not valid yet (invalid for another 2d)", "clock"),
        ("W: GPG error: The following signatures couldn't be verified: NO_PUBKEY 6ED0E7B82643E131", "keyring"),
        ("E: Unable to locate package ngnix", "no such package"),
        ("Error: initializing source docker://localhost/base:latest: pinging", "not there"),
        ("anything else", "keeps its name"),
    ],
)
def test_hints(line: str, hint: str) -> None:
    assert hint in failure(f"STEP 1/2: RUN x\n{line}\n").hint


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("36 35 98:0 /var/tmp/p-1/web/private/settings /mnt rw - ext4 /dev/root rw", True),
        ("36 35 98:0 /p-1/web/private/settings//deleted /mnt rw master:1 - ext4 /dev/sda rw", True),
        ("36 35 98:0 /var/tmp/p-1/web/private/settings /elsewhere rw - ext4 /dev/root rw", False),
        ("36 35 98:0 /var/tmp/p-1/other/private/settings /mnt rw - ext4 /dev/root rw", False),
    ],
)
def test_the_mount_that_tells_a_build(line: str, ours: bool) -> None:
    assert is_mount(line, "p-1/web/private/settings", "/mnt") is ours
