"""Podman's REST API, thin and typed: what 3.0.1, 4.3.1 and 5.4.2 do differently ends here."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from podpipe.effects.transport import PATIENCE, Transport, Version, refusal
from podpipe.effects.volume_owner import hand_over
from podpipe.errors import EngineError, EngineUnavailable, NotFound, PortTaken

JSON = dict[str, Any]

PROJECT_LABEL = "io.podpipe.project"
# Two words for one thing: 3.0.1 for what never ran; any version for what ended and is not yet cleaned up.
STATES = {"configured": "created", "stopped": "exited"}
STREAMS = {1: "stdout", 2: "stderr"}
# From here on a volume with an owner among its Options can be mounted rootless; before, one with any option cannot.
VOLUME_OWNERS: Version = (3, 3, 0)
PORTS_FREED = 10.0  # seconds; the ports of a pod that just stopped can be taken for a moment (on a Pi a longer one)
STOPPING = 10.0  # seconds beyond its timeout that a container may take to end
LIST_ATTEMPTS = 5  # 3.0.1 gives no list at all when something goes away while it makes one
LIST_PAUSE = 0.5  # seconds
# A build that was killed may leave half an image, and then Podman lists none at all until that is removed.
# Before it removes one it lists them: where two are left, buildah alone can.
HALF_AN_IMAGE = re.compile(r'locating item named "manifest" for image with ID "([0-9a-f]{64})"')
FORCE = {"force": "true", "timeout": "0"}  # 3.0.1 knows no timeout here, and needs none


def remove_half_image(image: str) -> None:
    """As `podpipe.effects.build_leftovers.remove_half_image`, which is rarely needed and takes long to import."""
    from podpipe.effects.build_leftovers import remove_half_image

    remove_half_image(image)


class Libpod:
    """The real `Engine`; any number of threads may use it at once. Errors: EngineError and its kin, DiskFull."""

    def __init__(
        self,
        socket: Path,
        version: Version,
        *,
        controllers: Sequence[str] | None = None,
        hand_over: Callable[[Path, str], None] = hand_over,
        remove_half_image: Callable[[str], None] = remove_half_image,
    ) -> None:
        """`controllers` are those of the machine's user; what the API cannot do two functions do: this machine's."""
        self._socket = socket
        self._version = version
        self._http = Transport(str(socket))
        self._controllers = controllers
        self._hand_over = hand_over
        self._remove_half_image = remove_half_image

    @property
    def version(self) -> Version:
        return self._version

    @property
    def socket(self) -> Path:
        return self._socket

    def listening(self) -> frozenset[int]:
        from podpipe.effects.ports import listeners

        return frozenset(listener.port for listener in listeners("tcp"))

    def answers(self, address: str) -> bool:
        from podpipe.effects.visit import answers

        return answers(address)

    def info(self) -> JSON:
        return self._get("/info", "ask Podman about itself")

    def controllers(self) -> Collection[str]:
        own = delegated_controllers() if self._controllers is None else self._controllers
        # Without systemd Podman knows, from 3.2 on.
        return own or self.info()["host"].get("cgroupControllers") or ()

    # --- images ---

    def images(self) -> list[JSON]:
        seen = ""
        for _ in range(LIST_ATTEMPTS):
            try:
                return self._list("/images/json", "list images")
            except EngineError as error:
                half = HALF_AN_IMAGE.search(error.message)
                if not half:
                    raise
                if half[1] == seen:  # not one that is just being written or removed
                    self._remove_half_image(seen)
                seen = half[1]
                time.sleep(LIST_PAUSE)
        return self._list("/images/json", "list images")

    def inspect_image(self, reference: str) -> JSON:
        return self._get(f"/images/{_path(reference)}/json", f"inspect image {reference}")

    def pull_image(self, reference: str, progress: Callable[[str], None]) -> str:
        image_id = ""
        for report in self._pull(reference):
            image_id = report.get("id") or image_id
            if report.get("stream"):
                progress(report["stream"].rstrip("\n"))
        return image_id

    def _pull(self, reference: str) -> Iterator[JSON]:
        from podpipe.effects.registry import credentials_header, is_loopback, login_hint

        doing = f"pull image {reference}"
        query = {"reference": reference, **({"tlsVerify": "false"} if is_loopback(reference) else {})}
        headers = credentials_header(reference, os.environ)
        with self._http.stream("POST", "/images/pull", doing, query, headers=headers) as response:
            for line in response:
                report = json.loads(line)
                if report.get("error"):  # the status was sent long before
                    said = report["error"].strip()
                    raise refusal(doing, response.status, "", said, hint=login_hint(reference, said))
                yield report

    def tag_image(self, reference: str, name: str) -> None:
        repository, _, tag = name.rpartition(":")
        query = {"repo": repository, "tag": tag}
        self._http.request("POST", f"/images/{_path(reference)}/tag", f"tag image {reference} as {name}", query)

    def remove_image(self, reference: str) -> None:
        self._remove(f"/images/{_path(reference)}", f"remove image {reference}", {"force": "false"})

    # --- volumes ---

    def volumes(self, project: str = "") -> list[JSON]:
        label = json.dumps({"label": [f"{PROJECT_LABEL}={project}"]})
        return self._list("/volumes/json", "list volumes", {"filters": label} if project else {})

    def create_volume(self, request: JSON) -> None:
        body = {**request, "Label": request.get("Labels", {})}  # 3.0.1 reads Label, 4.0 and later Labels
        if self._version < VOLUME_OWNERS:
            body.pop("Options", None)
        self._http.request("POST", "/volumes/create", f"create volume {request['Name']}", body=body)

    def remove_volume(self, name: str) -> None:
        self._remove(f"/volumes/{_path(name)}", f"remove volume {name}", {"force": "false"})

    # --- pods ---

    def pods(self) -> list[JSON]:
        return self._list("/pods/json", "list pods")

    def inspect_pod(self, name: str) -> JSON:
        return self._get(f"/pods/{_path(name)}/json", f"inspect pod {name}")

    def create_pod(self, request: JSON) -> str:
        answer = self._http.request("POST", "/pods/create", f"create pod {request['name']}", body=request)
        return str(answer["Id"])

    def start_pod(self, name: str) -> None:
        deadline = time.monotonic() + PORTS_FREED
        while True:
            try:
                self._http.request("POST", f"/pods/{_path(name)}/start", f"start pod {name}")
                return
            except PortTaken:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.1)

    def stop_pod(self, name: str, timeout: int) -> None:
        # One by one: Podman's own way leaves a degraded pod as it is (and answers 304), and gives the infra
        # container, whose `sleep` hears no SIGTERM, all of the timeout.
        from concurrent.futures import ThreadPoolExecutor

        pod = self.inspect_pod(name)
        infra = pod.get("InfraContainerID", "")
        running = [each["Id"] for each in pod.get("Containers") or () if each["State"] == "running"]
        with ThreadPoolExecutor() as pool:
            members = [container for container in running if container != infra]
            list(pool.map(lambda container: self.stop_container(container, timeout), members))
        if infra in running:
            self.stop_container(infra, 0)

    def remove_pod(self, name: str) -> None:
        with contextlib.suppress(NotFound):
            self.stop_pod(name, 0)  # 3.0.1 would give each container its time, one after the other
        self._remove(f"/pods/{_path(name)}", f"remove pod {name}")

    # --- containers ---

    def containers(self) -> list[JSON]:
        entries = self._list("/containers/json", "list containers", {"all": "true"})
        return [{**entry, "State": STATES.get(entry["State"], entry["State"])} for entry in entries]

    def inspect_container(self, name: str) -> JSON:
        container = self._get(f"/containers/{_path(name)}/json", f"inspect container {name}")
        return normalise_container(container)

    def create_container(self, request: JSON) -> str:
        if self._version < VOLUME_OWNERS:
            self._hand_over_volumes(request)
        answer = self._http.request("POST", "/containers/create", f"create container {request['name']}", body=request)
        return str(answer["Id"])

    def start_container(self, name: str) -> None:
        self._http.request("POST", f"/containers/{_path(name)}/start", f"start container {name}")

    def stop_container(self, name: str, timeout: int) -> None:
        path, doing = f"/containers/{_path(name)}", f"stop container {name}"
        if timeout == 0:  # to 3.0.1 that means the container's own timeout
            with contextlib.suppress(EngineError):  # it does not run, or ends this moment: the stop will tell
                self._http.request("POST", f"{path}/kill", doing, {"signal": "KILL"})
        query = {"timeout": str(max(timeout, 1))}
        try:
            self._http.request("POST", f"{path}/stop", doing, query, patience=PATIENCE + timeout)
        except (EngineUnavailable, NotFound):
            raise
        except EngineError as error:
            self._await_end(name, timeout + STOPPING, error)

    def _await_end(self, name: str, patience: float, error: EngineError) -> None:
        """Wait for an end that is under way: 3.0.1 refuses a second stop, and fails to kill what has just ended."""
        deadline = time.monotonic() + patience
        while self.inspect_container(name)["State"]["Status"] in ("running", "stopping"):
            if time.monotonic() >= deadline:
                raise error
            time.sleep(0.1)

    def remove_container(self, name: str) -> None:
        self._remove(f"/containers/{_path(name)}", f"remove container {name}", {"v": "true"})

    def wait_container(self, name: str) -> int:
        doing = f"wait for container {name}"
        return int(self._http.request("POST", f"/containers/{_path(name)}/wait", doing, patience=None))

    def run_healthcheck(self, name: str) -> bool:
        answer = self._get(f"/containers/{_path(name)}/healthcheck", f"check the health of container {name}")
        return bool(answer["Status"] == "healthy")

    def logs(self, name: str, *, follow: bool = False, tail: int | None = None) -> Iterator[tuple[str, str]]:
        query = {"stdout": "true", "stderr": "true", "follow": "true" if follow else "false"}
        if tail is not None:
            query["tail"] = str(tail)
        path, doing = f"/containers/{_path(name)}/logs", f"read the log of container {name}"
        with self._http.stream("GET", path, doing, query, patience=None if follow else PATIENCE) as response:
            yield from split_frames(response.read, ends_lines=self._version >= (4, 0, 0))

    def _hand_over_volumes(self, request: JSON) -> None:
        for mount in request.get("volumes", ()):
            if "ro" not in mount.get("Options", ()):
                volume = self._get(f"/volumes/{_path(mount['Name'])}/json", f"inspect volume {mount['Name']}")
                self._hand_over(Path(volume["Mountpoint"]), request.get("user", ""))

    # --- how to ask ---

    def _get(self, path: str, doing: str) -> JSON:
        answer: JSON = self._http.request("GET", path, doing)
        return answer

    def _list(self, path: str, doing: str, query: dict[str, str] | None = None) -> list[JSON]:
        attempts = LIST_ATTEMPTS
        while True:
            attempts -= 1
            try:
                answer: list[JSON] | None = self._http.request("GET", path, doing, query)
            except NotFound:
                if not attempts:
                    raise
            else:
                return answer or []

    def _remove(self, path: str, doing: str, query: dict[str, str] | None = None) -> None:
        with contextlib.suppress(NotFound):
            self._http.request("DELETE", path, doing, {**FORCE, **(query or {})})


def delegated_controllers() -> list[str]:
    """The cgroup v2 controllers that systemd lets this user's services use."""
    user = os.getuid()
    service = Path(f"/sys/fs/cgroup/user.slice/user-{user}.slice/user@{user}.service")
    try:
        return (service / "cgroup.controllers").read_text().split()
    except OSError:
        return []


def normalise_container(inspected: JSON) -> JSON:
    """The answer of any version in later ones' words; health under State.Health, as {Status, FailingStreak, Log}."""
    state = dict(inspected["State"])
    state["Status"] = STATES.get(state["Status"], state["Status"])
    health = state.pop("Healthcheck", None) or state.get("Health") or {}  # 3.0.1's word, later versions'
    state["Health"] = {
        "Status": health.get("Status") or "",
        "FailingStreak": health.get("FailingStreak") or 0,
        "Log": health.get("Log") or [],
    }
    return {**inspected, "State": state}


def split_frames(read: Callable[[int], bytes], *, ends_lines: bool) -> Iterator[tuple[str, str]]:
    """(stream, line) from frames: a byte for the stream, three of zero, four for the length, then text.

    With `ends_lines` a frame without a newline is part of a longer line; before 4.0 each frame is a line.
    """
    begun: dict[int, bytes] = {}
    while len(header := read(8)) == 8:
        stream, text = header[0], read(int.from_bytes(header[4:], "big"))
        text = begun.pop(stream, b"") + text
        if ends_lines and not text.endswith(b"\n"):
            begun[stream] = text
        else:
            yield STREAMS.get(stream, "stdout"), _line(text)
    for stream, text in begun.items():
        yield STREAMS.get(stream, "stdout"), _line(text)


def _line(text: bytes) -> str:
    return text.decode(errors="replace").removesuffix("\n")


def _path(name: str) -> str:
    return quote(name, safe="/:@")
