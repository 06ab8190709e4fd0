from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from podpipe.definition.specs import (
    Claim,
    ClaimVolume,
    CronJob,
    FrontDoor,
    Mount,
    Port,
    RegistryImage,
    Watch,
)
from podpipe.render.unitfile import UnitFile, is_quadlet, unit_name
from podpipe.render.units import render_units
from tests.samples import BASE, HERE, NGINX, container, definition, desired, job, pod, site_definition

DOOR = FrontDoor("web", "nginx", HERE)
ELSEWHERE = Path("/home/pi/.config/containers/systemd/home")


def files(of=None, folder: Path = ELSEWHERE, chosen: tuple[str, ...] = ()) -> dict[str, UnitFile]:
    of = of or site_definition()
    return {file.name: file for file in render_units(of, desired(of, chosen), folder)}


def lines(text: str, section: str) -> list[str]:
    return text.split(f"[{section}]\n", 1)[1].partition("\n\n")[0].splitlines()


def test_everything_has_a_file_and_a_unit() -> None:
    assert {name: (file.unit, file.workload) for name, file in files().items()} == {
        "home-network.service": ("home-network.service", ""),
        "site.volume": ("site-volume.service", ""),
        "sync-schedule.service": ("sync-schedule.service", "sync"),
        "sync.container": ("sync.service", "sync"),
        "sync.timer": ("sync.timer", "sync"),
        "sync@.container": ("sync@.service", "sync"),
        "web-builder.container": ("web-builder.service", "web"),
        "web-nginx.container": ("web-nginx.service", "web"),
        "web.pod": ("web-pod.service", "web"),
    }


@pytest.mark.parametrize(
    ("name", "quadlet", "unit"),
    [("a.image", True, "a-image.service"), ("a-b.socket", False, "a-b.socket"), ("a@.container", True, "a@.service")],
)
def test_names(name: str, quadlet: bool, unit: str) -> None:
    assert (is_quadlet(name), unit_name(name)) == (quadlet, unit)


def test_only_what_was_chosen() -> None:
    assert {file.workload for file in files(chosen=("web",)).values()} == {"web", ""}
    assert "site.volume" not in files(chosen=("sync",))


def test_each_file_says_where_it_comes_from_and_ends_with_its_hash() -> None:
    for file in files().values():
        assert file.text.startswith("# From p") and "Do not edit: podpipe quadlet\n" in file.text
        assert file.text.endswith(f"={file.hash}\n")
    text = files()["web-nginx.container"].text
    assert text.startswith("# From pods/web.yaml: Pod web, container nginx. ")
    assert text.endswith(f"\nLabel=io.podpipe.unit={files()['web-nginx.container'].hash}\n")


def test_another_text_is_another_hash() -> None:
    other = definition(pod("web", container(env=(("A", "1"),))))
    assert files(other)["web-nginx.container"].hash != files()["web-nginx.container"].hash
    assert files(other)["web.pod"].hash != files()["web.pod"].hash  # it publishes a port less


def test_everything_is_labelled_as_the_projects() -> None:
    texts = {name: file.text for name, file in files().items()}
    assert "PodmanArgs=--label=io.podpipe.project=home\n" in texts["web.pod"]
    for name in ("web-nginx.container", "sync.container", "site.volume"):
        assert "Label=io.podpipe.project=home\n" in texts[name]


# --- pods ------------------------------------------------------------------------------------------


def test_a_pod_starts_at_boot_after_a_short_wait_for_the_network() -> None:
    text = files()["web.pod"].text
    assert lines(text, "Install") == ["WantedBy=default.target"]
    assert {"Wants=home-network.service", "After=home-network.service"} <= set(lines(text, "Unit"))
    assert lines(text, "Quadlet") == ["DefaultDependencies=false"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("Always", ["Restart=always", "SuccessExitStatus=143 137"]),
        ("OnFailure", ["Restart=on-failure", "SuccessExitStatus=143 137", "RestartForceExitStatus=143 137"]),
        ("Never", ["Restart=no", "SuccessExitStatus=143"]),
    ],
)
def test_restart_policy(policy: str, expected: list[str]) -> None:
    text = files(definition(pod(restart_policy=policy, grace_period=5)))["web-nginx.container"].text
    service = lines(text, "Service")
    assert service[: len(expected)] == expected
    assert service[len(expected)] == "RestartSec=2"
    assert "TimeoutStopSec=35" in service and "StopTimeout=5" in lines(text, "Container")
    assert "StartLimitIntervalSec=0" in lines(text, "Unit")


# --- the front door --------------------------------------------------------------------------------


def test_systemd_holds_the_ports_of_a_front_door() -> None:
    ports = (Port(8080, 8080), Port(8443, 8443, "::1"))
    others = container("other", ports=(Port(1, 1),))
    made = files(definition(pod("web", container(ports=ports), others), sockets=(DOOR,)))
    socket = made["web-nginx.socket"]
    assert lines(socket.text, "Socket") == [
        "ListenStream=0.0.0.0:8080",
        "ListenStream=[::1]:8443",
        "NoDelay=true",
        "FreeBind=true",
    ]
    assert lines(socket.text, "Install") == ["WantedBy=sockets.target"]
    assert [line for line in lines(made["web.pod"].text, "Pod") if line.startswith("PublishPort")] == [
        "PublishPort=1:1"
    ]
    text = made["web-nginx.container"].text
    assert {"Requires=web-nginx.socket", "After=web-nginx.socket"} <= set(lines(text, "Unit"))
    assert "Sockets=web-nginx.socket" in lines(text, "Service")
    assert "socket" not in made["web-other.container"].text


# --- CronJobs --------------------------------------------------------------------------------------


def job_files(**fields: object) -> dict[str, str]:
    sync: CronJob = replace(job(), **fields)
    return {name: file.text for name, file in files(definition(cron_jobs=(sync,))).items()}


def test_a_forbidden_overlap_needs_no_more_than_the_timer() -> None:
    made = job_files(concurrency_policy="Forbid", time_zone="Europe/Berlin")
    assert set(made) == {"sync.container", "sync.timer", "home-network.service"}
    assert lines(made["sync.timer"], "Timer") == [
        "OnCalendar=*-*-* 06:15:00 Europe/Berlin",
        "Persistent=true",
        "AccuracySec=1s",
        "Unit=sync.service",
    ]
    assert lines(made["sync.timer"], "Install") == ["WantedBy=timers.target"]
    assert "[Install]" not in made["sync.container"]
    assert lines(made["sync.container"], "Service") == ["Type=oneshot", "TimeoutStopSec=30"]


def test_replace_restarts_the_run() -> None:
    made = job_files(concurrency_policy="Replace")
    assert "Unit=sync-schedule.service" in lines(made["sync.timer"], "Timer")
    assert lines(made["sync-schedule.service"], "Service") == [
        "Type=oneshot",
        "ExecStart=/bin/systemctl --user --no-block restart sync.service",
    ]


def test_allow_starts_an_instance_for_each_run() -> None:
    made = job_files()
    start = "ExecStart=/bin/systemctl --user --no-block start sync@${INVOCATION_ID}.service"
    assert start in lines(made["sync-schedule.service"], "Service")
    assert "ContainerName=sync-%i" in lines(made["sync@.container"], "Container")
    assert "ContainerName=sync" in lines(made["sync.container"], "Container")


def test_a_deadline_asks_whether_a_time_has_just_been() -> None:
    made = job_files(concurrency_policy="Forbid", starting_deadline=60, random_delay=600, schedule="0 0 13 * 5")
    assert lines(made["sync-schedule.service"], "Service") == [
        "Type=oneshot",
        "ExecCondition=/bin/sh -c 'systemd-analyze calendar --base-time=-670s "
        '"*-*-13 00:00:00" "Fri *-*-* 00:00:00" | grep -Eq "From now: .*(ago|now)$$"\'',
        "ExecStart=/bin/systemctl --user --no-block start sync.service",
    ]


def test_a_random_delay_is_the_same_every_day() -> None:
    timer = lines(job_files(random_delay=600)["sync.timer"], "Timer")
    assert {"RandomizedDelaySec=600", "FixedRandomDelay=true"} <= set(timer)


@pytest.mark.parametrize(
    ("place", "folder", "path"),
    [
        (None, ELSEWHERE, "%h/.local/share/containers/storage/volumes/spool/_data"),
        (Path("/p/in 5%"), ELSEWHERE, "/p/in 5%%"),
        (Path("/p/in"), Path("/p/quadlet"), "%h/home/in"),
    ],
)
def test_a_watched_claim(place: Path | None, folder: Path, path: str) -> None:
    claims = (Claim("spool", HERE, place),)
    of = definition(cron_jobs=(job(),), claims=claims, watches=(Watch("spool", "sync", HERE),))
    made = files(of, folder)["sync-spool.path"]
    assert lines(made.text, "Path") == [f"PathChanged={path}", "Unit=sync.service"]
    assert lines(made.text, "Install") == ["WantedBy=paths.target"]
    assert made.workload == "sync"
    assert "sync-spool.path" not in files(replace(of, cron_jobs=(job(suspend=True),)), folder)


# --- what several share ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "source"),
    [("/p/quadlet", "../site"), ("/p", "./site"), ("/p/deep/er", "../../site"), ("/elsewhere", "/p/site")],
)
def test_a_folder_of_the_project_is_named_from_the_files(folder: str, source: str) -> None:
    of = pod("web", container(mounts=(Mount("s", "/srv"),)), volumes=(ClaimVolume("s", "site"),))
    made = files(definition(of, claims=(Claim("site", HERE, Path("/p/site")),)), Path(folder))
    assert f"Volume={source}:/srv:rbind,rw,nosuid,nodev\n" in made["web-nginx.container"].text


def test_a_registrys_image_can_be_pulled_by_hand() -> None:
    image = RegistryImage("pulled", "docker.io/library/nginx:1")
    made = files(definition(pod("web", container(image=image.reference)), images=(BASE, NGINX, image)))
    assert lines(made["home-pulled.image"].text, "Image") == ["Image=docker.io/library/nginx:1"]
    assert "[Install]" not in made["home-pulled.image"].text
    assert not [name for name, file in made.items() if "pulled-image" in file.text or name.endswith(".build")]


def test_the_wait_for_a_network_ends_well_in_any_case() -> None:
    service = lines(files()["home-network.service"].text, "Service")
    assert service[:2] == ["Type=oneshot", "RemainAfterExit=yes"]
    assert service[2].startswith("ExecStart=/bin/sh -c 'for second in 0 1 2 3 4 5 6 7 8 9; do ")
    assert service[2].endswith("; sleep 1; done'")
