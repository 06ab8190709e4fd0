"""A boot, with nobody logged in: what ran before runs again, and a CronJob's missed run is made up for.

In two runs with a reboot between them, as `scripts/test box` does it: the first one leaves a project running, the
second one, after the boot, tells what became of it and takes it away.
"""

from __future__ import annotations

import os
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest

from podpipe.effects.systemd import user_manager
from podpipe.files import checksum
from podpipe.plan.status import JobRun
from tests.real.test_systemd import answers, state, systemctl
from tests.real.test_up import IMAGE, ROOT, Sample
from tests.real.waiting import wait_until

pytestmark = pytest.mark.real

FOLDER = Path.home() / "boot-test"
STAMPS = Path.home() / ".local/share/systemd/timers"
TWO_YEARS = 2 * 366 * 86400  # the job is a yearly one: no midnight during the tests is its time
SECONDS = 60  # until a box's pods must be up: systemd's own wait for a network takes 90


def boot() -> str:
    """When this system's first process began."""
    return Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19]


def code() -> str:
    """What another version of podpipe left behind tells nothing."""
    return checksum(b"".join(path.read_bytes() for path in sorted((ROOT / "podpipe").rglob("*.py"))))


def after_a_reboot() -> bool:
    left = FOLDER / "boot"
    was_code, _, was_boot = left.read_text().partition(" ") if left.exists() else ("", "", "")
    return was_code == code() and was_boot != boot()


@pytest.fixture(autouse=True)
def systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    if user_manager() is None:
        pytest.skip("no systemd of the user's answers here")
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "systemd")


def test_before_the_reboot(tiny_image: str) -> None:
    if after_a_reboot():
        pytest.skip("this is after it")
    subprocess.run(["podman", "tag", tiny_image, IMAGE], check=True)
    subprocess.run(["rm", "-rf", str(FOLDER)], check=True)
    FOLDER.mkdir()
    sample = Sample(FOLDER, IMAGE)
    (FOLDER / "port").write_text(str(sample.fields["port"]))
    sample.project.up()
    stamp = STAMPS / f"stamp-{sample.name}-job.timer"
    assert stamp.exists()
    long_ago = time.time() - TWO_YEARS
    os.utime(stamp, (long_ago, long_ago))
    (FOLDER / "boot").write_text(f"{code()} {boot()}")
    assert answers(sample)


def test_after_the_reboot(tiny_image: str) -> None:
    if not after_a_reboot():
        pytest.skip("this is before it")
    sample = Sample(FOLDER, IMAGE, int((FOLDER / "port").read_text()))
    try:
        wait_until(lambda: answers(sample), SECONDS)
        assert [state(f"{sample.name}-{unit}.service") for unit in ("pod", "server", "maker")] == ["active"] * 3
        assert sample.project.plan().changes == ()
        wait_until(lambda: any(run.result == "success" for run in runs_since_boot(sample)), SECONDS)
        for unit in ("volume", "pod"):  # the first that called podman takes nothing along
            systemctl("restart", f"{sample.name}-{unit}.service")
            wait_until(lambda: answers(sample) and not sample.project.plan().changes, SECONDS)
    finally:
        sample.project.down()
        subprocess.run(["podman", "volume", "rm", "--force", sample.name], check=False)
        subprocess.run(["rm", "-rf", str(FOLDER)], check=True)


def runs_since_boot(sample: Sample) -> list[JobRun]:
    """A run's start is told in whole seconds, and a box may boot and run it within one."""
    began = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + int(boot()) / os.sysconf("SC_CLK_TCK")
    runs = sample.project.runs(f"{sample.name}-job")
    return [run for run in runs if datetime.fromisoformat(run.started).timestamp() >= int(began)]
