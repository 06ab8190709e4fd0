"""podpipe.yaml's `sockets`, `watch` and `timers`, and the names of units."""

from __future__ import annotations

import pytest

from podpipe.definition.specs import FrontDoor, Watch
from tests.definition.folder import CLAIM, CRON_JOB, POD, ProjectFolder

PORTS = "ports: [{containerPort: 80, hostPort: 80}]"


@pytest.fixture
def folder(project: ProjectFolder) -> ProjectFolder:
    """A pod with a published port, the CronJob sync and the claim data."""
    project.write("pods/web.yaml", f"{POD}      {PORTS}\n")
    project.write("pods/job.yaml", f"{CRON_JOB}---\n{CLAIM}")
    return project


def test_what_they_become(folder: ProjectFolder) -> None:
    folder.add("podpipe.yaml", "sockets: [web/nginx]\nwatch: {data: sync}\ntimers: {sync: {randomDelaySeconds: 600}}")
    definition = folder.definition
    (door,), (watch,) = definition.sockets, definition.watches
    assert (door, watch) == (FrontDoor("web", "nginx", door.place), Watch("data", "sync", watch.place))
    assert definition.cron_jobs[0].random_delay == 600


def test_without_them_there_is_nothing(folder: ProjectFolder) -> None:
    definition = folder.definition
    assert (definition.sockets, definition.watches, definition.cron_jobs[0].random_delay) == ((), (), 0)


REFUSED = [
    ("sockets: [nginx]", "4:11 sockets[0]: `nginx` is not POD/CONTAINER | hint: write it as web/nginx"),
    ("sockets: [web/nginx/80]", "`web/nginx/80` is not POD/CONTAINER"),
    ("sockets: [web/ngnix]", "no container `web/ngnix` is defined | hint: did you mean `web/nginx`?"),
    ("sockets: [a/b]", "no container `a/b` is defined | hint: there are web/nginx"),
    ("sockets: [web/nginx, web/nginx]", "`web/nginx` stands here twice | hint: keep one of the two"),
    ("sockets: web/nginx", "a list is wanted"),
    ("watch: {dat: sync}", "4:14 watch.dat: no PersistentVolumeClaim `dat` is defined | hint: did you mean `data`?"),
    ("watch: {data: snc}", "no CronJob `snc` is defined | hint: did you mean `sync`?"),
    ("watch: {data: web}", "no CronJob `web` is defined | hint: there are sync"),
    ("timers: {snc: {randomDelaySeconds: 1}}", "4:10 timers.snc: no CronJob `snc` is defined | hint: did you mean"),
    ("timers: {sync: {randomDelaySeconds: -1}}", "-1 is not between 0 and"),
    ("timers: {sync: {}}", "the key `randomDelaySeconds` is missing"),
    ("timers: {sync: {randomDelay: 1}}", "unknown key `randomDelay` | hint: did you mean `randomDelaySeconds`?"),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=[text for text, _ in REFUSED])
def test_refused(folder: ProjectFolder, text: str, problem: str) -> None:
    folder.add("podpipe.yaml", text)
    assert [problem in each for each in folder.problems] == [True], folder.problems


UNFIT = [
    (
        "",
        "4:11 sockets[0]: the container nginx publishes no port | hint: give it `ports: [{containerPort: 8080, hostPor",
    ),
    ("ports: [{containerPort: 80}]", "the container nginx publishes no port"),
    (
        "ports: [{containerPort: 80, hostPort: 8080}]",
        "hostPort 8080 is not containerPort 80 | hint: write 8080 for both",
    ),
    (
        "ports: [{containerPort: 80, hostPort: 80, protocol: UDP}]",
        "port 80/udp is not TCP | hint: give UDP to a container",
    ),
]


@pytest.mark.parametrize(("ports", "problem"), UNFIT, ids=[ports or "no ports" for ports, _ in UNFIT])
def test_ports_that_systemd_cannot_hold(folder: ProjectFolder, ports: str, problem: str) -> None:
    folder.write("pods/web.yaml", f"{POD}      {ports}\n")
    folder.add("podpipe.yaml", "sockets: [web/nginx]")
    assert [problem in each for each in folder.problems] == [True], folder.problems


TWIN_UNITS = [
    (
        ("pods/web.yaml", "nginx", "pod"),
        "the container pod of pod web has the unit `web-pod.service`, and so has the pod web",
    ),
    (("pods/job.yaml", "sync", "web-pod"), "a CronJob has the unit `web-pod.service`, and so has the pod web"),
    (("pods/job.yaml", "sync", "data-volume"), "has the unit `data-volume.service`, and so has the claim data"),
    (("pods/job.yaml", "sync", "demo-network"), "has the unit `demo-network.service`, and so has the project"),
    (("pods/job.yaml", "sync", "pulled-image"), "has the unit `pulled-image.service`, and so has the image pulled"),
]


@pytest.mark.parametrize(("change", "problem"), TWIN_UNITS, ids=[problem[-40:] for _, problem in TWIN_UNITS])
def test_names_that_two_units_would_have(folder: ProjectFolder, change: tuple[str, str, str], problem: str) -> None:
    folder.add("podpipe.yaml", "pulled: {registry: docker.io/library/nginx}", indent=2)
    file, before, after = change
    folder.write(file, (folder.root / file).read_text().replace(f"name: {before}", f"name: {after}", 1))
    assert [problem in each for each in folder.problems] == [True], folder.problems


def test_a_schedule_has_a_unit_too(folder: ProjectFolder) -> None:
    folder.write("pods/other.yaml", CRON_JOB.replace("name: sync", "name: sync-schedule", 1))
    (problem,) = folder.problems
    assert "has the unit `sync-schedule.service`, and so has the schedule of the CronJob sync" in problem
