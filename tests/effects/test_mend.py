from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe.effects import mend
from podpipe.effects.mend import Mended, apply_mends
from podpipe.plan.doctor import Mend
from podpipe.plan.doctor.finding import install

REFUSED = Mend(("sh", "-c", "echo no; exit 1"))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of programs that play sudo and apt-get, for somebody who is not root."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("podpipe.effects.mend.os.getuid", lambda: 1000)
    mend.can_be_root.cache_clear()
    yield tmp_path
    mend.can_be_root.cache_clear()


def write(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def give_sudo(folder: Path) -> None:
    """It asks for no password, and writes down what it is asked to do."""
    write(folder / "sudo", f'[ "$1" = -n ] || exit 1; shift; echo "$*" >>{folder}/sudo.log; exec "$@"')


def outcomes(*mends: Mend) -> list[str]:
    return [each.outcome for each in apply_mends(mends, lambda _: None)]


def test_what_the_user_may_do(programs: Path) -> None:
    assert outcomes(Mend(("touch", str(programs / "done"))), REFUSED) == ["done", "failed"]
    assert (programs / "done").exists()
    (failed,) = apply_mends([REFUSED], lambda _: None)
    assert failed == Mended(REFUSED, "failed", ("no",))
    assert failed.as_json() == {"command": "echo no; exit 1", "outcome": "failed", "lines": ["no"]}


def test_what_root_may_do_is_left_where_sudo_asks_for_a_password(programs: Path) -> None:
    write(programs / "sudo", "echo 'sudo: a password is required' >&2; exit 1")
    reports: list[str] = []
    (left,) = apply_mends([Mend(("touch", str(programs / "done")), as_root=True)], reports.append)
    assert (left.outcome, left.lines, reports) == ("left", (), [])
    assert not (programs / "done").exists()


def test_what_polkit_allows_needs_no_root(programs: Path) -> None:
    write(programs / "sudo", "exit 1")
    allowed = Mend(("true",), as_root=True, root_optional=True)
    refused = Mend(("false",), as_root=True, root_optional=True)
    assert outcomes(allowed, refused) == ["done", "left"]


def test_sudo_without_a_password(programs: Path) -> None:
    give_sudo(programs)
    assert outcomes(Mend(("true",), as_root=True), Mend(("false",), as_root=True)) == ["done", "failed"]
    log = (programs / "sudo.log").read_text().splitlines()
    assert log == ["true", "env DEBIAN_FRONTEND=noninteractive true", "env DEBIAN_FRONTEND=noninteractive false"]


def test_what_comes_at_last_waits_for_all_else(programs: Path) -> None:
    last = Mend(("true",), at_last=True)
    assert outcomes(Mend(("true",)), last) == ["done", "done"]
    assert outcomes(REFUSED, Mend(("true",)), last) == ["failed", "done", "skipped"]


def test_apts_lists_are_read_where_they_are_stale(programs: Path) -> None:
    give_sudo(programs)
    write(
        programs / "apt-get",
        f'echo "$*" >>{programs}/apt.log; [ $1 = update ] || [ -e {programs}/new ] && touch {programs}/new',
    )
    assert outcomes(install("git", "crun")) == ["done"]
    wanted = "install -y --no-install-recommends git crun"
    assert (programs / "apt.log").read_text().splitlines() == [wanted, "update -q", wanted]


def test_a_program_that_is_not_there(programs: Path) -> None:
    (failed,) = apply_mends([Mend(("no-such-program",))], lambda _: None)
    assert failed.outcome == "failed"
    assert "not installed" in failed.lines[0]
