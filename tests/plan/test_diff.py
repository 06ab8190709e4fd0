from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.errors import NotOurs
from podpipe.plan import (
    Action,
    Observed,
    ObservedContainer,
    ObservedImage,
    ObservedPod,
    Plan,
    WantedImage,
    plan_down,
    plan_images,
    plan_up,
)
from podpipe.render import Desired
from podpipe.render.labels import labelled
from tests.samples import container, definition, desired, job, pod, site_definition

WANTED = {"base": WantedImage("b" * 64), "nginx": WantedImage("n" * 64)}
IMAGES = {
    "localhost/base:latest": ObservedImage("idbase", "b" * 64),
    "localhost/nginx:latest": ObservedImage("idnginx", "n" * 64),
}
NOTHING = Observed((4, 3, 1), images={}, volumes={}, pods={}, containers={})


def running(of: Desired) -> Observed:
    """What a machine looks like on which `of` runs."""
    pods, containers = {}, {}
    for workload in of.workloads:
        if workload.pod:
            labels = labelled(of.project, workload.pod)["labels"]
            pods[workload.name] = ObservedPod(workload.name, f"pod-{workload.name}", labels, "running", True)
        for request in workload.containers:
            containers[request["name"]] = ObservedContainer(
                name=request["name"],
                id=f"id-{request['name']}",
                pod=request.get("pod", ""),
                labels=labelled(of.project, request)["labels"],
                state="exited" if workload.is_job else "running",
                image_id="idnginx",
                inspect=inspect_of(request),
            )
    volumes = {request["Name"]: {} for request in of.volumes}
    return Observed((4, 3, 1), IMAGES, volumes, pods, containers)


def inspect_of(request: dict[str, Any]) -> dict[str, Any]:
    mounts = [{"Destination": each["Dest"], "Name": each["Name"]} for each in request["volumes"]]
    return {
        "Config": {"Env": [f"{key}={value}" for key, value in request["env"].items()], "User": request.get("user", "")},
        "HostConfig": {
            "RestartPolicy": {"Name": request["restart_policy"]},
            "Memory": 0,
            "ReadonlyRootfs": request["read_only_filesystem"],
        },
        "Mounts": mounts,
    }


def changes(plan: Plan) -> list[str]:
    return [str(action) for action in plan.changes]


def test_on_a_bare_machine_everything_is_created() -> None:
    assert changes(plan_up(desired(), NOTHING, WANTED)) == [
        "build    image     base",
        "build    image     nginx",
        "create   volume    site",
        "create   pod       web",
        "create   container web-nginx",
        "create   container web-builder",
        "create   job       sync",
    ]


def test_what_runs_as_defined_is_kept() -> None:
    plan = plan_up(desired(), running(desired()), WANTED)
    assert changes(plan) == []
    assert {action.verb for action in plan.actions} == {"keep"}


names = st.sampled_from(["a", "b", "c"])
pods = st.lists(
    st.builds(
        lambda name, members, hostname: pod(name, *(container(each) for each in members), hostname=hostname),
        names,
        st.lists(names, min_size=1, unique=True),
        st.sampled_from(["", "x"]),
    ),
    unique_by=lambda each: each.name,
)


def contents(of: list[Any]) -> set[Any]:
    return {(each.name, each.hostname, frozenset(member.name for member in each.containers)) for each in of}


@given(before=pods, after=pods)
def test_a_plan_carried_out_leaves_nothing_to_do(before: list[Any], after: list[Any]) -> None:
    machine = running(desired(definition(*before)))
    wanted = desired(definition(*after))
    first = plan_up(wanted, machine, WANTED)
    assert plan_up(wanted, running(wanted), WANTED).changes == ()
    assert (first.changes == ()) == (contents(before) == contents(after))


def test_a_changed_container_is_recreated_and_its_siblings_kept() -> None:
    web = site_definition().pods[0]
    nginx, builder = web.containers
    changed = replace(site_definition(), pods=(replace(web, containers=(replace(nginx, env=(("A", "1"),)), builder)),))
    plan = plan_up(desired(changed), running(desired()), WANTED)
    assert changes(plan) == ["recreate container web-nginx because env.A was nothing is 1"]


def test_a_changed_pod_takes_its_containers_with_it() -> None:
    changed = replace(site_definition(), pods=(replace(site_definition().pods[0], hostname="x"),))
    assert changes(plan_up(desired(changed), running(desired()), WANTED)) == [
        "recreate pod       web because hostname was web is x",
        "create   container web-nginx",
        "create   container web-builder",
    ]


def test_what_is_no_longer_defined_is_removed_but_its_volume_kept() -> None:
    assert changes(plan_up(desired(definition(cron_jobs=(job(),))), running(desired()), WANTED)) == [
        "remove   pod       web because the definition no longer has it"
    ]
    web = site_definition().pods[0]
    smaller = replace(site_definition(), pods=(replace(web, containers=web.containers[:1]),))
    assert "remove   container web-builder because the definition no longer has it" in changes(
        plan_up(desired(smaller), running(desired()), WANTED)
    )


def test_choosing_pods_leaves_the_others_alone() -> None:
    machine = running(desired(definition(pod("other"), *site_definition().pods)))
    assert changes(plan_up(desired(chosen=("web",)), machine, WANTED)) == []


def test_what_stopped_is_started() -> None:
    machine = running(desired())
    stopped = replace(machine.containers["web-nginx"], state="exited", exit_code=1)
    failed = replace(machine.containers["sync"], state="exited", exit_code=3)
    machine = replace(machine, containers={**machine.containers, "web-nginx": stopped, "sync": failed})
    assert changes(plan_up(desired(), machine, WANTED)) == [
        "start    container web-nginx because it is exited",
        "recreate job       sync because its last run failed with exit code 3",
    ]


def test_a_pod_whose_infra_is_gone_is_started() -> None:
    machine = running(desired())
    machine = replace(machine, pods={"web": replace(machine.pods["web"], infra_running=False, state="exited")})
    assert changes(plan_up(desired(), machine, WANTED)) == ["start    pod       web because it is exited"]


def test_an_image_that_podpipe_did_not_build_is_left_alone() -> None:
    machine = replace(running(desired()), images={**IMAGES, "localhost/nginx:latest": ObservedImage("theirs")})
    with pytest.raises(NotOurs, match="localhost/nginx:latest is there already, and podpipe did not build it") as error:
        plan_up(desired(), machine, WANTED)
    assert "podpipe build --force nginx" in error.value.hint
    assert plan_images(desired().images, machine, WANTED, forced=["nginx"])[1].verb == "build"


def test_what_is_deployed_stays_whatever_the_folder_gives_and_its_base() -> None:
    deployed = {**WANTED, "base": WantedImage("f" * 64), "nginx": WantedImage("f" * 64, "0123 of main")}
    plan = plan_up(desired(), running(desired()), deployed)
    assert [str(action) for action in plan.of("image")] == [
        "build    image     base because context was bbbbbbbbbbbb is ffffffffffff",
        "keep     image     nginx because 0123 of main is deployed",
    ]
    forced = plan_images(desired().images, running(desired()), deployed, forced=["nginx"])
    assert [action.verb for action in forced] == ["build", "build"]


def test_a_changed_context_is_built_and_its_containers_made_anew() -> None:
    plan = plan_up(desired(), running(desired()), {**WANTED, "nginx": WantedImage("f" * 64)})
    assert changes(plan)[0] == "build    image     nginx because context was nnnnnnnnnnnn is ffffffffffff"
    because = "because its image localhost/nginx:latest is built"
    assert changes(plan)[1:] == [
        f"recreate container web-nginx {because}",
        f"recreate container web-builder {because}",
        f"recreate job       sync {because}",
    ]


def test_an_image_that_was_retagged_is_seen() -> None:
    machine = running(desired())
    images = {**IMAGES, "localhost/nginx:latest": ObservedImage("other", "n" * 64)}
    plan = plan_up(desired(chosen=("sync",)), replace(machine, images=images), WANTED)
    assert changes(plan) == ["recreate job       sync because image was idnginx is other"]


@pytest.mark.parametrize(
    ("where", "field", "value", "reason"),
    [
        ("HostConfig", "Memory", 1024, "resource_limits.memory.limit was 1024 is 0"),
        ("HostConfig", "RestartPolicy", {"Name": "no"}, "restart_policy was no is always"),
        ("HostConfig", "ReadonlyRootfs", False, "read_only_filesystem was false is true"),
        ("Config", "User", "0", "user was 0 is 1000:1000"),
    ],
)
def test_drift_that_no_label_shows(where: str, field: str, value: Any, reason: str) -> None:
    machine = running(desired())
    seen = machine.containers["web-nginx"]
    inspect = {**(seen.inspect or {}), where: {**(seen.inspect or {})[where], field: value}}
    machine = replace(machine, containers={**machine.containers, "web-nginx": replace(seen, inspect=inspect)})
    assert changes(plan_up(desired(), machine, WANTED)) == [f"recreate container web-nginx because {reason}"]


def test_what_others_made_is_never_touched() -> None:
    machine = running(desired())
    foreign = replace(machine, pods={"web": replace(machine.pods["web"], labels={"io.podpipe.project": "other"})})
    with pytest.raises(NotOurs, match="pod called web is there already and belongs to the project other"):
        plan_up(desired(), foreign, WANTED)
    foreign = replace(machine, containers={"sync": replace(machine.containers["sync"], labels={})})
    with pytest.raises(NotOurs, match="container called sync is there already and was not made by podpipe"):
        plan_up(desired(), foreign, WANTED)
    foreign = replace(machine, volumes={**machine.volumes, "site": {"io.podpipe.project": "other"}})
    with pytest.raises(NotOurs, match="volume called site is there already and belongs to the project other"):
        plan_up(desired(), foreign, WANTED)
    assert plan_down("someone", machine).changes == ()


def test_down_removes_pods_and_jobs_only() -> None:
    assert changes(plan_down("home", running(desired()))) == ["remove   pod       web", "remove   job       sync"]
    assert changes(plan_down("home", running(desired()), ("sync",))) == ["remove   job       sync"]


def test_what_a_later_look_finds_is_done_too() -> None:
    first = Plan((Action("keep", "pod", "data"), Action("create", "pod", "web"), Action("keep", "volume", "site")))
    later = Plan((Action("recreate", "pod", "data"), Action("start", "pod", "web"), Action("keep", "volume", "site")))
    done = first.then(later)
    assert [str(action).split() for action in done.changes] == [["create", "pod", "web"], ["recreate", "pod", "data"]]
    assert len(done.actions) == 3
    assert first.then(Plan(())) == first
