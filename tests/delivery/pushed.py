"""What the hook and the queue do, with a Delivery that only writes down what it was asked for.

    python -m tests.delivery.pushed receive|work HOUSE [REPOSITORY]

The folder HOUSE holds the project, podpipe's state and `calls`; while there is a file `gate` in it a rebuild lasts on,
and the images that `bad` names fail.
"""

from __future__ import annotations

import json
import os
import sys
import time
from functools import partial
from pathlib import Path

from podpipe.definition import load_definition
from podpipe.delivery.fulfilment import Workshop
from podpipe.delivery.push import Push
from podpipe.delivery.queue import Queue, Teller, spool_of
from podpipe.delivery.requests import Requests
from podpipe.effects.detach import detach
from podpipe.errors import PodpipeError


class Scribe:
    """A Deliverer."""

    def __init__(self, house: Path, teller: Teller, asked_by: str) -> None:
        self.house = house
        self.teller = teller
        self.asked_by = asked_by

    def rebuild(
        self, image: str, *, branch: str = "", commit: str = "", repository: str = "", deploy: bool = True
    ) -> object:
        git = [name for name in os.environ if name.startswith("GIT_")]
        call = {"image": image, "branch": branch, "commit": commit, "deploy": deploy, "git": git, "by": self.asked_by}
        with (self.house / "calls").open("a") as file:
            file.write(json.dumps(call) + "\n")
        self.teller.log(f"building {image}\x1b[31m")
        while (self.house / "gate").exists():
            time.sleep(0.01)
        bad = self.house / "bad"
        if bad.exists() and image in bad.read_text().split():
            raise PodpipeError(f"{image} does not build", hint="mend it")
        return None

    def preview(self, branch: str, *, commit: str = "", repository: str = "") -> object:
        self.teller.log(f"showing {branch}")
        return None


def open_queue(house: Path, console: list[str]) -> Queue:
    def load(teller: Teller) -> Workshop:
        definition = load_definition(house / "project")
        return Workshop(definition, partial(Scribe, house, teller), spool_of(definition))

    return Queue(Requests(house / "state"), load, console.append)


def main(verb: str, house: Path, repository: Path) -> None:
    if verb == "work":
        said: list[str] = []
        open_queue(house, said).work()
        return
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    requests = Requests(house / "state")
    work = [sys.executable, "-m", "tests.delivery.pushed", "work", str(house), str(repository)]
    push = Push(requests, repository, lambda line: print(line, flush=True))
    push.receive(sys.stdin.read().splitlines(), lambda: detach(work, house / "worker.log"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
