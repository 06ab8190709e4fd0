"""Bring a project up and say where its pods answer.

python3 examples/up.py [FOLDER]
"""

from __future__ import annotations

import sys

from podpipe import PodpipeError, up


def main(folder: str = ".") -> None:
    """Do what `podpipe up` does."""
    launch = up(folder, report=print)
    for action in launch.plan.changes if launch.plan else ():
        print(action)
    for pod, addresses in launch.addresses.items():
        print(f"{pod}: {' '.join(addresses)}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except PodpipeError as error:
        sys.exit(str(error))
