"""`podpipe up` through systemd against `systemctl start`; nginx behind systemd's socket against nginx on the host.

    python3 bench/systemd.py [RUNS]     as an ordinary user whose systemd answers; prints Markdown

Needs `ab` of Debian's apache2-utils. Makes the starter project in a temporary folder, with free ports, and runs it
once (which builds its images). No pods of a project called home may be there.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from timing import Run, command, compare, table

from podpipe.effects.engine import connect
from podpipe.errors import PodpipeError
from podpipe.starter import make_starter
from pods import PODPIPE, wait_for

UNITS = (
    *("home-web-pod.service", "home-web-nginx.service", "home-web-builder.service"),
    *("home-data-pod.service", "home-data-datasette.service"),
    *("home-web-nginx.socket", "home-sync.timer", "home-sync-home-sources.path"),
)
SYSTEMCTL = ("systemctl", "--user")
REQUESTS, CLIENTS = 5000, 8

# The image's own nginx and files, as the container's user, but in no container: only the root folder is another.
OUTSIDE = """\
root=$(podman image mount localhost/home-nginx)
mount --rbind /dev "$root/dev" && mount --rbind /proc "$root/proc" && mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$1" "$root/srv/site" && mount --bind "$2" "$root/etc/nginx/nginx.conf"
exec chroot --userspec=1000:1000 "$root" nginx -e stderr
"""


class Home:
    """The starter project on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.web, _ = make_starter(folder, (free_port(), free_port()))
        self.conf = folder / "containerfiles/nginx/nginx.conf"

    def podpipe(self, *words: str) -> list[str]:
        return ["env", "PODPIPE_SUPERVISOR=systemd", *PODPIPE, "-C", str(self.folder), *words]


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def quietly(*argv: str) -> None:
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="podpipe-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        home = Home(folder / "home")
        subprocess.run(home.podpipe("up"), check=True)
        try:
            bench_requests(home, folder, 2 * runs)
            bench_cold(home, max(runs // 3, 3))
        finally:
            quietly(*home.podpipe("down"))


# --- From no pods, with images and volumes there -----------------------------------------------------


def bench_cold(home: Home, runs: int) -> None:
    def all_gone() -> None:
        quietly(*home.podpipe("down"))

    def all_stopped() -> None:
        quietly(*home.podpipe("up"))
        quietly(*SYSTEMCTL, "stop", *UNITS)

    ways = {
        "podpipe up, units there": (all_stopped, home.podpipe("up")),
        "systemctl --user start": (all_stopped, [*SYSTEMCTL, "start", *UNITS]),
        "podpipe up, after podpipe down": (all_gone, home.podpipe("up")),
    }
    answer = {name: after(prepare, until_it_serves(home, argv)) for name, (prepare, argv) in ways.items()}
    print(table("Cold, until nginx answers and datasette is healthy", compare(answer, runs=runs), "at most 1.15x"))
    end = {name: after(prepare, command(argv)) for name, (prepare, argv) in ways.items()}
    print(table("Cold, until the command returns; only podpipe waits for health", compare(end, runs=runs)))


def after(prepare: Callable[[], None], run: Run) -> Run:
    def both() -> tuple[float, float, float]:
        prepare()
        return run()

    return both


def until_it_serves(home: Home, argv: list[str]) -> Run:
    """Its wall time ends while the command may still wait for the rest."""

    def run() -> tuple[float, float, float]:
        began = time.perf_counter()
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(f"http://127.0.0.1:{home.web}/")
        wait_for_health("data-datasette")
        wall = time.perf_counter() - began
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(argv)} failed")
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

    return run


def wait_for_health(container: str) -> None:
    """By its health check: 3.0.1's port forwarder may die of a connection that comes too early."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(PodpipeError):
            if connect().run_healthcheck(container):
                return
        time.sleep(0.05)
    raise SystemExit(f"{container} does not get healthy")


# --- Requests per second -----------------------------------------------------------------------------


def bench_requests(home: Home, folder: Path, runs: int) -> None:
    with on_the_host(home, folder) as host, published(home) as port:
        contestants = {"the socket": home.web, "on the host": host, "published port": port}
        lines = [f"| requests a second | {' | '.join(contestants)} | of the host's | of the published port's |"]
        lines.append("| --- | ---: | ---: | ---: | ---: | ---: |")
        for title, options in (("a connection for each", ()), ("keep-alive", ("-k",))):
            rounds = list(turns(tuple(contestants.values()), options, runs))
            rates = " | ".join(f"{median(column):,.0f}" for column in zip(*rounds))
            ratios = " | ".join(f"{median(each[0] / each[other] for each in rounds):.2f}x" for other in (1, 2))
            lines.append(f"| {title} | {rates} | {ratios} |")
    print("\n".join(["### nginx, the starter's front page", "", *lines, ""]))


def turns(ports: Sequence[int], options: Sequence[str], runs: int) -> Iterator[list[float]]:
    """What each gives, in turn, another one first each time; the first round is a warm-up."""
    for round_ in range(runs + 1):
        first = round_ % len(ports)
        rates = {port: requests_per_second(port, options) for port in (*ports[first:], *ports[:first])}
        if round_:
            yield [rates[port] for port in ports]


def requests_per_second(port: int, options: Sequence[str]) -> float:
    ab = ["ab", "-q", "-n", str(REQUESTS), "-c", str(CLIENTS), *options, f"http://127.0.0.1:{port}/"]
    text = subprocess.run(ab, check=True, capture_output=True, text=True).stdout
    if not re.search(r"(?m)^Failed requests: +0$", text) or "Non-2xx" in text:
        raise SystemExit(text)
    return float(re.findall(r"(?m)^Requests per second: +([\d.]+)", text)[0])


@contextlib.contextmanager
def on_the_host(home: Home, folder: Path) -> Iterator[int]:
    """The port at which the image's nginx answers with the same configuration and site, outside of containers."""
    port = free_port()
    conf = folder / "nginx.conf"
    conf.write_text(home.conf.read_text().replace(str(home.web), str(port)).replace("8081", str(free_port())))
    conf.chmod(0o644)
    words = ["podman", "volume", "inspect", "site", "--format", "{{.Mountpoint}}"]
    site = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    argv = ["podman", "unshare", "unshare", "--mount", "sh", "-ec", OUTSIDE, "sh", site, str(conf)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True) as nginx:
        try:
            wait_for(f"http://127.0.0.1:{port}/")
            yield port
        finally:
            os.killpg(nginx.pid, signal.SIGTERM)


@contextlib.contextmanager
def published(home: Home) -> Iterator[int]:
    """The port at which a container of the same image answers through Podman's port forwarder."""
    name, port = "podpipe-bench-published", free_port()
    options = ["--detach", "--rm", "--read-only", "--tmpfs=/tmp", "--cap-drop=all", "--volume=home-site:/srv/site:ro"]
    quietly("podman", "run", f"--name={name}", f"--publish={port}:{home.web}", *options, "localhost/home-nginx")
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        yield port
    finally:
        quietly("podman", "stop", name)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 9)
