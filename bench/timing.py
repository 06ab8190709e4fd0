"""Time commands against each other: in turn, so that a machine whose speed drifts slows both alike."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """Medians of one contestant: wall and processor time in seconds, peak memory of its largest process in MB."""

    name: str
    wall: float
    cpu: float
    memory: float


Run = Callable[[], "tuple[float, float, float]"]


def command(argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: str | None = None) -> Run:
    """A contestant that is a command; it must succeed."""
    return lambda: measure(argv, env=env, cwd=cwd)


def measure(
    argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: str | None = None
) -> tuple[float, float, float]:
    """Run once. Gives wall seconds, processor seconds, peak megabytes, of the process and its waited-for children."""
    began = time.perf_counter()
    process = subprocess.Popen(
        argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(env or {})}, cwd=cwd
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(argv)} failed:\n{errors.decode(errors='replace')}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(
    contestants: Mapping[str, Run], *, runs: int = 9, between: Callable[[], None] = lambda: None
) -> list[Figure]:
    """Run all in turn, `runs` times after one warm-up; `between` cleans up after each."""
    seen: dict[str, list[tuple[float, float, float]]] = {name: [] for name in contestants}
    for round_ in range(runs + 1):
        for name, run in contestants.items():
            figures = run()
            between()
            if round_:
                seen[name].append(figures)
    return [Figure(name, *(median(column) for column in zip(*figures))) for name, figures in seen.items()]


def table(title: str, figures: Sequence[Figure], floor: str = "") -> str:
    """The figures as Markdown; ratios are the first one's wall time over each other's."""
    first = figures[0]
    lines = [
        f"### {title}",
        "",
        *([f"Wanted: {floor}.", ""] if floor else []),
        f"| | wall s | cpu s | peak MB | {first.name} is |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for each in figures:
        ratio = f"{first.wall / each.wall:.2f}x" if each is not first else ""
        lines.append(f"| {each.name} | {each.wall:.3f} | {each.cpu:.3f} | {each.memory:.0f} | {ratio} |")
    return "\n".join(lines) + "\n"


def own_peak() -> float:
    """Peak megabytes of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
