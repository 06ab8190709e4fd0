"""Print how a project stands as a Markdown table, for a page or a mail; exit with 1 if anything needs a look.

python3 examples/status_table.py [FOLDER]
"""

from __future__ import annotations

import sys

from podpipe import PodpipeError, Project


def main(folder: str = ".") -> int:
    """Print the table. Returns the exit status."""
    rows = Project.load(folder).status()
    print("| container | state | health | restarts |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row.name} | {row.state} | {row.health or '-'} | {row.restarts} |")
    return 0 if all(row.well for row in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except PodpipeError as error:
        sys.exit(str(error))
