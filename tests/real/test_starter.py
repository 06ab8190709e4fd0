"""The first promise: one command, then a live site and live data."""

from __future__ import annotations

import json
import urllib.error
from pathlib import Path

import pytest

from podpipe.effects.libpod import Libpod
from podpipe.errors import BuildFailed
from podpipe.render.quadlet import MEMORY_BESIDE, TASKS_BESIDE
from tests.real.starter import IMAGES, MARK, Starter
from tests.real.waiting import wait_until

pytestmark = pytest.mark.real

MB = 1_000_000


def test_both_addresses_answer(starter: Starter) -> None:
    page = starter.get(f"{starter.web}/")
    for post in starter.folder.glob("content/posts/[!_]*.md"):
        title = post.read_text().split("title: ")[1].splitlines()[0].strip('"')
        assert (title in page) is not ("draft: true" in post.read_text())
    rows = json.loads(starter.get(f"{starter.data}/data/deaths.json?_shape=array&_size=max"))
    assert len(rows) == len((starter.folder / "sources/deaths.csv").read_text().splitlines()) - 1
    assert {"feed.xml", "sitemap.xml"} <= {
        name for name in ("feed.xml", "sitemap.xml") if starter.get(f"{starter.web}/{name}")
    }
    with pytest.raises(urllib.error.HTTPError) as missing:
        starter.get(f"{starter.web}/nothing-here/")
    assert missing.value.code == 404
    assert "<html" in missing.value.read().decode()


def test_a_second_up_finds_nothing_to_do(starter: Starter) -> None:
    assert starter.project.up().changes == ()
    assert all(row.well for row in starter.project.status())


def test_a_saved_post_is_live_in_a_moment_and_a_broken_one_stays_as_it_was(starter: Starter) -> None:
    posts = starter.folder / "content/posts"
    (posts / "new.md").write_text("---\ntitle: Just written\ndate: 2024-12-01\n---\nHello.\n")
    wait_until(lambda: "Just written" in starter.get(f"{starter.web}/"))
    (posts / "new.md").write_text("---\ntitle: [broken\n---\n")
    (posts / "other.md").write_text("---\ntitle: Beside it\ndate: 2024-12-02\n---\n")
    wait_until(lambda: "Beside it" in starter.get(f"{starter.web}/"))
    assert "Just written" in starter.get(f"{starter.web}/")
    assert "Hello." in starter.get(f"{starter.web}/posts/new/")
    wait_until(lambda: _files_with_mistakes(starter) == ["posts/new.md"])
    (posts / "new.md").unlink()
    wait_until(lambda: "Just written" not in starter.get(f"{starter.web}/"))
    wait_until(lambda: _files_with_mistakes(starter) == [])


def _files_with_mistakes(starter: Starter) -> list[str]:
    return [line.partition(":")[0] for row in starter.project.status() for line in row.mistakes]


def test_an_image_that_does_not_build_leaves_the_old_one_running(starter: Starter, engine: Libpod) -> None:
    file = starter.folder / "containerfiles/nginx/Containerfile"
    good, before = file.read_text(), engine.inspect_image(f"localhost/{MARK}-nginx:latest")["Id"]
    started = {row.name: row.started_at for row in starter.project.status()}
    file.write_text(f"{good}\nRUN echo this goes wrong && exit 7\n")
    with pytest.raises(BuildFailed) as failed:
        starter.project.up()
    assert "exit 7" in failed.value.message
    assert any("this goes wrong" in line for line in failed.value.lines)
    assert engine.inspect_image(f"localhost/{MARK}-nginx:latest")["Id"] == before
    assert {row.name: row.started_at for row in starter.project.status()} == started
    file.write_text(good)
    assert starter.project.plan().changes == ()


def test_a_changed_configuration_makes_one_container_anew(starter: Starter) -> None:
    conf = starter.folder / "containerfiles/nginx/nginx.conf"
    conf.write_text(f"# changed\n{conf.read_text()}")
    before = {row.name: row.started_at for row in starter.project.status()}
    plan = starter.project.up()
    assert [(action.verb, action.name) for action in plan.changes] == [
        ("build", f"{MARK}-nginx"),
        ("recreate", f"{MARK}-web-nginx"),
    ]
    after = {row.name: row.started_at for row in starter.project.status()}
    assert {name for name in after if after[name] != before[name]} == {f"{MARK}-web-nginx"}
    assert "<html" in starter.get(f"{starter.web}/")


def test_a_second_project_comes_up_beside_it(starter: Starter) -> None:
    before = {row.name: row.started_at for row in starter.project.status() if not row.job}
    second = Starter(starter.folder.parent, f"{MARK}-2")
    try:
        second.project.up()
        assert all(row.well for row in second.project.status())
        for page in (second.web, second.data, starter.web, starter.data):
            assert "<html" in starter.get(f"{page}/")
    finally:
        second.remove()
    assert {row.name: row.started_at for row in starter.project.status() if not row.job} == before
    assert starter.project.plan().changes == ()


def test_images_are_small_and_run_as_nobody_special(starter: Starter, engine: Libpod) -> None:
    images = {name: engine.inspect_image(f"localhost/{MARK}-{name}:latest") for name in IMAGES}
    sizes = {name: image["Size"] for name, image in images.items()}
    assert sizes["base"] < 100 * MB
    assert sizes["nginx"] - sizes["base"] <= 15 * MB
    assert sizes["builder"] - sizes["base"] <= 130 * MB
    assert sizes["datasette"] - sizes["base"] <= 130 * MB
    assert {images[name]["User"] for name in IMAGES if name != "base"} == {"1000:1000"}


def test_containers_are_confined(starter: Starter, engine: Libpod) -> None:
    for row in starter.project.status():
        if row.job and row.unit:
            continue  # a job of systemd's leaves no container behind
        inspected = engine.inspect_container(row.name)
        assert inspected["HostConfig"]["ReadonlyRootfs"] is True
        assert not inspected["EffectiveCaps"]
        assert inspected["Config"]["User"] == "1000:1000"
        assert "no-new-privileges" in inspected["HostConfig"]["SecurityOpt"]


def test_containers_have_limits_as_far_as_the_machine_keeps_them(starter: Starter, engine: Libpod) -> None:
    definition, kept = starter.project.definition, engine.controllers()
    for pod in definition.pods:
        for container in pod.containers:
            pid = engine.inspect_container(f"{pod.name}-{container.name}")["State"]["Pid"]
            assert container.memory and definition.limits.processes
            assert "memory" not in kept or str(container.memory + MEMORY_BESIDE) in limits_of(pid, "memory.max")
            tasks = definition.limits.processes + TASKS_BESIDE
            assert "pids" not in kept or str(tasks) in limits_of(pid, "pids.max")
            files = next(line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "open files" in line)
            assert files.split()[3:5] == [str(definition.limits.files)] * 2


def limits_of(pid: int, name: str) -> set[str]:
    """What a process's cgroup and those above say: the limited one is that of its service."""
    own = Path("/sys/fs/cgroup") / Path(f"/proc/{pid}/cgroup").read_text().strip().partition("::/")[2]
    files = [folder / name for folder in (own, *own.parents)]
    return {file.read_text().strip() for file in files if file.exists()}


def test_the_builder_idles_in_little_memory(starter: Starter, engine: Libpod) -> None:
    pid = engine.inspect_container(f"{MARK}-web-builder")["State"]["Pid"]
    status = Path(f"/proc/{pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    assert resident * 1024 <= 40 * MB
