from __future__ import annotations

import shutil
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from podpipe.effects.replace_tree import let_everybody_read, replace_tree

NAMES = st.sampled_from(["a", "b", "c"])
TREES = st.recursive(
    st.sampled_from(["one", "two", "-> a", "-> /nonexistent"]), lambda inner: st.dictionaries(NAMES, inner, max_size=3)
).filter(lambda tree: isinstance(tree, dict))


def write(folder: Path, tree: object) -> None:
    if isinstance(tree, dict):
        folder.mkdir()
        for name, inner in tree.items():
            write(folder / name, inner)
    elif str(tree).startswith("-> "):
        folder.symlink_to(str(tree)[3:])
    else:
        folder.write_text(str(tree))


def read(folder: Path) -> object:
    if folder.is_symlink():
        return f"-> {folder.readlink()}"
    return {path.name: read(path) for path in folder.iterdir()} if folder.is_dir() else folder.read_text()


@given(TREES, TREES)
def test_it_becomes_the_other_one(tmp_path_factory: object, was: object, now: object) -> None:
    folder = Path(tmp_path_factory.mktemp("trees"))  # type: ignore[attr-defined]
    write(folder / "was", was)
    write(folder / "now", now)
    kept = (folder / "was").stat().st_ino
    replace_tree(folder / "now", folder / "was")
    assert read(folder / "was") == now
    assert (folder / "was").stat().st_ino == kept
    shutil.rmtree(folder)


def test_what_is_the_same_is_not_touched(tmp_path: Path) -> None:
    for name, other in (("was", "old"), ("now", "new")):
        write(tmp_path / name, {"a": {"same": "one", "other": other}, "b": "one"})
    inodes = {name: (tmp_path / "was" / name).stat().st_ino for name in ("a", "a/same", "a/other", "b")}
    (tmp_path / "now/b").chmod(0o755)
    replace_tree(tmp_path / "now", tmp_path / "was")
    after = {name: (tmp_path / "was" / name).stat().st_ino for name in inodes}
    assert {name for name in inodes if after[name] != inodes[name]} == {"a/other", "b"}
    assert (tmp_path / "was/b").stat().st_mode & 0o777 == 0o755


def test_everybody_may_read(tmp_path: Path) -> None:
    write(tmp_path / "x", {"a": {"b": "one"}, "program": "two", "c": "-> /nonexistent"})
    for path, mode in ((tmp_path / "x/a/b", 0o600), (tmp_path / "x/program", 0o700), (tmp_path / "x/a", 0o700)):
        path.chmod(mode)
    let_everybody_read(tmp_path / "x")
    modes = {name: (tmp_path / "x" / name).stat().st_mode & 0o777 for name in ("a", "a/b", "program")}
    assert modes == {"a": 0o755, "a/b": 0o644, "program": 0o755}
