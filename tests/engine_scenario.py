"""One short life of a pod, told to any `Engine`: what is seen must be the same of all that are true to Podman."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from podpipe.effects.engine import Engine
from podpipe.errors import PodpipeError
from podpipe.testing import FakeEngine

JSON = dict[str, Any]
SECOND = 10**9  # nanoseconds


@dataclass(frozen=True)
class Names:
    """`job` ends with exit code 3; `web` has a check that passes, `idle` has none."""

    image: str
    project: str
    volume: str
    pod: str
    web: str
    idle: str
    job: str


def play(engine: Engine, names: Names) -> dict[str, str]:
    """What was done, and what was seen then, without the names that differ from run to run."""
    steps = (*_creation(engine, names), *_running(engine, names), *_replacement(engine, names), *_end(engine, names))
    return {step: str(seen).replace(names.project, "PROJECT") for step, seen in steps}


def play_fake() -> dict[str, str]:
    """What is to be seen: the scenario as the fake engine plays it."""
    names = Names("localhost/tiny:1", "fake", "volume", "pod", "web", "idle", "job")
    engine = FakeEngine(images=[names.image])
    engine.exit_codes[names.job] = 3
    return play(engine, names)


def _creation(engine: Engine, names: Names) -> Iterator[tuple[str, Any]]:
    labels = {"io.podpipe.project": names.project}
    volume = {"Name": names.volume, "Driver": "local", "Labels": labels, "Options": {}}
    pod = {"name": names.pod, "labels": labels, "infra_image": names.image, "infra_command": ["sleep", "infinity"]}
    engine.create_volume(volume)
    yield "volumes of the project", [(each["Name"] == names.volume, each["Labels"]) for each in _volumes(engine, names)]
    yield "the volume again", _error(lambda: engine.create_volume(volume))
    engine.create_pod(pod)
    yield "the pod again", _error(lambda: engine.create_pod(pod))
    for name in (names.web, names.idle, names.job):
        engine.create_container(_container(names, name))
    yield "a container again", _error(lambda: engine.create_container(_container(names, names.web)))
    lost = {"name": f"{names.web}-lost", "image": names.image}
    yield "no such image", _error(lambda: engine.create_container({**lost, "image": "localhost/none:1"}))
    yield "no such pod", _error(lambda: engine.create_container({**lost, "pod": "none"}))
    yield "all is created", _look(engine, names)


def _running(engine: Engine, names: Names) -> Iterator[tuple[str, Any]]:
    engine.start_container(names.web)
    yield "one container starts, and the infra container with it", _look(engine, names)
    engine.start_container(names.web)
    engine.start_pod(names.pod)
    yield "the pod starts", _look(engine, names)
    yield "a check that passes", engine.run_healthcheck(names.web)
    yield "its health", [_health(engine, name) for name in (names.web, names.idle)]
    yield "no check", _error(lambda: engine.run_healthcheck(names.idle))
    engine.start_container(names.job)
    yield "the job's exit code", engine.wait_container(names.job)
    yield "the job has ended", engine.inspect_container(names.job)["State"]["ExitCode"]


def _replacement(engine: Engine, names: Names) -> Iterator[tuple[str, Any]]:
    before = _started(engine, names.idle)
    engine.stop_container(names.web, 0)
    engine.stop_container(names.web, 0)
    yield "one container stops", _look(engine, names)
    engine.remove_container(names.web)
    engine.remove_container(names.web)
    yield "it is gone", _error(lambda: engine.inspect_container(names.web))
    engine.create_container(_container(names, names.web))
    engine.start_container(names.web)
    yield "it is back", _look(engine, names)
    yield "its sibling did not notice", _started(engine, names.idle) == before


def _end(engine: Engine, names: Names) -> Iterator[tuple[str, Any]]:
    before = _started(engine, names.idle)
    engine.stop_pod(names.pod, 1)
    yield "the pod stops", _look(engine, names)
    engine.start_pod(names.pod)
    yield "the pod starts again", _look(engine, names)
    yield "at another time", _started(engine, names.idle) > before
    engine.remove_pod(names.pod)
    engine.remove_pod(names.pod)
    yield "the pod is gone", _error(lambda: engine.inspect_pod(names.pod))
    yield "its containers too", _look(engine, names)
    yield "its volume stays", len(_volumes(engine, names))
    engine.remove_volume(names.volume)
    engine.remove_volume(names.volume)
    yield "until it is removed", len(_volumes(engine, names))


def _container(names: Names, name: str) -> JSON:
    command = ["sh", "-c", "exit 3"] if name == names.job else ["sleep", "1000"]
    check = {"Test": ["CMD", "true"], "Interval": 60 * SECOND, "Timeout": 5 * SECOND, "Retries": 3}
    return {
        "name": name,
        "image": names.image,
        "labels": {"io.podpipe.project": names.project},
        "entrypoint": command,
        "env": {"PATH": "/bin"},
        "stop_timeout": 0,
        **({} if name == names.job else {"pod": names.pod}),
        **({"healthconfig": check} if name == names.web else {}),
    }


def _volumes(engine: Engine, names: Names) -> list[JSON]:
    return engine.volumes(project=names.project)


def _look(engine: Engine, names: Names) -> JSON:
    """The pod's state, and of each container whether it is ours, in the pod, infra, and its state."""
    pods = {pod["Id"]: pod for pod in engine.pods() if pod["Name"] == names.pod}
    roles = {names.web: "web", names.idle: "idle", names.job: "job"}
    containers = [each for each in engine.containers() if each["Pod"] in pods or each["Names"][0] in roles]
    seen = {
        roles.get(each["Names"][0], "infra"): (each["State"], each["IsInfra"], each["PodName"] == names.pod)
        for each in containers
    }
    return {"pod": [pod["Status"] for pod in pods.values()], **seen}


def _health(engine: Engine, name: str) -> str:
    return str(engine.inspect_container(name)["State"]["Health"]["Status"])


def _started(engine: Engine, name: str) -> str:
    return str(engine.inspect_container(name)["State"]["StartedAt"])


def _error(ask: Callable[[], object]) -> str:
    try:
        ask()
    except PodpipeError as error:
        return error.code
    return "none"
