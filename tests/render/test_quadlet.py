"""Each field of a request beside the lines that it becomes, and what Podman gets when Quadlet and systemd read them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.quadlet.generator import generate
from podpipe.render.health import ON_FAILURE
from podpipe.render.quadlet import render_container, render_pod, render_volume
from podpipe.render.unitfile import UnitFile, literal, stands_as_it_is, word
from tests.render.systemd_words import read_command

REQUEST = {"name": "web-nginx", "image": "localhost/nginx:latest", "restart_policy": "always", "stop_timeout": 30}
SECOND = 10**9


def lines(file: UnitFile, but: str) -> list[str]:
    """The last section's lines without its heading and the last one, and without those that another text has."""
    section = file.text.split(f"[{file.name.partition('.')[2].capitalize()}]\n", 1)[1].partition("\n\n")[0]
    return [line for line in section.splitlines() if line not in but and "io.podpipe.unit=" not in line]


FIELDS: list[tuple[dict[str, Any], list[str]]] = [
    ({"pod": "web"}, ["Pod=web.pod"]),
    ({"hostname": "sync"}, ["HostName=sync"]),
    ({"entrypoint": ["sh", "-c", 'echo "$HOME" 5%']}, ['Entrypoint=["sh", "-c", "echo \\"$$HOME\\" 5%%"]']),
    ({"command": ["-p", "two words", "5%", "$x"]}, ['Exec=-p "two words" 5%% $$x']),
    ({"command": ["a", "", ";"]}, ["Exec=a ${PODPIPE_EMPTY} ${PODPIPE_SEMICOLON}"]),
    ({"work_dir": "/srv/my site"}, ["WorkingDir=/srv/my site"]),
    ({"work_dir": "/srv/two\nlines"}, ['PodmanArgs="--workdir=/srv/two\\nlines"']),
    (
        {"env": {"A": "1", "B": 'say "hi"\n', "C": ""}},
        ["Environment=A=1", 'Environment="B=say \\"hi\\"\\n"', "Environment=C="],
    ),
    ({"user": "1000"}, ["User=1000"]),
    ({"user": "1000:7"}, ["User=1000", "Group=7"]),
    ({"read_only_filesystem": True}, ["ReadOnly=true", "ReadOnlyTmpfs=false"]),
    ({"read_only_filesystem": False, "no_new_privileges": False, "cap_drop": [], "env": {}}, []),
    ({"no_new_privileges": True}, ["NoNewPrivileges=true"]),
    (
        {"cap_drop": ["ALL"], "cap_add": ["NET_ADMIN", "CHOWN"]},
        ["DropCapability=ALL", "AddCapability=NET_ADMIN", "AddCapability=CHOWN"],
    ),
    (
        {"r_limits": [{"type": "nofile", "soft": 4096, "hard": 4096}]},
        ["PodmanArgs=--ulimit=nofile=4096:4096"],
    ),
    ({"log_configuration": {"driver": "k8s-file", "size": 10_000_000}}, ["LogDriver=journald"]),
    ({"restart_policy": "no", "restart_tries": 10}, []),
    ({"stop_timeout": 5}, ["StopTimeout=5"]),
    ({"labels": {"a.b/c": "d"}}, ["Label=a.b/c=d"]),
    ({"volumes": [{"Name": "site", "Dest": "/srv", "Options": ["ro"]}]}, ["Volume=site.volume:/srv:ro"]),
    (
        {"mounts": [{"type": "tmpfs", "source": "tmpfs", "destination": "/tmp", "options": ["mode=1777", "size=9"]}]},
        ["Tmpfs=/tmp:mode=1777,size=9"],
    ),
    (
        {"mounts": [{"type": "bind", "source": "/my 5%", "destination": "/x", "options": ["rbind", "ro"]}]},
        ["Volume=/my 5%%:/x:rbind,ro"],
    ),
    (
        {"mounts": [{"type": "bind", "source": "%h/5%", "destination": "/x", "options": ["rbind", "ro"]}]},
        ["Volume=%h/5%%:/x:rbind,ro"],
    ),
    (
        {"mounts": [{"type": "bind", "source": "/a:b,c", "destination": "/x", "options": ["rbind", "ro"]}]},
        ['Mount="type=bind,\\"source=/a:b,c\\",destination=/x,ro"'],
    ),
]


@pytest.mark.parametrize(("fields", "expected"), FIELDS, ids=[", ".join(fields) for fields, _ in FIELDS])
def test_a_field_of_a_container(fields: dict[str, Any], expected: list[str]) -> None:
    bare = render_container("web-nginx", "web", "here", REQUEST, {}).text
    assert lines(render_container("web-nginx", "web", "here", {**REQUEST, **fields}, {}), bare) == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"memory": {"limit": 1024}}, f"MemoryMax={1024 + (64 << 20)}"),
        ({"pids": {"limit": 256}}, "TasksMax=320"),
        ({"cpu": {"quota": 28_999, "period": 100_000}}, "CPUQuota=29%"),
        ({"cpu": {"quota": 128_500, "period": 100_000}}, "CPUQuota=128.5%"),
    ],
)
def test_the_service_has_the_containers_limits(limits: dict[str, Any], expected: str) -> None:
    text = render_container("a", "a", "here", {**REQUEST, "resource_limits": limits}, {}).text
    service = text.split("[Service]\n", 1)[1].partition("\n\n")[0]
    assert service.splitlines() == [expected]
    assert "PodmanArgs" not in text


@pytest.mark.parametrize(("image", "pull"), [("localhost/a:latest", "never"), ("docker.io/library/a:1", "missing")])
def test_only_a_registrys_image_is_pulled(image: str, pull: str) -> None:
    text = render_container("a", "a", "here", {**REQUEST, "image": image}, {}).text
    assert f"Image={image}\nPull={pull}\n" in text


POD_FIELDS: list[tuple[dict[str, Any], list[str]]] = [
    ({"hostname": "front"}, ["PodmanArgs=--hostname=front"]),
    ({"hostadd": ["db:10.0.0.1"]}, ["PodmanArgs=--add-host=db:10.0.0.1"]),
    ({"infra_image": "localhost/base:latest"}, ["PodmanArgs=--infra-image=localhost/base:latest"]),
    ({"infra_command": ["sh", "-c", "a$b"]}, ['PodmanArgs="--infra-command=sh -c a$$b"']),
    ({"labels": {"tier": "front"}}, ["PodmanArgs=--label=tier=front"]),
    (
        {"portmappings": [{"container_port": 80, "host_port": 8080, "host_ip": "", "protocol": "tcp"}]},
        ["PublishPort=8080:80"],
    ),
    (
        {"portmappings": [{"container_port": 53, "host_port": 53, "host_ip": "127.0.0.1", "protocol": "udp"}]},
        ["PublishPort=127.0.0.1:53:53/udp"],
    ),
    (
        {"portmappings": [{"container_port": 80, "host_port": 80, "host_ip": "::1", "protocol": "tcp"}]},
        ["PublishPort=[::1]:80:80"],
    ),
]


@pytest.mark.parametrize(("fields", "expected"), POD_FIELDS, ids=[", ".join(fields) for fields, _ in POD_FIELDS])
def test_a_field_of_a_pod(fields: dict[str, Any], expected: list[str]) -> None:
    bare = render_pod("here", {"name": "web"}, {}).text
    assert lines(render_pod("here", {"name": "web", **fields}, {}), bare) == expected


def test_a_volume_belongs_to_whom_its_options_say() -> None:
    request = {"Name": "site", "Driver": "local", "Options": {"o": "uid=1000,gid=7"}, "Labels": {"a": "b"}}
    assert lines(render_volume("here", request, {}), "") == ["VolumeName=site", "User=1000", "Group=7", "Label=a=b"]


def test_a_field_that_stands_nowhere_is_refused() -> None:
    with pytest.raises(AssertionError, match="no Quadlet key is known for devices"):
        render_container("web-nginx", "web", "here", {**REQUEST, "devices": ["/dev/null"]}, {})
    with pytest.raises(AssertionError, match="no Quadlet key is known for userns"):
        render_pod("here", {"name": "web", "userns": {}}, {})


HEALTH = [
    (["CMD-SHELL", "a 'b' \"c\""], '["CMD-SHELL", "a \'b\' \\"c\\""]'),
    (["CMD", "test", "-e", "/x y"], '["test", "-e", "/x y"]'),
    (["CMD", "true"], "CMD true"),
    (["CMD", "/a check"], '["CMD-SHELL", "\'/a check\'"]'),
    (["CMD", "none", "x"], '["CMD-SHELL", "none x"]'),
]


@pytest.mark.parametrize(("test", "command"), HEALTH)
def test_health_command(test: list[str], command: str) -> None:
    check = {"Test": test, "Interval": 2 * SECOND, "Timeout": SECOND, "StartPeriod": 0, "Retries": 3}
    bare = render_container("web-nginx", "web", "here", REQUEST, {}).text
    found = lines(render_container("web-nginx", "web", "here", {**REQUEST, "healthconfig": check}, {}), bare)
    assert found[0] == f"HealthCmd={command}"
    assert found[1:] == ["HealthInterval=2s", "HealthTimeout=1s", "HealthStartPeriod=0s", "HealthRetries=3"]


def test_a_liveness_probe_ends_the_container() -> None:
    bare = render_container("web-nginx", "web", "here", REQUEST, {}).text
    request = {**REQUEST, "health_check_on_failure_action": ON_FAILURE}
    assert lines(render_container("web-nginx", "web", "here", request, {}), bare) == ["HealthOnFailure=kill"]


# --- what Podman gets ------------------------------------------------------------------------------

# NUL and half a surrogate pair the definition refuses; U+0080 Podman's own Quadlet does not carry.
hostile = st.text(st.characters(exclude_characters="\0\x80", exclude_categories=["Cs"]), max_size=12)
hostile |= st.text(st.sampled_from("%$\\\"' \n\t;#[]{}=&ü\x1b\u2028%hn0x"), max_size=12)
paths = hostile.map(lambda text: "/" + text.replace("/", "").replace(":", "").strip("."))


def podman_arguments(file: UnitFile, *others: UnitFile) -> list[str]:
    """The words of the `podman run` or `podman pod create` that a file becomes."""
    made = generate({each.name: each.text for each in (file, *others)}, user=True)
    assert not made.errors
    unit = made.files[file.unit]
    assert not [line for line in unit.split("\n") if line and not line.startswith(("#", "[")) and "=" not in line]
    (command,) = [
        line for line in unit.split("\n") if line.startswith(("ExecStart=/usr/bin/podman run", "ExecStartPre="))
    ]
    service = [line.partition("=")[2] for line in file.text.splitlines() if line.startswith("Environment=PODPIPE")]
    environment = dict(each.split("=", 1) for each in service)
    return read_command(command.partition("=")[2], environment)


def values(arguments: list[str], flag: str) -> list[str]:
    after = [arguments[at + 1] for at, each in enumerate(arguments) if each == flag]
    return after + [each.split("=", 1)[1] for each in arguments if each.startswith(f"{flag}=")]


def arguments_of(fields: Mapping[str, Any]) -> list[str]:
    return podman_arguments(render_container("web-nginx", "web", "here", {**REQUEST, **fields}, {}))


@given(st.dictionaries(st.from_regex(r"[A-Z_a-z][-._A-Za-z0-9]{0,5}", fullmatch=True), hostile, max_size=4))
def test_any_environment_arrives(env: dict[str, str]) -> None:
    assert sorted(values(arguments_of({"env": env}), "--env")) == sorted(f"{key}={value}" for key, value in env.items())


@given(st.lists(hostile, max_size=5), st.lists(hostile, min_size=1, max_size=5))
def test_any_command_arrives(command: list[str], entrypoint: list[str]) -> None:
    arguments = arguments_of({"command": command, "entrypoint": entrypoint} if command else {"entrypoint": entrypoint})
    assert arguments[arguments.index(REQUEST["image"]) + 1 :] == command
    assert json.loads(values(arguments, "--entrypoint")[0]) == entrypoint


@given(st.lists(hostile | st.sampled_from(["none", "CMD", "cmd-shell"]), min_size=1, max_size=4))
def test_any_health_command_arrives(words: list[str]) -> None:
    check = {"Test": ["CMD", *words], "Interval": SECOND, "Timeout": SECOND, "StartPeriod": 0, "Retries": 3}
    (command,) = values(arguments_of({"healthconfig": check}), "--health-cmd")
    awkward = words[0].upper() in ("NONE", "CMD", "CMD-SHELL") or len(words) == 1
    by_a_shell = [["CMD-SHELL", shlex.join(words)]] if awkward else []
    assert podmans_test(command) in [check["Test"], *by_a_shell]


def podmans_test(command: str) -> list[str]:
    """What Podman's command line makes of --health-cmd, from 4.0 on (MakeHealthCheckFromCli)."""
    try:
        words, listed = json.loads(command), True
    except ValueError:
        words, listed = command.split(" ", 1), False
    if words[0].upper() in ("CMD", "NONE"):
        return command.split()
    if words[0].upper() == "CMD-SHELL":
        return words
    return ["CMD", *words] if listed and len(words) > 1 else ["CMD-SHELL", " ".join(words)]


@given(paths, paths)
def test_any_path_arrives(source: str, target: str) -> None:
    mount = {"type": "bind", "source": source, "destination": target, "options": ["rbind", "ro"]}
    arguments = arguments_of({"mounts": [mount], "work_dir": target})
    assert values(arguments, "--workdir") == [target]
    if not values(arguments, "--mount"):
        assert values(arguments, "-v") == [f"{source}:{target}:rbind,ro"]


@given(hostile)
def test_words(text: str) -> None:
    assert not set(word(text)) & set("\n\r\x0b\x0c\x85\u2028\u2029")
    if text and text != ";":
        assert read_command(word(text), {}) == [text]
    if stands_as_it_is(text):
        assert "\n" not in literal(text)


def test_a_folder_beside_the_files_is_found_from_them(tmp_path: Path) -> None:
    mount = {"type": "bind", "source": "../sources", "destination": "/x", "options": ["rbind", "ro"]}
    file = render_container("web-nginx", "web", "here", {**REQUEST, "mounts": [mount]}, {})
    (tmp_path / file.name).write_text(file.text)
    made = generate([str(tmp_path)], user=True)
    assert f" -v {tmp_path.parent}/sources:/x:rbind,ro " in made.files["web-nginx.service"]
