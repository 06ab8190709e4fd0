from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.definition.preview import original_name, preview_name, preview_of, published, slug_of
from podpipe.definition.specs import (
    BuiltImage,
    Claim,
    ClaimVolume,
    Container,
    CronJob,
    DebianImage,
    Definition,
    FrontDoor,
    HostPathVolume,
    Image,
    Mount,
    Pod,
    Port,
    RegistryImage,
    Watch,
    local_reference,
)
from podpipe.render import render_desired
from podpipe.render.units import render_units
from tests.samples import BASE, HERE, NGINX, PLACES, container, definition, job, pod, site_definition

# --- slugs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("branch", ["main", "fix-2", "a", "0", "x" * 20])
def test_a_short_plain_name_is_its_own_slug(branch: str) -> None:
    assert slug_of(branch) == branch


@pytest.mark.parametrize(
    ("branch", "begins"),
    [
        ("feature/comments", "feature-com-"),
        ("Main", "main-"),
        ("x" * 21, "xxxxxxxxxxx-"),
        ("a;rm -rf /", "a-rm-rf-"),
        ("../../x", "x-"),
        ("--help", "help-"),
        ("-x", "x-"),
        ("été", "t-"),
        ("日本", "branch-"),
        ("", "branch-"),
        ("x-0123abcd", "x-0123abcd-"),  # it looks as if it had a hash
    ],
)
def test_another_name_gets_a_hash(branch: str, begins: str) -> None:
    assert re.fullmatch(f"{begins}[0-9a-f]{{8}}", slug_of(branch))


@given(st.sets(st.text("aA-/.0f", max_size=24) | st.text(max_size=30), min_size=2, max_size=6))
def test_a_slug_is_a_short_word_and_nobody_elses(branches: set[str]) -> None:
    slugs = {slug_of(branch) for branch in branches}
    assert len(slugs) == len(branches)
    assert all(re.fullmatch("[a-z0-9]([a-z0-9-]*[a-z0-9])?", slug) and len(slug) <= 20 for slug in slugs)


# --- names -------------------------------------------------------------------------------------------------------

# Few and alike, so that a name made of two of them may well be a third one.
NAMES = st.sampled_from(["a", "b", "a-b", "x", "a-x", "x-a", "pod", "volume", "network", "schedule", "home"])


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Names, ports and references as wild as the reader of manifests lets them through, and a little wilder."""
    claims = draw(st.lists(NAMES, min_size=1, unique=True, max_size=3))
    images: list[Image] = [BASE, RegistryImage("pulled", "registry.invalid/pulled:1")]
    images += [
        BuiltImage(name, Path("/p", name), Path("/p", name, "Containerfile"), bases=("base",))
        for name in draw(st.lists(NAMES, min_size=1, unique=True, max_size=3))
    ]
    numbers = iter(draw(st.permutations(range(8000, 8012))))
    references = [local_reference(image.name) for image in images if isinstance(image, BuiltImage)]

    def containers(count: int) -> tuple[Container, ...]:
        names = draw(st.lists(NAMES, min_size=count, max_size=count, unique=True))
        return tuple(
            container(
                name,
                image=draw(st.sampled_from(references)),
                ports=tuple(Port(80, next(numbers)) for _ in range(draw(st.integers(0, 2)))),
                mounts=(Mount("v", "/v"),),
            )
            for name in names
        )

    def template(name: str, count: int) -> Pod:
        return pod(name, *containers(count), volumes=(ClaimVolume("v", draw(st.sampled_from(claims))),))

    pods = [template(name, draw(st.integers(1, 2))) for name in draw(st.lists(NAMES, max_size=2, unique=True))]
    jobs = [cron_job(template(name, 1), draw) for name in draw(st.lists(NAMES, max_size=2, unique=True))]
    return Definition(
        name=draw(NAMES),
        root=Path("/p"),
        images=tuple(images),
        pods=tuple(pods),
        cron_jobs=tuple(jobs),
        claims=tuple(Claim(name, HERE) for name in claims),
        infra="localhost/base:latest",
        sockets=tuple(FrontDoor(each.name, each.containers[0].name, HERE) for each in pods if each.containers[0].ports),
        watches=tuple(Watch(claims[0], each.name, HERE) for each in jobs),
    )


def cron_job(template: Pod, draw: st.DrawFn) -> CronJob:
    without_ports = replace(template, containers=(replace(template.containers[0], ports=()),))
    policy = draw(st.sampled_from(["Allow", "Forbid", "Replace"]))
    return replace(job(template.name, concurrency_policy=policy), template=without_ports)


def made(of: Definition) -> dict[str, set[Any]]:
    """Everything that has a name on the machine."""
    desired = render_desired(of, PLACES)
    requests = [request for workload in desired.workloads for request in workload.containers]
    files = render_units(of, desired, Path("/config", of.name))
    return {
        "project": {of.name},
        "podman": {*(workload.name for workload in desired.workloads), *(request["name"] for request in requests)},
        "volumes": {request["Name"] for request in desired.volumes},
        "images": {local_reference(image.name) for image in of.images if isinstance(image, BuiltImage)},
        "ports": {number for number, _ in published(of)},
        "files": {file.name for file in files},
        "units": {file.unit for file in files},
    }


def preview(of: Definition, slug: str, first: int = 18000) -> Definition:
    return preview_of(of, slug, {port: first + index for index, port in enumerate(published(of))}, of.images)


@given(definitions(), definitions(), st.tuples(NAMES, NAMES).filter(lambda pair: pair[0] != pair[1]))
def test_nothing_of_a_preview_has_a_name_of_production_or_of_another(
    production: Definition, branch: Definition, slugs: tuple[str, str]
) -> None:
    one, other = (made(preview(branch, slug, first)) for slug, first in zip(slugs, (18000, 19000)))
    ours = made(production)
    for what, names in one.items():
        assert not names & ours[what], what
        assert not names & other[what], what
    assert not one["podman"] & (ours["volumes"] | ours["images"])


@given(definitions(), NAMES)
def test_everything_is_there_under_its_new_name(branch: Definition, slug: str) -> None:
    def renamed(names: set[str]) -> set[str]:
        return {preview_name(slug, name) for name in names}

    one, ours = made(preview(branch, slug)), made(branch)
    for what in ("project", "podman", "volumes"):
        assert one[what] == renamed(ours[what])
    assert {original_name(name) for name in one["podman"]} == ours["podman"]
    assert len(one["ports"]) == len(ours["ports"])
    assert not any(name.endswith((".socket", ".timer", ".path", "-schedule.service")) for name in one["files"])


def test_inside_nothing_changes_but_names() -> None:
    branch = site_definition()
    was, now = (render_desired(each, PLACES).workloads[0] for each in (branch, preview(branch, "x")))
    assert now.pod is not None
    assert now.pod["hostname"] == "web"
    assert now.pod["portmappings"] == [
        {"container_port": 8080, "host_port": 18000, "host_ip": "", "protocol": "tcp"},
    ]
    for before, after in zip(was.containers, now.containers):
        changed = {key for key in before if before[key] != after[key]}
        assert changed == {"name", "pod", "image", "volumes"}
    assert render_desired(preview(branch, "x"), PLACES).workloads[1].containers[0]["hostname"] == "sync"


def test_what_the_machine_has_is_only_read() -> None:
    volumes = (HostPathVolume("h", Path("/mnt/usb")), ClaimVolume("c", "site"))
    web = pod("web", container(mounts=(Mount("h", "/h"), Mount("c", "/c"))), volumes=volumes)
    mounts = preview(definition(web, claims=(Claim("site", HERE),)), "x").pods[0].containers[0].mounts
    assert [(each.volume, each.read_only) for each in mounts] == [("h", True), ("c", False)]


def test_a_base_is_production_s_only_where_it_is_the_same() -> None:
    branch = definition()
    same = preview_of(branch, "x", {}, (BASE,))
    assert [image.name for image in same.images] == ["base", "x.nginx"]
    assert same.images[1] == replace(NGINX, name="x.nginx")
    assert same.infra == "localhost/base:latest"
    other = preview_of(branch, "x", {}, (replace(BASE, suite="trixie"),))
    assert [image.name for image in other.images] == ["x.base", "x.nginx"]
    assert other.images[1] == replace(NGINX, name="x.nginx", bases=("x.base",), stand_ins=(("base", "x.base"),))
    assert other.infra == "localhost/x.base:latest"
    assert isinstance(other.images[0], DebianImage)
