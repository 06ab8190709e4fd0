from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.quadlet.older import BOOKWORM, BULLSEYE, Older, Version

TWO = "Yaml=/other.yaml\n"
POD = "kind: Pod\nmetadata:\n  name: web\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n    labels:\n        name: a\n    name: 'b'\nspec: {}\n"


@pytest.mark.parametrize(
    ("version", "start", "stop"),
    [
        ((4, 7, 0), "kube play --replace --service-container=true /pod.yaml", "kube down /pod.yaml"),
        (BOOKWORM, "kube play --replace --service-container=true /pod.yaml", "kube down /pod.yaml"),
        ((4, 2, 1), "play kube --replace --service-container=true /pod.yaml", "play kube --down /pod.yaml"),
        ((4, 1, 0), "play kube --replace /pod.yaml", "play kube --down /pod.yaml"),
        ((3, 4, 0), "play kube /pod.yaml", "play kube --down /pod.yaml"),
    ],
)
def test_what_plays_and_what_takes_down(version: Version, start: str, stop: str) -> None:
    unit = Older("kube", "", version)
    assert unit.lines("ExecStart") == [f"podman {start}"]
    assert unit.lines("ExecStopPost") == [f"podman {stop}"]


def test_what_is_there_is_taken_down_first() -> None:
    assert Older("kube", "", (3, 4, 0)).lines("ExecStartPre") == ["-podman play kube --down /pod.yaml"]
    assert Older("kube", "", (4, 0, 0)).lines("ExecStartPre") == []
    oldest = Older("kube")
    assert [oldest.lines("ExecStartPre")[1]] == [f"-{line}" for line in oldest.lines("ExecStopPost")]


def type_of(unit: Older) -> tuple[list[str], ...]:
    return tuple(unit.lines(key) for key in ("Type", "RemainAfterExit", "NotifyAccess", "Restart"))


def test_without_a_service_container_nothing_is_waited_for() -> None:
    assert type_of(Older("kube", "", (4, 2, 0))) == (["notify"], [], ["all"], [])
    assert type_of(Older("kube", "", (4, 1, 0))) == (["oneshot"], ["yes"], [], [])
    assert type_of(Older("kube", "[Service]\nType=oneshot", (4, 1, 0))) == (["oneshot"], [], [], [])


def test_systemd_would_refuse_to_restart_it() -> None:
    unit = Older("kube", "[Service]\nRestart=always")
    assert unit.lines("Restart") == ["on-failure"]
    assert unit.warnings == ["Restart=always is on-failure here: nothing tells systemd that the pods ended"]


@pytest.mark.parametrize("version", [BULLSEYE, BOOKWORM, (5, 6, 2)])
def test_manifests_are_played_one_by_one(version: Version) -> None:
    unit = Older("kube", TWO, version)
    assert [line.split()[-1] for line in unit.lines("ExecStart")] == ["/pod.yaml", "/other.yaml"]
    assert [line.split()[-1] for line in unit.lines("ExecStopPost")] == ["/pod.yaml", "/other.yaml"]
    assert unit.lines("Type") == ["oneshot"]


def test_the_newest_plays_them_at_once() -> None:
    unit = Older("kube", TWO, (5, 7, 0))
    assert [line.split()[-2:] for line in unit.lines("ExecStart")] == [["/pod.yaml", "/other.yaml"]]
    assert unit.lines("Type") == ["notify"]


def test_the_value_of_an_option_that_nobody_knows_is_no_manifest() -> None:
    assert Older("kube", "PodmanArgs=--what ever").lines("ExecStart") == ["podman play kube --what ever /pod.yaml"]


@pytest.mark.parametrize(
    ("manifest", "removed"),
    [
        (POD, "web web_pod"),
        (POD.replace("  name", "  # name: other\n  labels: {name: b}\n  name"), "web web_pod"),
        (f"---\n{POD}spec:\n  containers:\n  - name: b\n", "web web_pod"),
        (DEPLOYMENT, "b b-pod-0 b-pod-1"),
        ("kind: ConfigMap\ndata:\n  name: web\n", ""),
        ("", ""),
    ],
)
def test_the_pods_of_a_manifest_are_found(tmp_path: Path, manifest: str, removed: str) -> None:
    """As the shell finds them: the words of the unit, run with a podman that tells what it is to remove."""
    pods = ["web", "web_pod", "web-pod-0", "website", "other", "a", "b", "b-pod-0", "b-pod-1", "_pod"]
    podman = tmp_path / "podman"
    podman.write_text(f'#!/bin/sh\nif [ "$2" = ps ]; then printf "%s\\n" {" ".join(pods)}; else echo "$@"; fi\n')
    podman.chmod(0o755)
    (tmp_path / "pod.yaml").write_text(manifest)
    shell, *words = (word.replace("$$", "$") for word in Older("kube").words("ExecStopPost"))
    words[-1] = str(tmp_path / "pod.yaml")
    said = subprocess.run(
        [shell, *words], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    assert said.stderr == ""
    assert said.stdout == (f"pod rm --force --ignore {removed}\n" if removed else "")
