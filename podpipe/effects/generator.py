"""podpipe's own Quadlet generator among those that the users' systemds run, where Podman brings none.

systemd.generator(7) has /usr/local/lib for what is installed by hand. The code is a copy, so that it needs nothing but
Debian's Python, and goes on when podpipe's own environment is moved or removed.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from podpipe.effects.generators import FOLDERS, OURS, PODMANS_OWN
from podpipe.effects.process import run
from podpipe.errors import PodpipeError, UsageError
from podpipe.files import write_atomic

PYTHON = "/usr/bin/python3"
CODE = "usr/local/lib/podpipe-quadlet"
LAUNCHER = f"usr/local/lib/systemd/user-generators/{OURS}"
# -I and -S: whatever a user's environment and site-packages say, this is the code that runs.
SCRIPT = f"""\
#!{PYTHON} -IS
# Installed by `podpipe quadlet install-generator`; `podpipe quadlet install-generator --remove` removes it.
import sys

sys.path.insert(0, "/{CODE}")
from podpipe.quadlet.main import main

raise SystemExit(main([sys.argv[0], "-user", *sys.argv[1:]]))
"""


def install_generator(root: Path = Path("/")) -> Path:
    """Put the generator where each user's systemd finds it, or a newer one in its place. Returns where.

    Errors: UsageError where Podman has its own; PodpipeError for who is not root.
    """
    for folder in FOLDERS:
        own = root / folder.relative_to("/") / PODMANS_OWN
        if own.exists():
            hint = "nothing is to be done: it reads the same files"
            raise UsageError(f"this machine's Podman has a generator of its own: {own}", hint=hint)
    _require_root(root)
    _copy_code(root / CODE)
    launcher = root / LAUNCHER
    launcher.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(launcher, SCRIPT, 0o755)
    return launcher


def remove_generator(root: Path = Path("/")) -> Path:
    """Undo it; fine where there is none. Errors: PodpipeError for who is not root."""
    _require_root(root, "--remove")
    (root / LAUNCHER).unlink(missing_ok=True)
    shutil.rmtree(root / CODE, ignore_errors=True)
    return root / LAUNCHER


def _require_root(root: Path, *options: str) -> None:
    if os.access(root / "usr", os.W_OK):
        return
    command = ["sudo", sys.executable, "-m", "podpipe", "quadlet", "install-generator", *options]
    raise PodpipeError(f"only root can change {root / LAUNCHER}", hint=f"run: {shlex.join(command)}")


def _copy_code(folder: Path) -> None:
    """The whole new code beside the old one, compiled for those who may not write there, and then in its place."""
    beside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    package = Path(__file__).parents[1]
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package / "quadlet", beside / "podpipe/quadlet", ignore=ignore)
    shutil.copy(package / "__init__.py", beside / "podpipe")
    command = [PYTHON, "-IS", "-m", "compileall", "-q", "-s", f"{beside}", "-p", f"/{CODE}", f"{beside}"]
    run(command, doing="compiling the generator", timeout=120)
    for path in (beside, *beside.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
