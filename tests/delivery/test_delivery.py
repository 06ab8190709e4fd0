"""From a branch into the pods and back out, against an engine in memory and a real git."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from podpipe import Project
from podpipe.definition.platform import parse_platform
from podpipe.delivery import Delivery
from podpipe.delivery.flight import load_flight
from podpipe.effects.remote import Machine
from podpipe.effects.ssh import Host
from podpipe.errors import (
    BuildFailed,
    DeliveryFailed,
    EngineUnavailable,
    NotOurs,
    PodpipeError,
    RolledBack,
    UsageError,
)
from podpipe.launch import is_cut_off, up
from tests.delivery.workshop import NGINX, Workshop


def test_a_branch_goes_live_and_its_siblings_run_on(workshop: Workshop) -> None:
    commit = workshop.branch("try")
    before = workshop.started()
    release = workshop.rebuild("try")
    assert (release.result, release.branch, release.commit) == ("live", "try", commit)
    steps = ["fetch", "read", "build", "tag", "trial", "swap", "watch", "record"]
    assert [step.name for step in release.steps] == steps
    assert workshop.runs() == workshop.id_of(NGINX) == workshop.id_of(f"localhost/nginx:{commit[:12]}")
    after = workshop.started()
    assert {name for name in after if after[name] != before[name]} == {"web-nginx"}


def test_the_same_again_does_nothing(workshop: Workshop) -> None:
    workshop.branch("try")
    workshop.rebuild("try")
    before = workshop.started()
    release = workshop.rebuild("try")
    assert release.id == 0
    assert workshop.built == ["nginx"]
    assert workshop.started() == before
    assert len(workshop.delivery.history()) == 1


def test_the_project_itself_has_the_verbs(workshop: Workshop) -> None:
    workshop.branch("try")
    project = workshop.project
    release = project.rebuild("nginx", branch="try")
    assert release == project.history()[0]
    assert project.rebuild("nginx", branch="try").result == "live"
    assert workshop.reported.count(f"nothing to do: nginx runs {release.commit[:12]} of try") == 1
    assert project.prune(dry_run=True) == []
    assert project.rollback("nginx").result == "live"
    assert [each.result for each in project.history("nginx")] == ["live", "live"]


def test_another_project_does_not_build_the_same_name_from_other_files(workshop: Workshop, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(workshop.folder, other, ignore=shutil.ignore_patterns(".git"))
    for file, old, new in (("podpipe.yaml", "name: home", "name: other"), ("pods/web.yaml", "name: web", "name: shop")):
        (other / file).write_text((other / file).read_text().replace(old, new).replace("web/nginx", "shop/nginx"))
    second = Project.load(other)
    second._connect = lambda: workshop.engine
    second.up()
    assert workshop.built == []
    (other / "containerfiles/nginx/page").write_text("another")
    third = Project.load(other)
    third._connect = lambda: workshop.engine
    with pytest.raises(NotOurs, match=f"localhost/nginx:latest is built by the project home in {workshop.folder}"):
        third.up()
    assert workshop.built == []
    shutil.rmtree(workshop.folder)
    third.up()
    assert workshop.built == ["nginx"]


def test_the_same_files_are_not_built_again(workshop: Workshop) -> None:
    workshop.branch("try")
    workshop.branch("other", "README", "nothing of an image's")
    workshop.rebuild("try")
    workshop.rebuild("other")  # main's files: those that `up` built
    assert workshop.built == ["nginx"]
    assert workshop.delivery.history()[0].result == "live"


def test_up_keeps_what_was_released_until_the_folder_changes(workshop: Workshop) -> None:
    commit = workshop.branch("try")
    workshop.rebuild("try")
    plan = workshop.project.plan()
    assert plan.changes == ()
    assert f"keep     image     nginx because {commit[:12]} of try is deployed" in str(plan)
    (workshop.folder / "containerfiles/nginx/page").write_text("a newer word")
    assert [action.verb for action in workshop.project.plan().of("image", "build")] == ["build"]


def test_without_deployment_it_is_only_tagged(workshop: Workshop) -> None:
    commit, before = workshop.branch("try"), workshop.started()
    release = workshop.rebuild("try", deploy=False, tag="mine")
    assert release.result == "built"
    assert workshop.id_of(f"localhost/nginx:{commit[:12]}") == workshop.id_of("localhost/nginx:mine")
    assert workshop.started() == before


def test_a_bad_one_comes_out_again(workshop: Workshop) -> None:
    workshop.branch("bad")
    old = workshop.runs()
    workshop.engine.unhealthy.add("web-nginx")
    with pytest.raises(PodpipeError, match="the old one did not get healthy"):
        workshop.rebuild("bad")
    assert workshop.runs() == workshop.id_of(NGINX) == old
    assert workshop.delivery.history()[0].step == "swap"


def test_one_that_fails_its_trial_never_gets_in(workshop: Workshop) -> None:
    workshop.branch("bad")
    before, old = workshop.started(), workshop.runs()
    workshop.engine.unhealthy.add("web-nginx.trial")
    with pytest.raises(RolledBack, match="did not become healthy") as error:
        workshop.rebuild("bad")
    assert error.value.exit_status == 1
    assert workshop.started() == before
    assert workshop.id_of(NGINX) == old
    assert workshop.delivery.history()[0].result == "failed"
    assert "web-nginx.trial" not in {each["Names"][0] for each in workshop.engine.containers()}


def test_a_build_that_fails_leaves_everything(workshop: Workshop) -> None:
    workshop.branch("bad")
    workshop.build_fails = True
    before, old = workshop.started(), workshop.id_of()
    with pytest.raises(BuildFailed):
        workshop.rebuild("bad")
    assert (workshop.started(), workshop.id_of()) == (before, old)
    release = workshop.delivery.history()[0]
    assert (release.result, release.step, release.message) == ("failed", "build", "step 1 failed")
    assert "STEP 1" in workshop.delivery.log(release.id)


@pytest.mark.parametrize("branch", ["none", "--help", "../../x", "a;rm -rf /", "with spaces", "a\nb", "-", "x" * 300])
def test_a_branch_that_is_not_there(workshop: Workshop, branch: str) -> None:
    with pytest.raises(PodpipeError) as error:
        workshop.rebuild(branch)
    assert error.value.exit_status == 1
    assert error.value.hint
    assert workshop.built == []


def test_a_definition_with_mistakes_is_quoted(workshop: Workshop) -> None:
    workshop.branch("bad", "podpipe.yaml", "name: home\nimages: 3\n")
    with pytest.raises(DeliveryFailed, match="has mistakes") as error:
        workshop.rebuild("bad")
    assert any("podpipe.yaml:2" in line for line in error.value.lines)


def test_a_definition_that_is_a_link_out_is_refused(workshop: Workshop) -> None:
    workshop.git("checkout", "--quiet", "-b", "link")
    (workshop.folder / "pods/web.yaml").unlink()
    (workshop.folder / "pods/web.yaml").symlink_to("/etc/passwd")
    workshop.commit("link")
    workshop.git("checkout", "--quiet", "main")
    with pytest.raises(DeliveryFailed, match="out of the repository"):
        workshop.rebuild("link")


@pytest.mark.parametrize("image", ["base", "none"])
def test_what_is_not_built_is_refused(workshop: Workshop, image: str) -> None:
    with pytest.raises(UsageError, match=r"not built|no image"):
        workshop.delivery.rebuild(image)


def test_rollback_and_forward_again(workshop: Workshop) -> None:
    commits = []
    for branch in ("one", "two"):
        commits.append(workshop.branch(branch))
        workshop.rebuild(branch)
    two = workshop.runs()
    assert workshop.delivery.rollback("nginx").branch == "one"
    assert workshop.project.plan().changes == ()
    assert workshop.delivery.rollback("nginx").branch == "two"
    assert workshop.runs() == two
    assert workshop.delivery.rollback("nginx", commits[0][:8]).commit == commits[0]
    assert workshop.runs() != two
    with pytest.raises(UsageError, match="goes by 0000"):
        workshop.delivery.rollback("nginx", "0000")


def test_prune_keeps_what_a_rollback_needs(workshop: Workshop) -> None:
    commits = []
    for branch in ("one", "two", "three", "four"):
        commits.append(workshop.branch(branch))
        workshop.rebuild(branch)
    tags = {tag for image in workshop.delivery.images() if image.image == "nginx" for tag in image.tags}
    assert tags == {"latest", *(commit[:12] for commit in commits[1:])}  # two besides the live one
    assert workshop.delivery.prune() == []
    assert workshop.delivery.rollback("nginx").commit == commits[2]


def test_a_tag_of_ones_own_is_never_pruned(workshop: Workshop) -> None:
    workshop.branch("mine")
    workshop.rebuild("mine", deploy=False, tag="keep")
    for branch in ("one", "two", "three"):
        workshop.branch(branch)
        workshop.rebuild(branch)
    assert workshop.id_of("localhost/nginx:keep")


def test_what_was_built_for_another_machine_is_left_out(workshop: Workshop) -> None:
    commit, theirs = workshop.branch("try"), "localhost/nginx:linux-arm-v7"
    workshop.rebuild("try", deploy=False, tag="keep")
    workshop.engine.add_image(theirs, workshop.engine.inspect_image("localhost/nginx:keep")["Labels"])
    for tag in ("keep", commit[:12]):
        workshop.engine.remove_image(f"localhost/nginx:{tag}")
    with pytest.raises(UsageError, match="no earlier good image"):
        workshop.delivery.rollback("nginx")
    assert workshop.rebuild("try").image_id != workshop.id_of(theirs)
    assert workshop.built == ["nginx", "nginx"]
    workshop.delivery.prune()
    assert workshop.id_of(theirs)


def test_nothing_is_delivered_to_another_machine(workshop: Workshop) -> None:
    folders = (Path("/r"), Path("/s"), Path("/k"))
    project = workshop.project
    project.machine = Machine(Host("pi"), parse_platform("linux/arm/v7"), *folders, ())
    with pytest.raises(UsageError, match="to pi from here"):
        Delivery(project)


@pytest.mark.parametrize("calls", range(2, 60, 6))
def test_wherever_it_is_killed_the_next_command_finds_it(workshop: Workshop, calls: int) -> None:
    workshop.branch("try")
    old = workshop.runs()
    with killed(workshop, calls):
        workshop.rebuild("try")
    workshop.delivery.recover()
    assert load_flight(workshop.project.state) is None
    workshop.project.up()
    assert workshop.runs() == workshop.id_of(NGINX)
    assert workshop.project.plan().changes == ()
    assert workshop.rebuild("try").result == "live"
    assert workshop.runs() != old


def test_up_of_the_folder_ends_what_was_cut_off(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podpipe.effects.engine.connect", lambda: workshop.engine)
    workshop.branch("try")
    with killed(workshop, 40):
        workshop.rebuild("try")
    assert is_cut_off(workshop.project)
    up(workshop.folder)
    assert not is_cut_off(workshop.project)
    assert workshop.runs() == workshop.id_of(NGINX)


@pytest.mark.parametrize("calls", range(2, 60, 6))
def test_wherever_the_engine_goes_away(workshop: Workshop, calls: int) -> None:
    workshop.branch("try")
    workshop.engine.die_after(calls)
    with contextlib.suppress(PodpipeError):
        workshop.rebuild("try")
    workshop.engine.revive()
    workshop.delivery.recover()
    workshop.project.up()
    assert workshop.runs() == workshop.id_of(NGINX)
    assert workshop.rebuild("try").result == "live"


@contextlib.contextmanager
def killed(workshop: Workshop, calls: int) -> Iterator[None]:
    """As if the process had been killed at a call of the engine: what stands in files then is all that is left."""
    state = workshop.project.state
    left: dict[Path, bytes] = {}
    admit = workshop.engine._admit

    def admit_or_die(*call: Any) -> None:
        try:
            admit(*call)
        except EngineUnavailable:
            left.update({path: path.read_bytes() for path in state.rglob("*.json")} if not left else {})
            raise

    workshop.engine._admit = admit_or_die  # type: ignore[method-assign]
    workshop.engine.die_after(calls)
    with contextlib.suppress(PodpipeError):
        yield
    workshop.engine.revive()
    workshop.engine._admit = admit  # type: ignore[method-assign]
    if left:
        for path in state.rglob("*.json"):
            path.unlink()
        for path, content in left.items():
            path.write_bytes(content)


def test_an_image_without_a_probe_gets_time(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podpipe.effects.health.STEADY", 0.3)
    pods = workshop.folder / "pods/web.yaml"
    pods.write_text(pods.read_text().replace('      readinessProbe: {exec: {command: ["true"]}}\n', ""))
    settings = workshop.folder / "podpipe.yaml"
    settings.write_text(settings.read_text().replace("progressDeadlineSeconds: 1, ", ""))
    workshop.commit("no probe")
    workshop.project.up()
    workshop.branch("try")
    assert workshop.rebuild("try").result == "live"


def test_a_rollback_never_deploys_what_was_only_built(workshop: Workshop) -> None:
    first = workshop.runs()
    workshop.branch("one")
    workshop.rebuild("one")
    workshop.branch("pushed")
    workshop.rebuild("pushed", deploy=False)
    workshop.delivery.rollback("nginx")
    assert workshop.runs() == first


def test_rollback_by_the_number_of_history(workshop: Workshop) -> None:
    for branch in ("one", "two"):
        workshop.branch(branch)
        workshop.rebuild(branch)
    workshop.delivery.rollback("nginx", "1")
    assert workshop.delivery.rollback("nginx", "2").branch == "two"
    assert workshop.delivery.rollback("nginx", "1").branch == "one"


@pytest.mark.parametrize("tag", ["latest", "0123456789ab", "id-0123456789ab", "linux-arm-v7", "a b", "--x", "a:b"])
def test_a_tag_of_ones_own_is_none_of_ours(workshop: Workshop, tag: str) -> None:
    workshop.branch("try")
    with pytest.raises(UsageError, match="tag of your own"):
        workshop.rebuild("try", tag=tag)


def test_a_preview_with_the_same_image_does_not_take_the_way_back(workshop: Workshop) -> None:
    workshop.engine.tag_image(NGINX, "localhost/try.nginx:latest")
    first = workshop.runs()
    workshop.branch("one")
    workshop.rebuild("one")
    workshop.delivery.rollback("nginx")
    assert workshop.runs() == first


def test_another_base_is_built_on(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop.branch("try")
    workshop.rebuild("try")
    monkeypatch.setattr("podpipe.delivery.rebuild.Rebuild._has_present_base", lambda _: False)
    assert workshop.rebuild("try").id


def test_what_a_bad_release_was_thought_of_is_forgotten(workshop: Workshop) -> None:
    workshop.branch("bad")
    workshop.engine.unhealthy.update({"web-nginx.trial"})
    for _ in range(2):
        with pytest.raises(RolledBack):
            workshop.rebuild("bad")
    assert workshop.project.plan().of("image", "build") == ()


def test_a_delivery_of_an_image_that_is_no_longer_defined_is_let_go(workshop: Workshop) -> None:
    workshop.branch("try")
    with killed(workshop, 40):
        workshop.rebuild("try")
    settings = workshop.folder / "podpipe.yaml"
    settings.write_text(settings.read_text().replace("  nginx:", "  other:").replace("sockets: [web/nginx]\n", ""))
    pods = workshop.folder / "pods/web.yaml"
    pods.write_text(pods.read_text().replace("localhost/nginx", "localhost/other"))
    workshop.delivery.recover()
    assert load_flight(workshop.project.state) is None


def test_a_dry_run_of_prune_waits_for_nobody_and_recovers_nothing(workshop: Workshop) -> None:
    workshop.branch("try")
    with killed(workshop, 40):
        workshop.rebuild("try")
    before = load_flight(workshop.project.state)
    workshop.delivery.prune(dry_run=True)
    assert load_flight(workshop.project.state) == before


def test_what_no_pod_runs_is_not_called_live(workshop: Workshop) -> None:
    workshop.branch("try")
    workshop.project.down()
    old = workshop.id_of(NGINX)
    with pytest.raises(DeliveryFailed, match="no pod runs nginx"):
        workshop.rebuild("try")
    assert workshop.id_of(NGINX) == old
    assert workshop.delivery.history()[0].result == "failed"
