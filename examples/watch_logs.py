"""Follow what a pod prints and show only the lines that match a pattern.

python3 examples/watch_logs.py POD [PATTERN] [FOLDER]
"""

from __future__ import annotations

import re
import sys

from podpipe import PodpipeError, Project


def main(pod: str, pattern: str = "error|warn", folder: str = ".") -> None:
    """Print matching lines until every container of the pod has ended."""
    wanted = re.compile(pattern, re.IGNORECASE)
    for container, line in Project.load(folder).logs(pod, follow=True, tail=100):
        if wanted.search(line):
            print(f"{container}: {line}", flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except PodpipeError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        pass
