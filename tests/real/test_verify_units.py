"""What systemd itself says of the units: nothing, where all is well."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from podpipe.definition.specs import Claim, FrontDoor, Watch
from podpipe.quadlet.generator import generate
from podpipe.render.units import render_units
from tests.samples import HERE, definition, desired, job, site_pod

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze"),
]


def test_systemd_has_nothing_to_say(tmp_path: Path) -> None:
    jobs = (
        job("sync", starting_deadline=60, random_delay=5, time_zone="Europe/Berlin"),
        job("other", concurrency_policy="Replace"),
        job("third", concurrency_policy="Forbid"),
    )
    of = definition(
        site_pod(),
        cron_jobs=(*jobs[:1], replace(jobs[1], schedule="0 0 13 * 5"), jobs[2]),
        claims=(Claim("site", HERE),),
        sockets=(FrontDoor("web", "nginx", HERE),),
        watches=(Watch("site", "sync", HERE),),
    )
    files = render_units(of, desired(of), tmp_path)
    made = generate({f"{tmp_path / file.name}": file.text for file in files if file.is_quadlet}, user=True)
    assert not made.errors and not made.warnings
    texts = {**made.files, **{file.name: file.text for file in files if not file.is_quadlet}}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    names = [name for name in texts if "@" not in name]
    command = ["systemd-analyze", "--user", "verify", *names, "./sync@one.service"]
    environment = {"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "XDG_RUNTIME_DIR": f"{tmp_path}", "HOME": f"{tmp_path}"}
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert said.stdout + said.stderr == ""
