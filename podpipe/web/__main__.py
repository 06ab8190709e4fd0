"""`python3 -m podpipe.web`: keep the site built.

With --once: build it and exit 0, or 1 with what is wrong. With --rollback: make an earlier release live.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from podpipe.errors import PodpipeError, UsageError, masked
from podpipe.web.build import Built, build
from podpipe.web.problems import count_of, grouped
from podpipe.web.report import note_mistakes
from podpipe.web.watch import Content, say, watch

if TYPE_CHECKING:
    from podpipe.web.gitsource import Repository

CONTENT = Path("/srv/content")
_SETTINGS = 'it holds {"git": URL, "branch": NAME}, or {}'


def main(arguments: list[str] | None = None) -> int:
    """Run the builder; returns its exit status."""
    options = _parser().parse_args(arguments)
    os.umask(0o022)  # nginx has to read what is written here
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if options.rollback is not None:
            return _roll_back(options)
        repository = None if options.content else load_repository(options.settings, options.clone)
        if options.once:
            return _once(options, repository)
        watch(_content(options, repository), options.output)
    except PodpipeError as error:
        return _fail(options, str(error), error.code, error.exit_status)
    except Exception as error:
        return _fail(options, _unexpected(error), "unexpected", os.EX_SOFTWARE)
    return 0


def load_repository(settings: Path, clone: Path) -> Repository | None:
    """The repository that content.json names; None if the content is a folder. Errors: UsageError."""
    try:
        values = json.loads(settings.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"{settings} cannot be read: {error}", hint=_SETTINGS) from None
    if values == {}:
        return None
    url, branch = (values.get("git"), values.get("branch", "main")) if isinstance(values, dict) else (None, None)
    if not (isinstance(url, str) and isinstance(branch, str)):
        raise UsageError(f"{settings} names no repository", hint=_SETTINGS)
    from podpipe.web.gitsource import Repository

    return Repository(url, branch, clone)


def _once(options: argparse.Namespace, repository: Repository | None) -> int:
    if repository:
        from podpipe.web.gitsource import update

        update(repository)
    began = time.monotonic()
    try:
        built = build(_folder(options, repository), options.output, now=datetime.now(timezone.utc))
    except PodpipeError as error:
        note_mistakes(options.output, map(str, getattr(error, "problems", [error.message])))
        raise
    note_mistakes(options.output, map(str, built.problems))
    _report(built, time.monotonic() - began)
    if options.json:
        due = built.due.isoformat() if built.due else ""
        told = {key: [each.as_json() for each in getattr(built, key)] for key in ("problems", "warnings")}
        result = {"release": built.release, "made": built.made, "kept": built.kept, "due": due, **told}
        sys.stdout.write(json.dumps(result))
    return 1 if built.problems or built.warnings else 0


def _roll_back(options: argparse.Namespace) -> int:
    from podpipe.web.rollback import roll_back

    release = roll_back(options.output, options.rollback)
    say(f"release {release} is live until the content changes")
    return 0


def _fail(options: argparse.Namespace, message: str, code: str, status: int) -> int:
    """Say it, to the log and to who asked for JSON; returns the exit status."""
    say(message)
    if options.json:
        sys.stdout.write(json.dumps({"error": code}))
    return status


def _unexpected(error: Exception) -> str:
    """One line about an error that nobody foresaw, with the place to look at."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return masked(f"unexpected {type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}: {error}")


def _report(built: Built, seconds: float) -> None:
    for path in built.stray:
        page = f", or name it {path[:-5]}.md: a page may be HTML" if path.endswith(".html") else ""
        say(f"{path}: not published; put it into static/, or beside an index.md{page}")
    say(f"release {built.release}: {built.made} files made, {built.kept} kept, in {seconds:.2f} s")
    if built.warnings:
        say(f"worth a look:{_lines(grouped(built.warnings))}")
    if built.problems:
        say(f"the content has {count_of(built.problems)}; what has one stays as it was:{_lines(built.problems)}")


def _lines(problems: Iterable[object]) -> str:
    return "".join(f"\n  | {problem}" for problem in problems)


def _content(options: argparse.Namespace, repository: Repository | None) -> Content:
    if repository:
        from podpipe.web.watchgit import GitContent

        return GitContent(repository, options.interval)
    folder = _folder(options, repository)
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="the site's content is looked for there")
    from podpipe.web.watchfolder import FolderContent

    return FolderContent(folder)


def _folder(options: argparse.Namespace, repository: Repository | None) -> Path:
    return repository.folder if repository else options.content or CONTENT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m podpipe.web", description=__doc__)
    option, instead = parser.add_argument, parser.add_mutually_exclusive_group().add_argument
    instead("--once", action="store_true", help="build once and exit")
    instead("--rollback", nargs="?", const="", metavar="ID", help="make an earlier release live and exit")
    option("--json", action="store_true", help="with --once: report on standard output as JSON")
    option("--content", type=Path, help=f"the folder to build (else what --settings says, else {CONTENT})")
    option("--clone", type=Path, default=CONTENT / "repository", help="where a repository's clone lies (%(default)s)")
    option("--output", type=Path, default=Path("/srv/site"), help="where releases go (%(default)s)")
    option("--settings", type=Path, default=Path("/etc/podpipe/content.json"), help="names a repository (%(default)s)")
    option("--interval", type=float, default=60.0, help="seconds between looks at it (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
