"""The engine door against the Podman of this machine: what its versions do alike."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable

import pytest

from podpipe.effects.engine import connect
from podpipe.effects.libpod import Libpod
from podpipe.effects.ports import find_listener
from podpipe.errors import EngineConflict, EngineError, NotFound, PortTaken
from podpipe.render.libpod import LOG_LIMIT
from tests.real.waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.ends]

JSON = dict[str, Any]
Unique = Callable[[str], str]
SECOND = 10**9  # nanoseconds

LOOK_AROUND = """
id -u; id -g
touch /tmp/here && echo tmp is writable
touch /srv/here && echo volume is writable
touch /here 2>/dev/null || echo root is read-only
cat /etc/greeting
touch /etc/greeting 2>/dev/null || echo bind is read-only
grep CapBnd /proc/self/status; grep NoNewPrivs /proc/self/status
grep example /etc/hosts; hostname; pwd; echo $GREETING; ulimit -n
echo oh >&2
"""


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def pod_request(name: str, image: str, port: int = 0) -> JSON:
    mapping = {"container_port": 8080, "host_port": port, "host_ip": "127.0.0.1", "protocol": "tcp"}
    return {
        "name": name,
        "hostname": "inside",
        "hostadd": ["db.example:10.1.2.3"],
        "labels": {"io.podpipe.project": name},
        "portmappings": [mapping] if port else [],
        "infra_image": image,
        "infra_command": ["sleep", "infinity"],
    }


def container_request(name: str, image: str, *command: str, **fields: Any) -> JSON:
    return {
        "name": name,
        "image": image,
        "labels": {"io.podpipe.project": name},
        "entrypoint": list(command),
        "env": {"PATH": "/bin", "GREETING": "hello"},
        "user": "1000:1000",
        "stop_timeout": 1,
        "log_configuration": {"driver": "k8s-file", "size": LOG_LIMIT},
        **fields,
    }


def volume_request(name: str) -> JSON:
    labels = {"io.podpipe.project": name}
    return {"Name": name, "Driver": "local", "Labels": labels, "Options": {"o": "uid=1000,gid=1000"}}


def state(engine: Libpod, name: str) -> JSON:
    found: JSON = engine.inspect_container(name)["State"]
    return found


def test_a_container_is_what_the_request_says(engine: Libpod, tiny_image: str, unique: Unique, tmp_path: Path) -> None:
    """Every field that podpipe renders, seen from inside."""
    pod, name, volume = unique("pod"), unique("look"), unique("volume")
    (tmp_path / "greeting").write_text("bind is there\n")
    engine.create_volume(volume_request(volume))
    engine.create_pod(pod_request(pod, tiny_image))
    tmpfs = {"type": "tmpfs", "source": "tmpfs", "destination": "/tmp", "options": ["mode=1777", "nosuid", "nodev"]}
    options = ["rbind", "ro", "nosuid", "nodev"]
    bind = {"type": "bind", "source": f"{tmp_path}/greeting", "destination": "/etc/greeting", "options": options}
    request = container_request(
        name, engine.inspect_image(tiny_image)["Id"], "/bin/sh", "-c", LOOK_AROUND,
        pod=pod, work_dir="/srv", volumes=[{"Name": volume, "Dest": "/srv", "Options": ["rw"]}], mounts=[tmpfs, bind],
        read_only_filesystem=True, cap_drop=["ALL"], cap_add=[], no_new_privileges=True, restart_policy="no",
        restart_tries=10, r_limits=[{"type": "nofile", "soft": 4096, "hard": 4096}],
    )  # fmt: skip
    engine.create_container(request)
    engine.start_pod(pod)
    assert engine.wait_container(name) == 0
    lines = list(engine.logs(name))
    assert [line for stream, line in lines if stream == "stderr"] == ["oh"]
    assert [line.replace("\t", " ") for stream, line in lines if stream == "stdout"] == [
        "1000", "1000", "tmp is writable", "volume is writable", "root is read-only", "bind is there",
        "bind is read-only", "CapBnd: 0000000000000000", "NoNewPrivs: 1", "10.1.2.3 db.example", "inside", "/srv",
        "hello", "4096",
    ]  # fmt: skip


def test_a_volume_belongs_to_its_writer_whoever_mounts_it_first(
    engine: Libpod, tiny_image: str, unique: Unique
) -> None:
    volume, reader, writer = unique("volume"), unique("reader"), unique("writer")
    engine.create_volume(volume_request(volume))
    read_only = {"Name": volume, "Dest": "/srv", "Options": ["ro"]}
    run_to_its_end(engine, container_request(reader, tiny_image, "ls", "/srv", user="0:0", volumes=[read_only]))
    run_to_its_end(
        engine, container_request(writer, tiny_image, "touch", "/srv/a", volumes=[{**read_only, "Options": []}])
    )
    assert state(engine, writer)["ExitCode"] == 0
    engine.remove_container(writer)
    engine.remove_container(reader)
    assert [each["Name"] for each in engine.volumes(project=volume)] == [volume]
    assert engine.volumes(project="nobody") == []
    with pytest.raises(EngineConflict, match=f"cannot create volume {volume}"):
        engine.create_volume(volume_request(volume))


def run_to_its_end(engine: Libpod, request: JSON) -> int:
    engine.create_container(request)
    engine.start_container(request["name"])
    return engine.wait_container(request["name"])


@pytest.fixture
def site(engine: Libpod, tiny_image: str, unique: Unique) -> tuple[str, str, str, int]:
    """A running pod with a web server and a sibling: (pod, server, sibling, port)."""
    pod, server, sibling, port = unique("site"), unique("server"), unique("sibling"), free_port()
    check = {"Test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/etc/passwd"]}
    check = {**check, "Interval": 30 * SECOND, "Timeout": 5 * SECOND, "Retries": 3}
    engine.create_pod(pod_request(pod, tiny_image, port))
    engine.start_pod(pod)
    engine.create_container(server_request(server, tiny_image, pod, check))
    engine.create_container(container_request(sibling, tiny_image, "sleep", "1000", pod=pod, restart_policy="always"))
    engine.start_container(server)
    engine.start_container(sibling)
    return pod, server, sibling, port


def server_request(name: str, image: str, pod: str, check: JSON) -> JSON:
    httpd = ("httpd", "-f", "-p", "8080", "-h", "/")
    return container_request(name, image, *httpd, pod=pod, healthconfig=check, restart_policy="always")


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/etc/passwd", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def test_a_published_port_answers(engine: Libpod, site: tuple[str, str, str, int]) -> None:
    wait_until(lambda: answers(site[3]))
    assert find_listener(site[3], "tcp", "127.0.0.1") is not None


def test_health_is_checked_when_asked(engine: Libpod, site: tuple[str, str, str, int]) -> None:
    _, server, sibling, _ = site
    wait_until(lambda: engine.run_healthcheck(server))
    assert state(engine, server)["Health"]["Status"] == "healthy"
    assert state(engine, sibling)["Health"]["Status"] == ""
    with pytest.raises(EngineConflict, match="cannot check the health"):
        engine.run_healthcheck(sibling)
    engine.stop_container(server, 1)
    with pytest.raises(EngineConflict, match="cannot check the health"):
        engine.run_healthcheck(server)


def test_what_is_killed_comes_back_alone(engine: Libpod, site: tuple[str, str, str, int]) -> None:
    _, server, sibling, port = site
    before, sibling_before = state(engine, server), state(engine, sibling)
    subprocess.run(["podman", "unshare", "kill", "-9", str(before["Pid"])], check=True)
    wait_until(lambda: state(engine, server)["StartedAt"] != before["StartedAt"])
    assert engine.inspect_container(server)["RestartCount"] == 1
    assert state(engine, sibling) == sibling_before
    wait_until(lambda: answers(port))


def test_one_container_is_replaced_and_its_sibling_stays(
    engine: Libpod, tiny_image: str, site: tuple[str, str, str, int]
) -> None:
    pod, server, sibling, port = site
    before = state(engine, sibling)
    engine.stop_container(server, 1)
    engine.remove_container(server)
    engine.create_container(server_request(server, tiny_image, pod, {"Test": ["NONE"]}))
    engine.start_container(server)
    wait_until(lambda: answers(port))
    assert state(engine, sibling) == before


def test_a_whole_pod_is_replaced_on_the_same_port(
    engine: Libpod, tiny_image: str, site: tuple[str, str, str, int]
) -> None:
    """A stopped pod's port is held for a moment longer, by rootlessport or pasta."""
    pod, server, _, port = site
    for _ in range(3):
        engine.stop_pod(pod, 1)
        engine.start_pod(pod)
    engine.stop_pod(pod, 1)
    engine.remove_pod(pod)
    engine.create_pod(pod_request(pod, tiny_image, port))
    engine.create_container(server_request(server, tiny_image, pod, {"Test": ["NONE"]}))
    engine.start_pod(pod)
    wait_until(lambda: answers(port))


def test_a_degraded_pod_is_stopped_whole(engine: Libpod, site: tuple[str, str, str, int]) -> None:
    pod, server, sibling, _ = site
    engine.stop_container(server, 1)
    engine.stop_pod(pod, 1)
    assert state(engine, sibling)["Status"] == "exited"
    assert engine.inspect_pod(pod)["State"] == "Exited"
    engine.stop_pod(pod, 1)
    engine.stop_container(sibling, 1)


def test_stopping_a_pod_does_not_wait_for_its_infra_container(engine: Libpod, tiny_image: str, unique: Unique) -> None:
    pod, name = unique("pod"), unique("polite")
    engine.create_pod(pod_request(pod, tiny_image))
    trap = "trap 'echo bye; exit' TERM; while :; do sleep 0.1; done"
    engine.create_container(container_request(name, tiny_image, "sh", "-c", trap, pod=pod))
    engine.start_pod(pod)
    started = time.monotonic()
    engine.stop_pod(pod, 60)
    assert time.monotonic() - started < 30
    assert list(engine.logs(name)) == [("stdout", "bye")]


def test_a_taken_port_is_told(engine: Libpod, tiny_image: str, unique: Unique, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podpipe.effects.libpod.PORTS_FREED", 0.5)
    pod = unique("taken")
    with socket.create_server(("127.0.0.1", 0)) as server:
        engine.create_pod(pod_request(pod, tiny_image, server.getsockname()[1]))
        with pytest.raises(PortTaken, match=f"cannot start pod {pod}"):
            engine.start_pod(pod)


def test_names_are_taken_once(engine: Libpod, tiny_image: str, unique: Unique) -> None:
    pod, name = unique("pod"), unique("once")
    engine.create_pod(pod_request(pod, tiny_image))
    engine.create_container(container_request(name, tiny_image, "true"))
    with pytest.raises(EngineConflict, match=f"cannot create pod {pod}"):
        engine.create_pod(pod_request(pod, tiny_image))
    with pytest.raises(EngineConflict, match=f"cannot create container {name}"):
        engine.create_container(container_request(name, tiny_image, "true"))


@pytest.mark.parametrize(
    "ask",
    [
        lambda engine: engine.inspect_image("localhost/none:latest"),
        lambda engine: engine.inspect_pod("none"),
        lambda engine: engine.inspect_container("none"),
        lambda engine: engine.start_pod("none"),
        lambda engine: engine.stop_pod("none", 1),
        lambda engine: engine.start_container("none"),
        lambda engine: engine.stop_container("none", 1),
        lambda engine: engine.wait_container("none"),
        lambda engine: engine.run_healthcheck("none"),
        lambda engine: list(engine.logs("none")),
        lambda engine: engine.create_container({"name": "test-none", "image": "localhost/none:latest"}),
    ],
)
def test_what_is_not_there(engine: Libpod, ask: Callable[[Libpod], object]) -> None:
    with pytest.raises(NotFound, match="none"):
        ask(engine)


def test_removing_what_is_not_there_is_fine(engine: Libpod) -> None:
    engine.remove_pod("none")
    engine.remove_container("none")


def test_a_program_that_is_not_there(engine: Libpod, tiny_image: str, unique: Unique) -> None:
    name = unique("nothing")
    engine.create_container(container_request(name, tiny_image, "/nothing"))
    with pytest.raises(EngineError, match=r"cannot start container .*/nothing"):
        engine.start_container(name)


def test_waiting_outlasts_the_patience_of_other_requests(
    engine: Libpod, tiny_image: str, unique: Unique, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podpipe.effects.libpod.PATIENCE", 0.5)
    request = container_request(unique("wait"), tiny_image, "sh", "-c", "sleep 2; exit 7")
    assert run_to_its_end(engine, request) == 7


def test_the_log_is_followed_until_the_end(engine: Libpod, tiny_image: str, unique: Unique) -> None:
    name = unique("talk")
    talk = "echo one; echo; echo two >&2; sleep 1; printf '%0100000d' 0; echo; echo end"
    engine.create_container(container_request(name, tiny_image, "sh", "-c", talk))
    engine.start_container(name)
    followed = list(engine.logs(name, follow=True))
    assert sorted(followed) == sorted(
        [("stdout", "one"), ("stdout", ""), ("stderr", "two"), ("stdout", "0" * 100000), ("stdout", "end")]
    )
    assert list(engine.logs(name, tail=1)) == [("stdout", "end")]


def test_a_container_that_says_much_fills_no_disk(
    engine: Libpod, tiny_image: str, unique: Unique, tmp_path: Path
) -> None:
    (tmp_path / "much").write_text("a line that somebody asked for\n" * (50_000_000 // 31))
    bind = {"type": "bind", "source": f"{tmp_path}/much", "destination": "/srv/much", "options": ["ro"]}
    name = unique("talker")
    engine.create_container(container_request(name, tiny_image, "cat", "/srv/much", mounts=[bind]))
    engine.start_container(name)
    assert engine.wait_container(name) == 0
    log = Path(engine.inspect_container(name)["HostConfig"]["LogConfig"]["Path"])
    assert 0 < sum(each.stat().st_size for each in log.parent.glob(f"{log.name}*")) < 2 * LOG_LIMIT


def test_a_reader_may_leave_a_log_that_goes_on(engine: Libpod, tiny_image: str, unique: Unique) -> None:
    name = unique("chatter")
    engine.create_container(container_request(name, tiny_image, "sh", "-c", "while :; do echo again; sleep 0.1; done"))
    engine.start_container(name)
    lines = engine.logs(name, follow=True)
    assert next(lines) == ("stdout", "again")
    assert isinstance(lines, Iterator)
    lines.close()  # type: ignore[attr-defined]
    engine.stop_container(name, 0)


def test_eight_threads_at_once(engine: Libpod, tiny_image: str, unique: Unique) -> None:
    names = [unique("many") for _ in range(16)]
    with ThreadPoolExecutor(8) as pool:
        requests = [container_request(name, tiny_image, "sh", "-c", f"echo {name}") for name in names]
        assert list(pool.map(lambda request: run_to_its_end(engine, request), requests)) == [0] * 16
        said = pool.map(lambda name: [line for _, line in engine.logs(name)], names)
    assert list(said) == [[name] for name in names]


def test_podman_py_sees_the_same(engine: Libpod, site: tuple[str, str, str, int]) -> None:
    podman = pytest.importorskip("podman")
    pod, server, sibling, _ = site
    with podman.PodmanClient(base_url=f"unix://{engine.socket}") as client:
        seen = client.containers.get(server)
        assert seen.status == "running"
        assert seen.labels["io.podpipe.project"] == server
        assert seen.attrs["Config"]["User"] == "1000:1000"
        members = {member["Name"] for member in client.pods.get(pod).attrs["Containers"]}
    assert {server, sibling} < members
    entry = next(each for each in engine.containers() if each["Id"] == seen.id)
    assert entry["PodName"] == pod
    assert entry["Names"] == [server]


def test_the_service_dies_and_the_containers_live(engine: Libpod, site: tuple[str, str, str, int]) -> None:
    _, server, sibling, port = site
    before = [state(engine, name) for name in (server, sibling)]
    wait_until(lambda: answers(port))
    os.kill(service_process(engine), signal.SIGKILL)
    wait_until(lambda: not is_listening(engine))
    again = connect()
    assert answers(port)
    assert [state(again, name)["Pid"] for name in (server, sibling)] == [each["Pid"] for each in before]
    again.stop_container(sibling, 1)
    again.start_container(sibling)


def service_process(engine: Libpod) -> int:
    """The process that listens on the socket, as the kernel knows it."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(engine.socket))
        credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[0])


def is_listening(engine: Libpod) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(engine.socket)) == 0


def test_a_job_without_a_session_connects_too(engine: Libpod) -> None:
    """cron gives its jobs next to nothing of an environment."""
    script = "from podpipe.effects.engine import connect; print(connect().version)"
    paths = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])
    command = ["env", "-i", f"PYTHONPATH={paths}", f"HOME={Path.home()}", sys.executable, "-c", script]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    assert said.stdout.strip() == str(engine.version)
