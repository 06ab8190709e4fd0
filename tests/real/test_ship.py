"""Images sent over a real ssh to a Podman with a storage of its own."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from podpipe.effects.libpod import Libpod
from podpipe.effects.process import run
from podpipe.effects.ship import Shipment, ship_image
from podpipe.effects.ssh import Host
from podpipe.errors import CommandFailed, PodpipeError, UsageError
from tests.real.sshd import OtherMachine, other_machine

pytestmark = [pytest.mark.real, pytest.mark.once]

BIG = 8_000_000  # bytes of a layer that no compression makes smaller


@pytest.fixture
def pi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherMachine]:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    with other_machine(tmp_path) as machine:
        yield machine


class Sender:
    """An image of this machine, and what is said while it is sent."""

    def __init__(self, engine: Libpod, base: str, folder: Path) -> None:
        self.engine, self.base, self.folder = engine, base, folder
        self.name = f"test-{uuid.uuid4().hex[:8]}"
        self.said: list[str] = []
        folder.mkdir()
        (folder / "big").write_bytes(os.urandom(BIG))

    def build(self, *steps: str) -> None:
        (self.folder / "Containerfile").write_text("\n".join([f"FROM {self.base}", "COPY big /big", *steps]))
        command = ["buildah", "bud", "--layers", "--tag", f"localhost/{self.name}:latest", str(self.folder)]
        run(command, doing="building", timeout=120)

    def ship(self, host: Host, tag: str = "latest") -> Shipment:
        return ship_image(self.engine, self.name, host, tag, report=self.said.append)


@pytest.fixture
def sender(engine: Libpod, tiny_image: str, tmp_path: Path) -> Iterator[Sender]:
    sender = Sender(engine, tiny_image, tmp_path / "context")
    sender.build()
    yield sender
    subprocess.run(["podman", "rmi", "--force", f"localhost/{sender.name}:latest"], capture_output=True)


def test_an_image_arrives_whole_and_then_nothing_is_left_to_send(sender: Sender, pi: OtherMachine) -> None:
    first = sender.ship(pi.host)
    assert first.sent > BIG
    assert pi.podman("image", "inspect", "--format", "{{.Id}}", first.reference) == first.id
    assert pi.podman("run", "--rm", "--network=none", "--cgroups=disabled", first.reference, "ls", "/big") == "/big"
    assert list(pi.ship.iterdir()) == []
    assert sender.ship(pi.host).sent == 0
    assert sender.ship(pi.host, "other").sent == 0
    assert pi.podman("image", "inspect", "--format", "{{.Id}}", f"localhost/{sender.name}:other") == first.id
    assert any(line.endswith("MB") for line in sender.said)


def test_only_new_layers_are_sent(sender: Sender, pi: OtherMachine) -> None:
    sender.ship(pi.host)
    sender.build("RUN echo new >/new")
    second = sender.ship(pi.host)
    assert 0 < second.sent < 20_000
    assert pi.podman("image", "inspect", "--format", "{{.Id}}", second.reference) == second.id


def test_what_was_interrupted_goes_on_where_it_ended(sender: Sender, pi: OtherMachine) -> None:
    class CtrlC(Exception):
        pass

    def half_way(line: str) -> None:
        if " MB" in line and float(line.split()[-4]) > BIG / 2 / 1e6:
            raise CtrlC

    with pytest.raises(CtrlC):
        ship_image(sender.engine, sender.name, pi.host, report=half_way)
    pi.wait_until_nobody_is_logged_in()
    there = sum(file.stat().st_size for file in pi.ship.iterdir())
    assert there > BIG / 4
    assert pi.podman("images", "--quiet") == ""
    whole = sender.ship(pi.host)
    assert whole.sent == pytest.approx(whole.size - there, abs=100_000)
    assert pi.podman("image", "inspect", "--format", "{{.Id}}", whole.reference) == whole.id
    assert list(pi.ship.iterdir()) == []


def test_what_arrived_damaged_is_noticed_and_sent_anew(sender: Sender, pi: OtherMachine) -> None:
    pi.ship.mkdir(parents=True)
    layers = sender.engine.inspect_image(f"localhost/{sender.name}:latest")["RootFS"]["Layers"]
    (pi.ship / f"{layers[-1].partition(':')[2]}.part").write_bytes(b"damaged")
    with pytest.raises(CommandFailed) as caught:
        sender.ship(pi.host)
    assert "what arrived is not what was sent" in str(caught.value)
    assert pi.podman("images", "--quiet") == ""
    assert sender.ship(pi.host).sent > BIG


def test_a_layer_that_is_lost_there_is_sent_after_all(
    sender: Sender, pi: OtherMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import podpipe.effects.ship_there

    look = podpipe.effects.ship_there.LOOK
    layers = sender.engine.inspect_image(f"localhost/{sender.name}:latest")["RootFS"]["Layers"]
    pretend = f'echo \'[{{"Id": "0", "RepoTags": [], "RootFS": {{"Layers": ["{layers[-1]}"]}}}}]\''
    monkeypatch.setattr(podpipe.effects.ship_there, "LOOK", f"{look.partition('images=')[0]}{pretend}")
    assert sender.ship(pi.host).sent > BIG


def test_a_machine_that_does_not_let_us_in(sender: Sender, pi: OtherMachine) -> None:
    (pi.folder / "key.pub").write_text("")
    with pytest.raises(CommandFailed) as caught:
        sender.ship(pi.host)
    assert caught.value.message.startswith("pi cannot be reached")
    assert "ssh-copy-id pi" in caught.value.hint
    (pi.folder / "known_hosts").write_text("")
    with pytest.raises(CommandFailed) as caught:
        sender.ship(pi.host)
    assert "ssh pi" in caught.value.hint


def test_what_is_not_here(engine: Libpod, pi: OtherMachine) -> None:
    with pytest.raises(PodpipeError) as caught:
        ship_image(engine, "test-nowhere", pi.host, report=print)
    assert "podpipe build" in caught.value.hint
    with pytest.raises(UsageError):
        ship_image(engine, "test-nowhere", pi.host, "a tag", report=print)


def test_what_a_killed_ship_left_here_goes_with_the_next(
    sender: Sender, pi: OtherMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(pi.folder / "own"))
    left = pi.folder / "own/podpipe/ship/99999999-left"
    left.mkdir(parents=True)
    sender.ship(pi.host)
    assert list(left.parent.iterdir()) == []
