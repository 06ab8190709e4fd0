"""`podpipe rebuild` against git, buildah and systemctl by hand; what a swap costs those who ask at the front door.

    python3 bench/delivery.py [RUNS]     as an ordinary user whose systemd answers; prints Markdown

Makes the starter project in a temporary folder, with free ports, and runs it once (which builds its images). No pods
of a project called home may be there.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from statistics import median
from threading import Thread

from systemd import Home, after, quietly
from timing import command, compare, table

from podpipe import Delivery, Project
from podpipe.errors import RolledBack

SETTINGS = "\nreleases: {{minReadySeconds: 0, trial: {trial}}}\n"
PROBE = (2, 3)  # seconds between two looks, failures until a container is unhealthy


class Checkout(Home):
    """The starter as a repository, with a branch for each change that is to be built."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.numbers = itertools.count(1)
        self.settings = (folder / "podpipe.yaml").read_text()
        web = folder / "pods/web.yaml"
        period, failures = PROBE
        probe = f"periodSeconds: {period}\n        failureThreshold: {failures}\n        timeoutSeconds: 1"
        manifest, found = re.subn(r"periodSeconds: \d+\n +timeoutSeconds: \d+", probe, web.read_text(), count=1)
        assert found
        web.write_text(manifest)
        self.set_trial(on=True)
        self.git("init", "--quiet")
        self.git("checkout", "--quiet", "-b", "main")
        self.commit(".")

    def set_trial(self, *, on: bool) -> None:
        (self.folder / "podpipe.yaml").write_text(self.settings + SETTINGS.format(trial=str(on).lower()))

    def git(self, *arguments: str) -> None:
        quietly("git", "-C", str(self.folder), "-c", "user.name=a", "-c", "user.email=a@b", *arguments)

    def commit(self, path: str) -> None:
        self.git("add", path)
        self.git("commit", "--quiet", "--message", path)

    def change(self, old: str = "#!/bin/sh\n", new: str = "", file: str = "serve") -> str:
        """A new commit on the branch `next`, which differs from all before."""
        self.git("checkout", "--quiet", "-B", "next", "main")
        path = self.folder / "containerfiles/nginx" / file
        path.write_text(path.read_text().replace(old, new or f"{old}# {next(self.numbers)}\n", 1))
        self.commit("containerfiles")
        self.git("checkout", "--quiet", "main")
        return "next"

    def rebuild(self, branch: str) -> list[str]:
        return self.podpipe("rebuild", "home-nginx", "--branch", branch)


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="podpipe-bench-") as name:
        Path(name).chmod(0o755)
        home = Checkout(Path(name) / "home")
        subprocess.run(home.podpipe("up"), check=True)
        try:
            bench_unchanged(home, Path(name) / "clone", runs)
            bench_rebuild(home, Path(name) / "clone", max(runs // 2, 3))
            bench_swap(home, 5)
            bench_way_back(home, 3)
        finally:
            quietly(*home.podpipe("down"))


def bench_unchanged(home: Checkout, clone: Path, runs: int) -> None:
    quietly(*home.rebuild("main"))
    quietly("git", "clone", "--quiet", str(home.folder), str(clone))
    hand = f"git -C {clone} fetch --quiet origin main && buildah images"
    ways = {"podpipe rebuild": command(home.rebuild("main")), "git fetch; buildah images": command(["sh", "-c", hand])}
    print(table("A branch that is live already", compare(ways, runs=runs), "at most 1.5x"))


def bench_rebuild(home: Checkout, clone: Path, runs: int) -> None:
    hand = f"""cd {clone} && git fetch --quiet origin next && git checkout --quiet FETCH_HEAD &&
        buildah bud --layers --tag localhost/home-nginx:latest containerfiles/nginx &&
        systemctl --user restart home-web-nginx.service && {until_healthy()}"""

    def prepare(trial: bool) -> Callable[[], None]:
        def set_and_change() -> None:
            home.set_trial(on=trial)
            home.change()

        return set_and_change

    ways = {
        "podpipe rebuild": after(prepare(False), command(home.rebuild("next"))),
        "by hand": after(prepare(False), command(["sh", "-c", hand])),
        "podpipe rebuild, with a trial": after(prepare(True), command(home.rebuild("next"))),
    }
    print(table("A changed file of nginx's image, until it is live and healthy", compare(ways, runs=runs), "1.10x"))


def until_healthy() -> str:
    return "until podman healthcheck run home-web-nginx >/dev/null; do sleep 0.1; done"


def bench_swap(home: Checkout, swaps: int) -> None:
    home.set_trial(on=True)
    waits: list[float] = []
    asking = True

    def ask() -> None:
        while asking:
            began = time.perf_counter()
            with urllib.request.urlopen(f"http://127.0.0.1:{home.web}/", timeout=30) as answer:
                answer.read()
            waits.append(time.perf_counter() - began)

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(swaps):
        home.change()
        quietly(*home.rebuild("next"))
    asking = False
    for thread in threads:
        thread.join()
    print(f"### {swaps} swaps\n\n{len(waits)} requests, none failed; the slowest: {max(waits):.3f} s (wanted: 1 s)\n")


def bench_way_back(home: Checkout, runs: int) -> None:
    """The image runs, but what its probe asks for is not there."""
    home.set_trial(on=False)
    period, failures = PROBE
    times = []
    for _ in range(runs):
        branch = home.change("listen 8081", f"listen {9000 + next(home.numbers)}", "nginx.conf")
        delivery = Delivery(Project.load(home.folder))
        with contextlib.suppress(RolledBack):
            delivery.rebuild("home-nginx", branch=branch)
        steps = {step.name: step.seconds for step in delivery.history("home-nginx", 1)[0].steps}
        times.append(steps["swap"] + steps["back"])
    own, took = period * failures + 1, median(times)
    print("### An unhealthy image\n")
    print(f"{took:.1f} s until the old one is back and healthy: {took / own:.2f}x of its probe's {own} s (wanted: 2x)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
