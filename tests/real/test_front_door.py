"""The starter's nginx behind a socket of systemd's: whatever becomes of nginx, who asks waits at most."""

from __future__ import annotations

import http.client
import subprocess
import time
import urllib.error
from collections.abc import Iterator
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from podpipe.effects.systemd import user_manager
from tests.real.starter import MARK, Starter
from tests.real.test_systemd import state, systemctl
from tests.real.waiting import wait_until

pytestmark = pytest.mark.real

POD, NGINX, BUILDER = f"{MARK}-web-pod.service", f"{MARK}-web-nginx.service", f"{MARK}-web-builder.service"
DEADLINE = 120  # seconds after which no visitor asks any more, whatever became of the test
SLOWEST = 20.0  # seconds that a request may wait, on a machine under load


class Visitors:
    """Four that ask without a pause; two of them keep their connection as long as the server lets them."""

    def __init__(self, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.asking = False
        self.errors: list[str] = []
        self.waits: list[float] = []
        self.threads = [Thread(target=self._visit, args=(keep,), daemon=True) for keep in (True, True, False, False)]

    def __enter__(self) -> Visitors:
        self.asking = True
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.asking = False
        for thread in self.threads:
            thread.join()

    def _visit(self, keep: bool) -> None:
        deadline = time.monotonic() + DEADLINE
        connection = http.client.HTTPConnection(self.host, timeout=SLOWEST)
        while self.asking and time.monotonic() < deadline:
            began = time.monotonic()
            try:
                connection.request("GET", "/", headers={} if keep else {"Connection": "close"})
                answer = connection.getresponse()
                if b"<html" not in answer.read() or answer.status != 200:
                    self.errors.append(f"status {answer.status}")
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(f"{type(error).__name__} {error} (keep-alive: {keep})")
                connection.close()
            self.waits.append(time.monotonic() - began)


@pytest.fixture
def door(starter: Starter, monkeypatch: pytest.MonkeyPatch) -> Iterator[Starter]:
    if user_manager() is None:
        pytest.skip("no systemd of the user's answers here")
    monkeypatch.setenv("PODPIPE_SUPERVISOR", "systemd")
    web = starter.folder / "pods/web.yaml"
    text = web.read_text()
    starter.project.up()
    yield starter
    web.write_text(text)
    starter.project.up()


def started(starter: Starter) -> dict[str, str]:
    """When each of the web pod's containers was started."""
    return {row.name: row.started_at for row in starter.project.status() if row.workload == f"{MARK}-web"}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if after[name] != before[name]}


def kill_nginx() -> None:
    kill = ["sh", "-c", 'kill -KILL "$(cat /tmp/nginx.pid)"']
    subprocess.run(["podman", "exec", f"{MARK}-web-nginx", *kill], check=False)  # it may die with the container


def test_a_swap_costs_nobody_a_request(door: Starter) -> None:
    web = door.folder / "pods/web.yaml"
    image = f"image: localhost/{MARK}-nginx:latest\n"
    text, before = web.read_text(), started(door)
    with Visitors(door.web) as visitors:
        for value in ("one", "two"):
            web.write_text(text.replace(image, f"{image}      env: [{{name: SWAP, value: {value}}}]\n"))
            assert [action.name for action in door.project.up().of("container", "recreate")] == [f"{MARK}-web-nginx"]
            time.sleep(1)
    assert visitors.errors == []
    assert max(visitors.waits) < SLOWEST
    assert changed(before, started(door)) == {f"{MARK}-web-nginx"}


def test_a_killed_nginx_comes_back_alone(door: Starter) -> None:
    before = started(door)
    kill_nginx()
    assert "<html" in door.get(f"{door.web}/")  # the door stood open all the time
    wait_until(lambda: changed(before, started(door)) == {f"{MARK}-web-nginx"})
    wait_until(lambda: door.project.plan().changes == ())


def test_a_restart_by_hand_costs_nobody_a_request(door: Starter) -> None:
    with Visitors(door.web) as visitors:
        systemctl("restart", NGINX)
        time.sleep(1)
    assert visitors.errors == []


def test_who_asks_first_starts_the_pod(door: Starter) -> None:
    systemctl("stop", POD)
    assert [state(unit) for unit in (NGINX, BUILDER)] == ["inactive", "inactive"]
    assert "<html" in door.get(f"{door.web}/")
    wait_until(lambda: [state(unit) for unit in (POD, NGINX, BUILDER)] == ["active"] * 3)


def test_a_stopped_door_is_shut(door: Starter) -> None:
    systemctl("stop", NGINX.replace(".service", ".socket"), NGINX)
    with pytest.raises(urllib.error.URLError, match="refused"):
        door.get(f"{door.web}/")
    systemctl("start", NGINX)  # brings its socket along
    assert "<html" in door.get(f"{door.web}/")
