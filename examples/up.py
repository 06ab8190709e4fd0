"""Bring a project up and say where its pods answer.

python3 examples/up.py [FOLDER]
"""

from __future__ import annotations

import sys

from podpipe import PodpipeError, Project


def main(folder: str = ".") -> None:
    """Do what `podpipe up` does."""
    project = Project.load(folder, report=print)
    done = project.up()
    print(f"{len(done.changes)} changes")
    for pod, addresses in project.addresses().items():
        print(f"{pod}: {' '.join(addresses)}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except PodpipeError as error:
        sys.exit(str(error))
