"""Files as a whole: their length, their docstrings, what must not stand in them."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "src").rglob("*.py"))

#: Modules that may be longer than 400 lines, each with the reason.
LONG_WITH_REASON: dict[str, str] = {
    "src/vestibule/client/directory/resources/applications.py": "written from the declarations of the API",
    "src/vestibule/client/resources/streams.py": "written from the declarations of the API",
    "src/vestibule/client/resources/webhooks.py": "written from the declarations of the API",
    "src/vestibule/client/resources/sign_on.py": "written from the declarations of the API",
}

#: Methods that change the container they are called on.
FILLS = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "clear", "remove"}

NAMES_THAT_SAY_NOTHING = ("utils", "util", "helpers", "helper", "common", "base", "misc")


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked_text() -> list[tuple[str, str]]:
    """Path and text of every text file git knows; of every source file where this is no checkout."""
    names: list[str] = []
    if shutil.which("git"):
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
        names = [name for name in listed.stdout.decode().split("\0") if name]
    names = names or [shown(path) for path in MODULES]
    found = []
    for name in names:
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".ico", ".woff2", ".db"}:
            found.append((name, path.read_text("utf-8", errors="replace")))
    return found


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_can_be_held_in_the_head(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= 400 or shown(path) in LONG_WITH_REASON, f"{lines} lines: two things may live here"


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_is_named_by_what_it_is_about(path: Path) -> None:
    assert path.stem not in NAMES_THAT_SAY_NOTHING


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_what_is_public_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    if not tree.body:
        return
    bare = [] if ast.get_docstring(tree) else ["the module"]
    for node in tree.body:
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if named and not node.name.startswith("_") and not ast.get_docstring(node):
            bare.append(node.name)
    assert not bare, f"without docstring: {', '.join(bare)}"


def test_no_file_names_a_place_on_one_machine() -> None:
    place = re.compile("(?<![\\w.}*-])/" + "(work|tmp|root|home|Users)" + "/" + r"\w")
    faults = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in tracked_text()
        for number, line in enumerate(text.splitlines(), 1)
        if place.search(line) and not _is_address(line)
    ]
    assert not faults, "\n".join(faults)


def _is_address(line: str) -> bool:
    """``/Users/…`` is a SCIM endpoint as well as a home folder; as the latter it names a person and a folder."""
    return "/Users/" in line and not re.search("/(work|tmp|root|home)/" + r"\w", line)


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_keeps_no_state(path: Path) -> None:
    """Two Vestibules in one process must not meet: no ``global``, nothing of a module is filled later."""
    tree = ast.parse(path.read_text("utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Global)]
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    names = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    filled = [name for function in functions for name in _filled_in(function) if name in names]
    assert not filled, f"filled by a function: {', '.join(filled)}"


def _filled_in(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Names whose elements a function writes, and that it does not bind itself."""
    written, bound = set(), {argument.arg for argument in function.args.args}
    for node in ast.walk(function):
        element = isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)
        if element or (isinstance(node, ast.Attribute) and node.attr in FILLS):
            written.add(getattr(node.value, "id", ""))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    return written - bound
