"""The shape of the house: who may import whom (docs/architecture.md), how large a room may grow (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import podpipe

ROOT = Path(__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).replace(".__init__", ""): path
    for path in sorted((ROOT / "podpipe").rglob("*.py"))
}
FRONT = {"podpipe", "podpipe.__main__"}  # the doors to the house, which lead to every room
VERB = {"add_arguments", "run"}  # what every file of podpipe/cli has: podpipe/cli/parser.py says what for
LONGEST_MODULE, LONGEST_FUNCTION = 400, 50  # lines
HEAVY = {"argparse", "http.client", "rich", "jinja2", "yaml", "podman", "aiohttp", "git", "markdown_it", "sqlite_utils"}


def load_arrows() -> dict[str, set[str]]:
    """The table of docs/architecture.md: each room with the rooms that it may import, by way of others too."""
    arrows: dict[str, set[str]] = {}
    for line in (ROOT / "docs" / "architecture.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        rooms = re.findall(r"`(?:podpipe/)?(\w+)(?:\.py|/)`", cells[0])
        if len(cells) == 3 and rooms:
            allowed = granted(cells[2], arrows)
            together = rooms if cells[2].startswith("nothing") else []
            arrows.update({room: allowed | {room, *together} for room in rooms})
    return arrows


def granted(cell: str, above: dict[str, set[str]]) -> set[str]:
    """The rooms that a cell names, and those that they may import in their turn."""
    if cell == "nothing else of ours":
        return set()
    if cell.startswith("all above"):
        return set(above) - set(cell.partition(" but ")[2].split(", "))
    return set().union(*(above[room] for room in cell.split(", ")))


ARROWS = load_arrows()


def room_of(module: str) -> str:
    return module.split(".")[1]


def imported_modules(path: Path) -> Iterator[str]:
    """The modules of ours that a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "podpipe")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            if node.module and node.module.split(".")[0] == "podpipe":
                yield from (meant_module(node.module, alias.name) for alias in node.names)


def meant_module(module: str, name: str) -> str:
    """The module that `from module import name` reaches."""
    if module == "podpipe":
        return podpipe._HOMES.get(name, f"podpipe.{name}")
    return module


def is_function(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


@pytest.mark.parametrize("module", sorted(set(MODULES) - FRONT))
def test_the_arrows_point_one_way(module: str) -> None:
    room = room_of(module)
    assert room in ARROWS, f"docs/architecture.md has no row for podpipe/{room}"
    targets = set(imported_modules(MODULES[module])) - {"podpipe", "podpipe.__version__"}
    wrong = {target for target in targets if room_of(target) not in ARROWS[room]}
    assert not wrong, f"{room} may import {', '.join(sorted(ARROWS[room]))}"


def test_every_room_of_the_table_is_there() -> None:
    assert set(ARROWS) == {room_of(module) for module in MODULES if module not in FRONT}


def test_the_test_would_see_a_wrong_arrow() -> None:
    assert "effects" not in ARROWS["plan"]
    assert ARROWS["web"] == {"web", "data", "errors", "files"} - {"data"}
    assert "cli" not in ARROWS["testing"]
    assert "podpipe.errors" in set(imported_modules(MODULES["podpipe.files"]))


@pytest.mark.parametrize("path", [*MODULES.values(), *sorted((ROOT / "tests").rglob("*.py"))], ids=str)
def test_sizes_and_names(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "manager"}
    functions = filter(is_function, ast.walk(ast.parse(path.read_text())))
    assert [node.name for node in functions if node.end_lineno - node.lineno >= LONGEST_FUNCTION] == []


@pytest.mark.parametrize("module", MODULES)
def test_what_others_use_is_documented(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text())
    undocumented = {node.name for node in tree.body if is_function(node) and not ast.get_docstring(node)}
    known = VERB if module.startswith("podpipe.cli.") else set()
    assert {name for name in undocumented if not name.startswith("_")} <= known
    assert module == "podpipe.__main__" or ast.get_docstring(tree)


def test_all_names_what_the_package_gives() -> None:
    assert set(podpipe.__all__) == {*podpipe._HOMES, "__version__"}
    for name in podpipe.__all__:
        assert getattr(podpipe, name)


def test_importing_the_package_costs_nothing() -> None:
    code = "import sys; before = set(sys.modules); import podpipe; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert set(loaded.stdout.split()) - {"__future__"} == {"podpipe"}


@pytest.mark.parametrize("module", ["podpipe.project", "podpipe.cli", "podpipe.plan"])
def test_a_room_does_not_pay_for_what_it_may_never_need(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert set(loaded.stdout.split()) & HEAVY == set()
