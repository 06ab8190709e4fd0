"""podpipe preview"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

from podpipe.cli.console import Console
from podpipe.cli.parser import add_json
from podpipe.delivery import Delivery
from podpipe.delivery.preview import Preview, parse_life
from podpipe.errors import UsageError, escaped
from podpipe.project import Project

COLUMNS = ("BRANCH", "NAME", "STATE", "COMMIT", "EXPIRES", "ADDRESS")
FORMS = "write `podpipe preview --branch BRANCH [POD...]`, `podpipe preview list` or `podpipe preview rm BRANCH`"


def add_arguments(parser: ArgumentParser) -> None:
    words = "`list`; `rm BRANCH`; or with --branch the pods and CronJobs to run (default: all of them)"
    parser.add_argument("words", nargs="*", metavar="WORD", help=words)
    parser.add_argument("--branch", metavar="BRANCH", help="run what this branch holds, or renew its preview")
    parser.add_argument("--commit", default="", metavar="COMMIT", help="one of the branch's (default: its newest)")
    parser.add_argument("--repository", default="", metavar="URL", help="where the branch is (default: as `rebuild`)")
    parser.add_argument("--expires", default="7d", metavar="TIME", help="when it may go: 7d, 12h, 30m (default: 7d)")
    parser.add_argument("--keep", action="store_true", help="let one that fails stay, to look into")
    parser.add_argument(
        "--timeout",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="how long containers may take to become healthy (default: %(default)g)",
    )
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    verb, *names = arguments.words or [""]
    delivery = Delivery(Project.load(arguments.project, report=console.report, log=console.log))
    if arguments.branch is not None:
        _make(arguments, console, delivery)
    elif verb == "list" and not names:
        delivery.expire_previews()
        _show(console, delivery.previews())
    elif verb == "rm" and names:
        removed = [delivery.remove_preview(name) for name in names]
        delivery.expire_previews()
        _tell_removed(console, removed)
    else:
        raise UsageError("it is not clear what to do", hint=FORMS)
    return 0


def _make(arguments: Namespace, console: Console, delivery: Delivery) -> None:
    preview = delivery.preview(
        arguments.branch,
        commit=arguments.commit,
        repository=arguments.repository,
        life=parse_life(arguments.expires),
        chosen=arguments.words,
        keep=arguments.keep,
        timeout=arguments.timeout,
    )
    if console.as_json:
        console.result_json(preview.as_json())
        return
    for pod, urls in preview.addresses.items():
        console.result(f"{pod}: {' '.join(urls)}")
    console.result(f"{preview.branch} at {preview.commit[:12]} until {preview.expires}{_memory()}")


def _memory() -> str:
    from podpipe.effects.memory import available_memory

    left = available_memory()
    return f"; {left >> 20} MB of memory are left" if left >= 0 else ""


def _tell_removed(console: Console, removed: Iterable[Preview]) -> None:
    if console.as_json:
        console.result_json([preview.as_json() for preview in removed])
        return
    for preview in removed:
        console.result(f"removed {preview.branch or preview.slug}")


def _show(console: Console, previews: Iterable[Preview]) -> None:
    if console.as_json:
        console.result_json([preview.as_json() for preview in previews])
        return
    rows = [COLUMNS, *(_cells(preview) for preview in previews)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        console.result("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def _cells(preview: Preview) -> tuple[str, ...]:
    urls = " ".join(url for urls in preview.addresses.values() for url in urls)
    return (
        escaped(preview.branch) or "-",
        preview.slug,
        preview.state,
        preview.commit[:12] or "-",
        preview.expires or "-",
        urls or "-",
    )
