"""Branches beside production, against an engine in memory and a real git."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podpipe.definition import DefinitionError
from podpipe.delivery.previews import list_previews, remove_preview
from podpipe.errors import (
    BuildFailed,
    CommandFailed,
    DeliveryFailed,
    EngineUnavailable,
    NotOurs,
    RevisionMissing,
    Unhealthy,
    UsageError,
)
from tests.delivery.preview_house import preview_of, started, traces, volume_of
from tests.delivery.workshop import NGINX, Workshop


def test_a_branch_runs_beside_production(house: Workshop) -> None:
    commit = house.branch("try")
    before = house.started()
    preview = preview_of(house)
    assert (preview.state, preview.branch, preview.slug, preview.commit) == ("ready", "try", "try", commit)
    assert preview.addresses == {"web": ["http://127.0.0.1:18080/"], "data": ["http://127.0.0.1:18001/"]}
    assert preview.ports == {"8080/tcp": 18080, "8001/tcp": 18001}
    assert {"try.web-nginx", "try.web-builder", "try.data-server", "try.sync"} < set(traces(house)["containers"])
    assert house.started() == before
    assert house.project.plan().changes == ()
    assert house.built == ["try.nginx"]  # builder's is production's, by one more name
    assert house.id_of("localhost/try.builder:latest") == house.id_of("localhost/builder:latest")
    assert house.id_of("localhost/try.nginx:latest") != house.id_of(NGINX)


def test_it_has_production_s_content_and_the_branch_s_own_folders(house: Workshop) -> None:
    house.branch("try", "notes/a.md", "the branch's")
    preview_of(house)
    copied = volume_of(house, "try.data") / "table"
    assert copied.read_text() == "production's"
    copied.write_text("mine")
    assert (volume_of(house, "data") / "table").read_text() == "production's"
    mounts = house.engine.inspect_container("try.data-server")["Mounts"]
    notes = next(Path(each["Source"]) for each in mounts if each["Destination"] == "/srv/notes")
    assert notes.is_relative_to(house.project.state / "previews/try/tree")
    assert (notes / "a.md").read_text() == "the branch's"


def test_once_more_it_is_renewed_and_only_what_changed_is_touched(house: Workshop) -> None:
    house.branch("try")
    first = preview_of(house, life=60)
    before = started(house, "try.")
    (volume_of(house, "try.data") / "table").write_text("mine")
    again = preview_of(house)
    assert again.expires > first.expires
    assert again.created == first.created
    assert started(house, "try.") == before
    house.branch("try", text="another word")
    third = preview_of(house)
    assert third.commit != first.commit
    assert third.ports == first.ports
    after = started(house, "try.")
    assert {name for name in after if after[name] != before[name]} == {"try.web-nginx"}
    assert (volume_of(house, "try.data") / "table").read_text() == "mine"


def test_a_running_container_sees_the_newer_folder(house: Workshop) -> None:
    house.branch("try", "notes/a.md", "first")
    preview_of(house)
    before = started(house, "try.")
    notes = house.project.state / "previews/try/tree/notes"
    inode = notes.stat().st_ino
    house.branch("try", "notes/a.md", "second")
    preview_of(house)
    assert (notes / "a.md").read_text() == "second"
    assert notes.stat().st_ino == inode
    assert started(house, "try.") == before


def test_nothing_is_left_of_one_that_is_removed(house: Workshop) -> None:
    before = traces(house)
    house.branch("try")
    preview_of(house)
    assert traces(house) != before
    assert remove_preview(house.project, "try").branch == "try"
    assert traces(house) == before
    assert not list((house.project.state / "previews").glob("*.log"))
    with pytest.raises(UsageError, match="there is no preview of try"):
        remove_preview(house.project, "try")


def test_two_live_side_by_side(house: Workshop) -> None:
    branches = ["feature/nginx", "feature-nginx", "nginx"]
    for branch in branches:
        house.branch(branch)
    made = [preview_of(house, branch) for branch in branches]
    assert len({each.slug for each in made}) == 3
    assert len({number for each in made for number in each.ports.values()}) == 6
    assert sorted(each.branch for each in list_previews(house.project)) == sorted(branches)
    remove_preview(house.project, made[0].slug)
    assert sorted(each.branch for each in list_previews(house.project)) == ["feature-nginx", "nginx"]
    assert "nginx.web-nginx" in traces(house)["containers"]


def test_only_the_pods_that_were_asked_for(house: Workshop) -> None:
    house.branch("try")
    preview = preview_of(house, chosen=["web"])
    assert list(preview.addresses) == ["web"]
    assert "try.data" not in traces(house)["pods"]
    assert "try.data" not in traces(house)["volumes"]
    with pytest.raises(UsageError, match="no pod or CronJob is called nobody") as error:
        preview_of(house, chosen=["nobody"])
    assert error.value.hint == "there are data, web, sync"


# --- what goes wrong ------------------------------------------------------------------------------------------------


def break_build(house: Workshop) -> None:
    house.build_fails = True


def break_health(house: Workshop) -> None:
    house.engine.unhealthy.add("try.web-nginx")


def break_job(house: Workshop) -> None:
    house.engine.exit_codes["try.sync"] = 3


@pytest.mark.parametrize(
    ("spoil", "error"), [(break_build, BuildFailed), (break_health, Unhealthy), (break_job, Unhealthy)]
)
def test_one_that_fails_leaves_its_log_and_nothing_else(
    house: Workshop, spoil: Callable[[Workshop], None], error: type[Exception]
) -> None:
    before = traces(house)
    house.branch("try")
    spoil(house)
    with pytest.raises(error) as raised:
        preview_of(house, timeout=0.1)
    assert traces(house) == before
    log = house.project.state / "previews/try.log"
    assert str(raised.value) in log.read_text()
    assert "building image try.nginx" in log.read_text()
    assert f"the log is {log}" in house.reported


def test_one_that_fails_may_be_kept(house: Workshop) -> None:
    house.branch("try")
    break_health(house)
    with pytest.raises(Unhealthy):
        preview_of(house, timeout=0.1, keep=True)
    assert [each.state for each in list_previews(house.project)] == ["failed"]
    assert "try.web" in traces(house)["pods"]
    house.engine.unhealthy.clear()
    assert preview_of(house).state == "ready"


def test_one_that_lived_stays_when_a_newer_commit_fails(house: Workshop) -> None:
    house.branch("try")
    preview_of(house)
    house.branch("try", text="worse")
    break_build(house)
    with pytest.raises(BuildFailed):
        preview_of(house)
    assert [each.state for each in list_previews(house.project)] == ["failed"]
    assert "try.web-nginx" in traces(house)["containers"]


def test_a_copy_that_fails(house: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise CommandFailed("copying the volume data failed")

    before = traces(house)
    house.branch("try")
    monkeypatch.setattr("podpipe.delivery.preview_making.copy_volume", fail)
    with pytest.raises(CommandFailed):
        preview_of(house)
    assert traces(house) == before


def test_the_branch_s_mistakes_are_shown_as_they_are(house: Workshop) -> None:
    before = traces(house)
    house.branch("try", "pods/web.yaml", "apiVersion: v1\nkind: Pad\n")
    with pytest.raises(DefinitionError, match=r"pods/web\.yaml:2:7"):
        preview_of(house)
    assert traces(house) == before


def test_a_branch_may_not_show_files_of_the_machine(house: Workshop, tmp_path: Path) -> None:
    before = traces(house)
    (tmp_path / "secret.yaml").write_text("apiVersion: hush\n")
    house.git("checkout", "--quiet", "-B", "try", "main")
    (house.folder / "pods/more.yaml").symlink_to(tmp_path / "secret.yaml")
    house.commit("try")
    house.git("checkout", "--quiet", "main")
    with pytest.raises(DeliveryFailed, match=r"pods/more\.yaml is a link out of the repository"):
        preview_of(house)
    assert traces(house) == before


@pytest.mark.parametrize("branch", ["", "--help", "../../x", "a..b", "a b", "a\nb", "x" * 300, "-rf", "a\x1b[31m"])
def test_what_is_no_branch_s_name_is_refused(house: Workshop, branch: str) -> None:
    before = traces(house)
    with pytest.raises(UsageError, match="is not a name of a branch"):
        preview_of(house, branch)
    assert traces(house) == before


@pytest.mark.parametrize("branch", ["a;rm-rf", "$(id)", "é/ü", "UPPER", "a'b\"c", "x" * 100])
def test_strange_names_do_no_harm(house: Workshop, branch: str) -> None:
    before = traces(house)
    house.branch(branch)
    assert preview_of(house, branch).state == "ready"
    remove_preview(house.project, branch)
    assert traces(house) == before


def test_a_branch_that_is_not_there(house: Workshop) -> None:
    before = traces(house)
    with pytest.raises(RevisionMissing, match="no branch nowhere"):
        preview_of(house, "nowhere")
    assert traces(house) == before
    assert list_previews(house.project) == []


def test_a_volume_that_somebody_else_made_is_not_written_to(house: Workshop) -> None:
    house.branch("try")
    house.engine.create_volume({"Name": "try.data", "Labels": {}})
    with pytest.raises(NotOurs, match=r"a volume called try\.data is there already"):
        preview_of(house)
    assert "try.data" in traces(house)["volumes"]


def test_a_port_that_is_taken_is_passed_over(house: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "podpipe.delivery.preview_making.find_listener", lambda port, *_: "x" if port == 18080 else None
    )
    house.branch("try")
    assert preview_of(house).ports == {"8080/tcp": 18081, "8001/tcp": 18001}


@given(calls=st.integers(0, 90))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_wherever_it_is_killed_it_can_be_made_or_removed(house: Workshop, calls: int) -> None:
    before = traces(house)
    house.branch("try")
    house.engine.die_after(calls)
    with contextlib.suppress(EngineUnavailable):
        preview_of(house)
    house.engine.revive()
    states = [each.state for each in list_previews(house.project)]
    assert states in ([], ["ready"], ["half made"], ["half removed"])
    if calls % 2:
        assert preview_of(house).state == "ready"
        assert (volume_of(house, "try.data") / "table").read_text() == "production's"
    if list_previews(house.project):
        remove_preview(house.project, "try")
    shutil.rmtree(house.engine.storage / "volumes/try.data", ignore_errors=True)
    assert traces(house) == before
