"""Back to an earlier release, and forward again only with something new."""

from __future__ import annotations

import pytest

from podpipe.errors import UsageError
from podpipe.web.__main__ import main
from podpipe.web.release import current_release, releases
from podpipe.web.rollback import held_release, kept_releases, roll_back

from .conftest import Desk


def publish(desk: Desk, *texts: str) -> None:
    for text in texts:
        desk.post("about.md", text, title="About")
        desk.build()


def test_a_rollback_stays_until_the_content_is_another(desk: Desk) -> None:
    publish(desk, "One.", "Two.", "Three.")
    assert roll_back(desk.output) == "2"
    assert "Two." in desk.page("about/index.html")
    assert desk.build().release == "2"
    assert roll_back(desk.output) == "1"
    assert desk.build().release == "1"
    publish(desk, "Four.")
    assert (current_release(desk.output), held_release(desk.output)) == ("4", "")
    assert "Four." in desk.page("about/index.html")
    publish(desk, "Three.")
    assert current_release(desk.output) == "5"


def test_forward_again_to_the_newest(desk: Desk) -> None:
    publish(desk, "One.", "Two.")
    roll_back(desk.output)
    assert roll_back(desk.output, "2") == "2"
    assert held_release(desk.output) == ""


def test_what_waits_to_be_used_up_is_not_gone_back_to(desk: Desk) -> None:
    publish(desk, *"abcdefg")
    assert kept_releases(desk.output) == ["7", "6", "5", "4", "3"]
    assert "2" in releases(desk.output)
    with pytest.raises(UsageError, match="there is no release 2"):
        roll_back(desk.output, "2")


@pytest.mark.parametrize("wanted", ["", "9", "../x", "\x00"])
def test_what_is_not_kept_is_refused(desk: Desk, wanted: str) -> None:
    with pytest.raises(UsageError, match="there is no release"):
        roll_back(desk.output, wanted)
    publish(desk, "One.")
    with pytest.raises(UsageError, match="there is no release"):
        roll_back(desk.output, wanted)
    assert current_release(desk.output) == "1"


def test_by_the_command_line(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    publish(desk, "One.", "Two.")
    assert main(["--output", str(desk.output), "--rollback"]) == 0
    assert current_release(desk.output) == "1"
    assert main(["--output", str(desk.output), "--rollback", "7"]) == 2
    assert "there is no release 7" in capsys.readouterr().err
