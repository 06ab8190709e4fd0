"""`podpipe up`, `status` and `--help` against podman, podman-compose and bare Python.

    python3 bench/pods.py [RUNS]       as an ordinary user with rootless Podman; prints Markdown

Makes the starter project in a temporary folder, runs it once (which builds its images), and then takes it down
and up again by each means in turn. Ports 8080 and 8001 must be free, and no pods of a project called home be there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from timing import Run, command, compare, measure, table

from podpipe import Project
from podpipe.starter import make_starter

ANSWERS = ("http://127.0.0.1:8080/", "http://127.0.0.1:8001/data/deaths.json?_size=1")
PODPIPE = [str(Path(sys.executable).with_name("podpipe"))]


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="podpipe-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        project = folder / "home"
        make_starter(project, (8080, 8001))
        podpipe = [*PODPIPE, "-C", str(project)]
        subprocess.run([*podpipe, "up"], check=True)
        time.sleep(2)  # what was written within the last second is not taken for unchanged
        subprocess.run([*podpipe, "up"], check=True, stdout=subprocess.DEVNULL)
        try:
            bench_idle(podpipe, runs)
            bench_cold(podpipe, project, folder, max(runs // 3, 3))
        finally:
            subprocess.run([*podpipe, "down"], check=True, stdout=subprocess.DEVNULL)


def bench_idle(podpipe: list[str], runs: int) -> None:
    """What podpipe costs while everything is as it should be."""
    listing = command(["sh", "-c", "podman pod ps; podman ps"])
    figures = compare({"podpipe up": command([*podpipe, "up"]), "podman pod ps; podman ps": listing}, runs=runs)
    print(table("`podpipe up` with nothing to do", figures, "at most 1.0x the wall time"))
    bare = command([sys.executable, "-c", "pass"])
    figures = compare({"podpipe --help": command([*PODPIPE, "--help"]), "python3 -c pass": bare}, runs=runs)
    print(table("`podpipe --help`", figures, "at most 3x"))
    figures = compare({"podpipe status": command([*podpipe, "status"])}, runs=runs)
    print(table("`podpipe status`", figures, "at most 45 MB"))
    print(f"builder at rest: {resident('home-web-builder')} MB resident in all its processes (wanted: at most 40).\n")


def resident(container: str) -> int:
    """Megabytes that all processes of a container hold."""
    top = ["podman", "top", container, "hpid"]
    pids = subprocess.run(top, check=True, capture_output=True, text=True).stdout.split()[1:]
    texts = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return sum(int(line.split()[1]) for text in texts for line in text.splitlines() if line.startswith("VmRSS")) // 1000


def bench_cold(podpipe: list[str], project: Path, folder: Path, runs: int) -> None:
    """From no pods, with images and volumes there, until both addresses answer."""
    manifests = [str(path) for path in write_manifests(project, folder)]
    compose = ["podman-compose", "-f", str(write_compose(project, folder))]

    def down() -> None:
        for each in ([*podpipe, "down"], *(["podman", "kube", "down", path] for path in manifests), [*compose, "down"]):
            subprocess.run(each, capture_output=True, check=False)

    kube_play = ["sh", "-c", " && ".join(f"podman kube play {path}" for path in manifests)]
    up = {"podpipe up": [*podpipe, "up"]}
    contestants = {**up, "podman kube play": kube_play, "podman-compose": [*compose, "up", "-d"]}
    down()
    answering = {name: until_it_answers(argv) for name, argv in contestants.items()}
    figures = compare(answering, runs=runs, between=down)
    print(table("Cold, until both addresses answer", figures, "at most 1.0x kube play, at most 0.5x podman-compose"))
    figures = compare({name: command(argv) for name, argv in contestants.items()}, runs=runs, between=down)
    print(table("Cold, until the command returns; only podpipe waits for health and for sync", figures))
    subprocess.run([*podpipe, "up"], check=True, stdout=subprocess.DEVNULL)


def until_it_answers(argv: list[str]) -> Run:
    def run() -> tuple[float, float, float]:
        began = time.perf_counter()
        _, cpu, memory = measure(argv)
        for address in ANSWERS:
            wait_for(address)
        return time.perf_counter() - began, cpu, memory

    return run


def wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"{address} does not answer")


def write_manifests(project: Path, folder: Path) -> Iterable[Path]:
    """The project's manifests as `kube play` of 4.3 takes them: folders as hostPath, the job as a Pod that ends."""
    definition = Project.load(project).definition
    maps = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": each.name}, "data": dict(each.data)}
        for each in definition.config_maps
    ]
    for name in ("web", "data"):
        documents = [*maps, *yaml.safe_load_all((project / f"pods/{name}.yaml").read_text())]
        documents = [as_pod(each) for each in documents if each["kind"] != "PersistentVolumeClaim"]  # podpipe made them
        for document in documents:
            for volume in document.get("spec", {}).get("volumes", []):
                claim = volume.get("persistentVolumeClaim", {}).get("claimName")
                if claim in ("content", "home-sources"):
                    del volume["persistentVolumeClaim"]
                    volume["hostPath"] = {"path": str(project / claim.replace("home-", ""))}
        path = folder / f"kube-{name}.yaml"
        path.write_text(yaml.safe_dump_all(documents))
        yield path


def as_pod(document: dict[str, Any]) -> dict[str, Any]:
    if document["kind"] != "CronJob":
        return document
    spec = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": document["metadata"], "spec": spec}


def write_compose(project: Path, folder: Path) -> Path:
    """Equivalent services; the settings that podpipe mounts as ConfigMaps are files here."""
    for each in Project.load(project).definition.config_maps:
        (folder / each.name).mkdir(exist_ok=True)
        for key, text in each.data:
            (folder / each.name / key).write_text(text)

    def service(image: str, *volumes: str, **fields: Any) -> dict[str, Any]:
        locked = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges"], "user": "1000:1000"}
        mounts = {"volumes": list(volumes), "tmpfs": ["/tmp"]}
        return {"image": f"localhost/home-{image}:latest", **mounts, **locked, **fields}

    content, settings = f"{project}/content:/srv/content", f"{folder}/podpipe-content:/etc/podpipe:ro"
    sources, tables = f"{project}/sources:/srv/sources:ro", f"{folder}/podpipe-data:/etc/podpipe:ro"
    services = {
        "nginx": service("nginx", "home-site:/srv/site:ro", ports=["8080:8080"]),
        "builder": service("builder", "home-site:/srv/site", content, settings),
        "datasette": service("datasette", "home-data:/srv/data", ports=["8001:8001"]),
        "sync": service("datasette", "home-data:/srv/data", sources, tables, command=["python3", "-m", "podpipe.data"]),
    }
    volumes = {name: {"external": True, "name": name} for name in ("home-site", "home-data")}
    path = folder / "compose.yaml"
    path.write_text(json.dumps({"version": "3", "services": services, "volumes": volumes}))
    return path


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 15)
