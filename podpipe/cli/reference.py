"""The command line's reference as Markdown: `python3 -m podpipe.cli.reference >docs/cli.md`.

Made from the grammar itself, not from argparse's help, whose layout differs between versions of Python.
"""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentParser, _SubParsersAction
from collections.abc import Iterator

from podpipe.cli.parser import build_parser

HEAD = """\
# The command line

Made by `python3 -m podpipe.cli.reference`; do not edit.
"""


def render_reference() -> str:
    """The whole page."""
    parser = build_parser()
    verbs = next(action for action in parser._actions if isinstance(action, _SubParsersAction))
    sections = [HEAD, "\n".join(_table(parser)), f"{parser.epilog}.".capitalize()]
    for name, verb in verbs.choices.items():
        sections.append(f"## podpipe {name}\n\n{verb.description}")
        sections.append("\n".join(_table(verb)))
    return "\n\n".join(section.strip("\n") for section in sections) + "\n"


def _table(parser: ArgumentParser) -> Iterator[str]:
    yield "| argument | meaning |"
    yield "| --- | --- |"
    for action in parser._actions:
        if not isinstance(action, _SubParsersAction) and action.help != SUPPRESS:
            yield f"| `{_name(action)}` | {(action.help or '') % vars(action)} |"


def _name(action: Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else "|".join(map(str, action.choices or ()))
    if not action.option_strings:
        return (value or action.dest) + (" ..." if action.nargs == "*" else "")
    return ", ".join(action.option_strings) + (f" {value}" if value else "")


if __name__ == "__main__":
    print(render_reference(), end="")  # noqa: T201
