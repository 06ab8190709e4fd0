"""An engine in memory."""

from __future__ import annotations

import functools
import hashlib
import itertools
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from podpipe.errors import EngineConflict, EngineUnavailable, NotFound
from podpipe.testing.inspected import host_config, mounts

JSON = dict[str, Any]
Method = TypeVar("Method", bound=Callable[..., Any])

EPOCH = datetime(2026, 1, 1, tzinfo=timezone.utc)
NEVER = "0001-01-01T00:00:00Z"
ENDED = ("exited", "stopped")


def _served(method: Method) -> Method:
    """A call of the engine: one at a time, counted, and made to fail where the test said so."""

    @functools.wraps(method)
    def call(self: FakeEngine, *arguments: Any, **options: Any) -> Any:
        with self._lock:
            self._admit(method.__name__, arguments)
            return method(self, *arguments, **options)

    return cast(Method, call)


class FakeEngine:
    """An `Engine` in memory, whose answers have the shape of Podman's.

    Containers run until they are stopped, waited for or `crash`ed; checks pass unless `unhealthy` has the
    container's name. `calls` holds (method, first argument) of everything asked so far. Its list of images is
    written to `storage` as Podman's is, if that folder is there. Thread-safe.
    """

    def __init__(self, version: tuple[int, int, int] = (4, 3, 1), images: Iterable[str] = ()) -> None:
        self.calls: list[tuple[str, str]] = []
        self.unhealthy: set[str] = set()
        self.exit_codes: dict[str, int] = {}
        self.deaf: set[int] = set()  # ports whose forwarder died
        self.limits: Collection[str] = ("cpu", "memory", "pids")  # the cgroup controllers that are there
        self.storage = Path("/nonexistent")
        self._version = version
        self._lock = threading.RLock()
        self._ticks = itertools.count(1)
        self._images: dict[str, JSON] = {}
        self._volumes: dict[str, JSON] = {}
        self._pods: dict[str, JSON] = {}
        self._containers: dict[str, JSON] = {}
        self._logs: dict[str, list[tuple[str, str]]] = {}
        self._faults: dict[str, Exception] = {}
        self._calls_to_live: int | None = None
        for reference in images:
            self.add_image(reference)

    # --- what a test does to it ---

    def add_image(self, reference: str, labels: Mapping[str, str] | None = None) -> str:
        """As a build does: the name moves to a new image. Gives its ID."""
        image_id = self._new_id()
        for image in self._images.values():
            image["RepoTags"] = [name for name in image["RepoTags"] if name != reference]
        self._images[image_id] = {
            "Id": image_id, "RepoTags": [reference], "Labels": dict(labels or {}), "Size": 1_000_000
        }  # fmt: skip
        if self.storage.is_dir():
            (self.storage / "overlay-images").mkdir(exist_ok=True)
            (self.storage / "overlay-images/images.json").write_text("".join(self._images))
        return image_id

    def fail_on(self, method: str, error: Exception) -> None:
        """The next call of `method` raises `error` and does nothing."""
        self._faults[method] = error

    def die_after(self, calls: int) -> None:
        """Answer that many calls more; further ones raise EngineUnavailable until `revive`."""
        self._calls_to_live = calls

    def revive(self) -> None:
        self._calls_to_live = None

    def crash(self, name: str, exit_code: int = 1) -> None:
        """End a container as if its process had; nothing restarts it."""
        self._end(self._find_container(name), exit_code)

    def write_log(self, name: str, line: str, stream: str = "stdout") -> None:
        self._logs.setdefault(name, []).append((stream, line))

    # --- Engine ---

    @property
    def version(self) -> tuple[int, int, int]:
        return self._version

    @property
    def socket(self) -> Path:
        return Path("/run/user/1000/podpipe/podman.sock")

    def listening(self) -> frozenset[int]:
        running = [each for each in self._containers.values() if each["IsInfra"] and _status(each) == "running"]
        return frozenset(port["host_port"] for each in running for port in each["Ports"]) - self.deaf

    def answers(self, address: str) -> bool:
        return urlsplit(address).port in self.listening()

    @_served
    def info(self) -> JSON:
        version = ".".join(map(str, self._version))
        return {
            "host": {},
            "store": {"graphDriverName": "overlay", "graphRoot": str(self.storage)},
            "version": {"Version": version},
        }

    def controllers(self) -> Collection[str]:
        return self.limits

    @_served
    def images(self) -> list[JSON]:
        return [dict(image) for image in self._images.values()]

    @_served
    def inspect_image(self, reference: str) -> JSON:
        return dict(self._find_image(reference))

    @_served
    def pull_image(self, reference: str, progress: Callable[[str], None]) -> str:
        progress(f"Trying to pull {reference}...")
        return self.add_image(reference)

    @_served
    def tag_image(self, reference: str, name: str) -> None:
        image = self._find_image(reference, "tag image")
        for other in self._images.values():
            other["RepoTags"] = [each for each in other["RepoTags"] if each != name]
        image["RepoTags"].append(name)

    @_served
    def remove_image(self, reference: str) -> None:
        try:
            image = self._find_image(reference)
        except NotFound:
            return
        if len(image["RepoTags"]) > 1:
            if reference not in image["RepoTags"]:
                raise EngineConflict(f"cannot remove image {reference}: it has several names")
            image["RepoTags"].remove(reference)
            return
        if any(each["Image"] == image["Id"] for each in self._containers.values()):
            raise EngineConflict(f"cannot remove image {reference}: image is in use by a container")
        del self._images[image["Id"]]

    @_served
    def volumes(self, project: str = "") -> list[JSON]:
        every = [dict(volume) for volume in self._volumes.values()]
        return [each for each in every if not project or each["Labels"].get("io.podpipe.project") == project]

    @_served
    def create_volume(self, request: JSON) -> None:
        name = request["Name"]
        if name in self._volumes:
            raise EngineConflict(f"cannot create volume {name}: volume already exists")
        place = str(self.storage / "volumes" / name / "_data")
        made = {"Name": name, "Driver": "local", "Labels": {}, "Options": {}, "Mountpoint": place}
        self._volumes[name] = {**made, **request}

    @_served
    def remove_volume(self, name: str) -> None:
        mounts = (mount for each in self._containers.values() for mount in each["Mounts"])
        if any(mount.get("Name") == name for mount in mounts):
            raise EngineConflict(f"cannot remove volume {name}: volume is being used by a container")
        self._volumes.pop(name, None)

    @_served
    def pods(self) -> list[JSON]:
        return [self._list_pod(pod) for pod in self._pods.values()]

    @_served
    def inspect_pod(self, name: str) -> JSON:
        pod = self._find_pod(name)
        members = [{"Id": each["Id"], "Name": each["Name"], "State": _status(each)} for each in self._members(pod)]
        return {**pod, "State": self._pod_status(pod), "Containers": members, "NumContainers": len(members)}

    @_served
    def create_pod(self, request: JSON) -> str:
        name = self._claim_name("pod", request["name"])
        pod_id = self._new_id()
        infra = {"name": f"{pod_id[:12]}-infra", "image": request.get("infra_image", ""), "labels": request["labels"]}
        infra_id = self._new_container(infra, pod_id, is_infra=True)
        ports = self._containers[infra["name"]]["Ports"] = request.get("portmappings", [])
        self.deaf -= {port["host_port"] for port in ports}
        labels = dict(request["labels"])
        self._pods[name] = {"Id": pod_id, "Name": name, "Labels": labels, "InfraContainerID": infra_id}
        return pod_id

    @_served
    def start_pod(self, name: str) -> None:
        for container in self._members(self._find_pod(name)):
            self._run(container)

    @_served
    def stop_pod(self, name: str, timeout: int) -> None:
        for container in self._members(self._find_pod(name)):
            self._end(container, 0)

    @_served
    def remove_pod(self, name: str) -> None:
        pod = self._pods.pop(name, None)
        for container in self._members(pod) if pod else ():
            del self._containers[container["Name"]]

    @_served
    def containers(self) -> list[JSON]:
        return [self._list_container(container) for container in self._containers.values()]

    @_served
    def inspect_container(self, name: str) -> JSON:
        container = self._find_container(name)
        return {**container, "State": dict(container["State"])}

    @_served
    def create_container(self, request: JSON) -> str:
        name = self._claim_name("container", request["name"])
        image = self._find_image(request["image"], f"create container {name}")
        pod_id = self._find_pod(request["pod"])["Id"] if request.get("pod") else ""
        return self._new_container({**request, "image": image["Id"]}, pod_id)

    @_served
    def start_container(self, name: str) -> None:
        container = self._find_container(name)
        for infra in self._containers.values():
            if container["Pod"] and infra["Pod"] == container["Pod"] and infra["IsInfra"]:
                self._run(infra)
        self._run(container)

    @_served
    def stop_container(self, name: str, timeout: int) -> None:
        self._end(self._find_container(name), 0)

    @_served
    def remove_container(self, name: str) -> None:
        if self._containers.pop(name, None):
            self._logs.pop(name, None)

    @_served
    def wait_container(self, name: str) -> int:
        container = self._find_container(name)
        self._end(container, self.exit_codes.get(name, 0))
        return int(container["State"]["ExitCode"])

    @_served
    def run_healthcheck(self, name: str) -> bool:
        container = self._find_container(name)
        if "Healthcheck" not in container["Config"] or _status(container) != "running":
            raise EngineConflict(f"cannot check the health of container {name}: it has no check or does not run")
        passes = name not in self.unhealthy
        container["State"]["Health"]["Status"] = "healthy" if passes else "unhealthy"
        return passes

    @_served
    def logs(self, name: str, *, follow: bool = False, tail: int | None = None) -> Iterator[tuple[str, str]]:
        self._find_container(name)
        lines = self._logs.get(name, [])
        return iter(lines if tail is None else lines[len(lines) - min(tail, len(lines)) :])

    # --- how it remembers ---

    def _admit(self, method: str, arguments: tuple[Any, ...]) -> None:
        subject = arguments[0] if arguments else ""
        name = subject.get("name") or subject["Name"] if isinstance(subject, dict) else str(subject)
        self.calls.append((method, name))
        if self._calls_to_live is not None:
            if self._calls_to_live == 0:
                raise EngineUnavailable("Podman's API does not answer", hint="run the command again")
            self._calls_to_live -= 1
        if method in self._faults:
            raise self._faults.pop(method)

    def _new_id(self) -> str:
        return hashlib.sha256(str(next(self._ticks)).encode()).hexdigest()

    def _now(self) -> str:
        return (EPOCH + timedelta(seconds=next(self._ticks))).isoformat().replace("+00:00", "Z")

    def _claim_name(self, kind: str, name: str) -> str:
        """Pods and containers share one set of names."""
        if name in self._pods or name in self._containers:
            raise EngineConflict(f'cannot create {kind} {name}: name "{name}" is in use')
        return name

    def _new_container(self, request: JSON, pod_id: str, *, is_infra: bool = False) -> str:
        container_id = self._new_id()
        inherited = self._images.get(request["image"], {}).get("Labels", {})
        self._containers[request["name"]] = {
            "Id": container_id,
            "Name": request["name"],
            "Pod": pod_id,
            "IsInfra": is_infra,
            "Image": request["image"],
            "Created": self._now(),
            "RestartCount": 0,
            "State": {
                "Status": "created", "ExitCode": 0, "StartedAt": NEVER, "FinishedAt": NEVER,
                "Health": {"Status": "starting" if "healthconfig" in request else "", "FailingStreak": 0, "Log": []},
            },
            "Config": {
                "Labels": {**inherited, **request.get("labels", {})},
                "Env": [f"{name}={value}" for name, value in request.get("env", {}).items()],
                "User": request.get("user", ""),
                **({"Healthcheck": request["healthconfig"]} if "healthconfig" in request else {}),
            },
            "HostConfig": host_config(request),
            "Mounts": mounts(request),
        }  # fmt: skip
        return container_id

    def _find_image(self, reference: str, doing: str = "inspect image") -> JSON:
        for image in self._images.values():
            if reference.removeprefix("sha256:") == image["Id"] or reference in image["RepoTags"]:
                return image
        raise NotFound(f"cannot {doing}: {reference}: image not known")

    def _find_pod(self, name: str) -> JSON:
        for pod in self._pods.values():
            if name in (pod["Name"], pod["Id"]):
                return pod
        raise NotFound(f"no pod with name or ID {name} found: no such pod")

    def _find_container(self, name: str) -> JSON:
        for container in self._containers.values():
            if name in (container["Name"], container["Id"]):
                return container
        raise NotFound(f'no container with name or ID "{name}" found: no such container')

    def _members(self, pod: JSON) -> list[JSON]:
        return [each for each in self._containers.values() if each["Pod"] == pod["Id"]]

    def _run(self, container: JSON) -> None:
        if _status(container) != "running":
            container["State"].update(Status="running", StartedAt=self._now(), ExitCode=0)

    def _end(self, container: JSON, exit_code: int) -> None:
        if _status(container) == "running":
            container["State"].update(Status="exited", FinishedAt=self._now(), ExitCode=exit_code)

    def _pod_status(self, pod: JSON) -> str:
        states = [_status(each) for each in self._members(pod)]
        if "running" in states:
            return "Running" if set(states) == {"running"} else "Degraded"
        if all(state in ENDED for state in states):
            return "Exited"
        return "Stopped" if any(state in ENDED for state in states) else "Created"

    def _list_pod(self, pod: JSON) -> JSON:
        members = [{"Id": each["Id"], "Names": each["Name"], "Status": _status(each)} for each in self._members(pod)]
        return {
            "Id": pod["Id"], "Name": pod["Name"], "Labels": dict(pod["Labels"]), "InfraId": pod["InfraContainerID"],
            "Status": self._pod_status(pod), "Containers": members,
        }  # fmt: skip

    def _list_container(self, container: JSON) -> JSON:
        state = container["State"]
        started = state["StartedAt"].replace("Z", "+00:00")
        return {
            "Id": container["Id"],
            "Names": [container["Name"]],
            "Labels": dict(container["Config"]["Labels"]),
            "Pod": container["Pod"],
            "PodName": next((pod["Name"] for pod in self._pods.values() if pod["Id"] == container["Pod"]), ""),
            "IsInfra": container["IsInfra"],
            "ImageID": container["Image"],
            "State": state["Status"],
            "ExitCode": state["ExitCode"],
            "StartedAt": int(datetime.fromisoformat(started).timestamp()),
            "Ports": container.get("Ports", []),
        }


def _status(container: JSON) -> str:
    return str(container["State"]["Status"])
