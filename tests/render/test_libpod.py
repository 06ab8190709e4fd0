from __future__ import annotations

import socket
import subprocess
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from podpipe.definition.specs import (
    Claim,
    ClaimVolume,
    ConfigMap,
    ConfigMapVolume,
    DebianImage,
    EmptyDirVolume,
    ExecProbe,
    HostPathVolume,
    HttpProbe,
    Image,
    Limits,
    Mount,
    Probe,
    RegistryImage,
    SecretVolume,
    Security,
    TcpProbe,
    image_reference,
)
from podpipe.render.desired import render_desired
from podpipe.render.health import ON_FAILURE, render_health
from podpipe.render.libpod import PAUSE, SLEEP, render_container, render_job, render_pod, render_volume
from tests.samples import HERE, ONE_USER, PLACES, container, definition, job, pod, site_definition


def rendered(volume, mount, **fields):
    of = pod("web", container(mounts=(mount,)), volumes=(volume,))
    return render_container(definition(of, **fields), PLACES, of, of.containers[0])


def test_pod_publishes_the_ports_of_all_its_containers() -> None:
    request = render_pod(definition(), pod(host_aliases=(("db", "10.0.0.1"),)))
    assert request == {
        "name": "web",
        "hostname": "web",
        "portmappings": [{"container_port": 8080, "host_port": 8080, "host_ip": "", "protocol": "tcp"}],
        "labels": {},
        "hostadd": ["db:10.0.0.1"],
        "infra_image": "localhost/base:latest",
        "infra_command": PAUSE,
    }


@pytest.mark.parametrize(
    ("infra", "command"),
    [
        (DebianImage("base", "bookworm"), PAUSE),
        (DebianImage("base", "bullseye"), SLEEP),
        (RegistryImage("base", "docker.io/library/debian:12"), SLEEP),
    ],
)
def test_an_infra_container_runs_what_its_image_has(infra: Image, command: list[str]) -> None:
    of = definition(images=(infra,), infra=image_reference(infra))
    assert render_pod(of, pod())["infra_command"] == command


def test_infra_command_survives_being_taken_apart_and_ends_at_once() -> None:
    words = " ".join(SLEEP).split(" ")
    assert words == SLEEP
    process = subprocess.Popen([*words, "the", "image's", "own"])
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)
    process.terminate()
    assert process.wait(2) != 0


def test_without_an_infra_image_the_engine_takes_its_own() -> None:
    assert "infra_image" not in render_pod(definition(infra=""), pod())


def test_container_is_confined_as_its_security_context_says() -> None:
    of = pod("web", container(security=ONE_USER))
    request = render_container(definition(of), PLACES, of, of.containers[0])
    assert request["user"] == "1000:1000"
    assert request["read_only_filesystem"] is True
    assert request["no_new_privileges"] is True
    assert (request["cap_drop"], request["cap_add"]) == (["ALL"], [])


@pytest.mark.parametrize(
    ("security", "user"), [(Security(user=7), "7"), (Security(user=7, group=8), "7:8"), (Security(), None)]
)
def test_user(security: Security, user: str | None) -> None:
    of = pod("web", container(security=security))
    assert render_container(definition(of), PLACES, of, of.containers[0]).get("user") == user


def test_limits_are_bytes_and_shares_of_the_period() -> None:
    of = pod("web", container(memory=64 << 20, cpu=0.5))
    limits = render_container(definition(of), PLACES, of, of.containers[0])["resource_limits"]
    assert limits == {"memory": {"limit": 67108864}, "cpu": {"quota": 50_000, "period": 100_000}}


def test_every_container_has_the_projects_limits() -> None:
    of = pod("web", container(memory=64 << 20))
    project = definition(of, cron_jobs=(job(),), limits=Limits(processes=256, files=4096))
    for request in (render_container(project, PLACES, of, of.containers[0]), render_job(project, PLACES, job())):
        assert request["resource_limits"]["pids"] == {"limit": 256}
        assert request["r_limits"] == [{"type": "nofile", "soft": 4096, "hard": 4096}]


def test_a_limit_that_the_machine_cannot_keep_is_left_out_and_known() -> None:
    of = pod("web", container(memory=64 << 20, cpu=0.5))
    desired = render_desired(definition(of), PLACES)
    assert desired.within(["cpu", "memory"]) is desired
    (workload,) = desired.within(["cpu"]).workloads
    (request,) = workload.containers
    assert list(request["resource_limits"]) == ["cpu"]
    assert desired.within(["cpu"]).unenforced == {"memory": (request["name"],)}
    assert "resource_limits" not in desired.within([]).workloads[0].containers[0]


def test_a_job_never_restarts_and_has_no_pod() -> None:
    request = render_job(definition(cron_jobs=(job(),)), PLACES, job())
    assert (request["name"], request["restart_policy"]) == ("sync", "no")
    assert "pod" not in request


def test_a_claim_is_a_named_volume() -> None:
    request = rendered(ClaimVolume("s", "site"), Mount("s", "/srv", read_only=True), claims=(Claim("site", HERE),))
    assert request["volumes"] == [{"Name": "site", "Dest": "/srv", "Options": ["ro"]}]


def test_a_claim_that_is_a_folder_is_bound() -> None:
    claims = (Claim("site", HERE, folder=Path("/p/site")),)
    request = rendered(ClaimVolume("s", "site"), Mount("s", "/srv"), claims=claims)
    assert request["volumes"] == []
    assert request["mounts"] == [
        {"type": "bind", "source": "/p/site", "destination": "/srv", "options": ["rbind", "rw", "nosuid", "nodev"]}
    ]


def test_other_volumes_become_mounts() -> None:
    empty = rendered(EmptyDirVolume("v", size=1024), Mount("v", "/tmp"))["mounts"][0]
    assert (empty["type"], empty["options"]) == ("tmpfs", ["mode=1777", "nosuid", "nodev", "size=1024"])
    host = rendered(HostPathVolume("v", Path("/etc")), Mount("v", "/host", read_only=True))["mounts"][0]
    assert (host["source"], host["options"][1]) == ("/etc", "ro")
    secret = rendered(SecretVolume("v", "token", items=(("key", "name"),)), Mount("v", "/run/s"))["mounts"][0]
    assert (secret["source"], secret["destination"]) == ("/secrets/token/key", "/run/s/name")


def test_another_content_of_a_config_map_is_another_mount() -> None:
    def source(content: str) -> str:
        maps = (ConfigMap("settings", (("a", content),)),)
        return rendered(ConfigMapVolume("v", "settings"), Mount("v", "/etc/x"), config_maps=maps)["mounts"][0]["source"]

    assert source("1").startswith("/state/config-maps/settings-")
    assert source("1") == source("1") != source("2")


def test_a_volume_belongs_to_whoever_writes_to_it() -> None:
    assert render_volume(site_definition(), "site")["Options"] == {"o": "uid=1000,gid=1000"}
    nobody = definition(pod(volumes=(ClaimVolume("s", "site"),)), claims=(Claim("site", HERE),))
    assert render_volume(nobody, "site")["Options"] == {}


def test_health_counts_in_nanoseconds() -> None:
    probe = Probe(ExecProbe(("test", "-e", "/x")), initial_delay=1, period=2, timeout=3, failure_threshold=4)
    assert render_health(probe) == {
        "Test": ["CMD", "test", "-e", "/x"],
        "StartPeriod": 1_000_000_000,
        "Interval": 2_000_000_000,
        "Timeout": 3_000_000_000,
        "Retries": 4,
    }


def test_what_fails_its_liveness_probe_is_made_to_end_once_its_failures_count() -> None:
    probe = Probe(ExecProbe(("true",)), initial_delay=1, period=2, failure_threshold=4, restarts=True)
    of = pod("web", container(probe=probe))
    request = render_container(definition(of), PLACES, of, of.containers[0])
    assert request["health_check_on_failure_action"] == ON_FAILURE
    assert request["healthconfig"]["StartPeriod"] == 9_000_000_000


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/")[:3]))
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server():
    httpd = HTTPServer(("127.0.0.1", 0), _Answer)
    Thread(target=httpd.serve_forever, daemon=True).start()
    yield httpd.server_port
    httpd.shutdown()
    httpd.server_close()


@pytest.mark.parametrize(
    ("path", "healthy"), [("/200", True), ("/301", True), ("/404", False), ("/500", False), ("/200/'a'$(x)", True)]
)
def test_http_check_judges_as_kubernetes_does(server: int, path: str, healthy: bool) -> None:
    _, command = render_health(Probe(HttpProbe(server, path)))["Test"]
    assert (subprocess.run(["sh", "-c", command], check=False).returncode == 0) is healthy


def test_a_check_of_what_never_answers_ends_by_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        _, command = render_health(Probe(HttpProbe(listener.getsockname()[1], "/"), timeout=1))["Test"]
        assert subprocess.run(["sh", "-c", command], check=False, timeout=60).returncode != 0


def test_tcp_check(server: int) -> None:
    def passes(port: int) -> bool:
        _, command = render_health(replace(Probe(TcpProbe(port))))["Test"]
        return subprocess.run(["sh", "-c", command], check=False, stderr=subprocess.DEVNULL).returncode == 0

    assert passes(server)
    assert not passes(1)
