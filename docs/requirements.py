"""The requirement rows, and the tests that name them: what the conformance page is made of."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vestibule.judge.rows import Row, load_rows

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
STATES = TESTS / "conformance" / "states.toml"
LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY")


class FaultyMark(Exception):
    """A mark that cannot be read as it stands: where it is, and how to write it."""


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """A test that shows rows: its file from the repository's root, and its name with its class."""

    file: str
    name: str
    rows: tuple[str, ...] = field(compare=False)


def requirement_rows() -> Mapping[str, Row]:
    """The R and K rows by number, in the order of the numbers; W rows tell what was seen, and demand nothing."""
    return {number: row for number, row in load_rows().items() if number[0] in "RK"}


def not_offered() -> Mapping[str, str]:
    """The rows that are not offered yet, with the reason."""
    reasons: dict[str, str] = _states()["not_offered"]
    return reasons


def chosen() -> Mapping[str, str]:
    """Where the source leaves a choice: what is done, and why."""
    choices: dict[str, str] = _states()["chosen"]
    return choices


def _states() -> dict[str, Any]:
    return tomllib.loads(STATES.read_text("utf-8"))


def shown_by() -> Sequence[Shown]:
    """Every test with a mark, by file and name. FaultyMark for a mark in a place where it would be overlooked."""
    files = [*TESTS.rglob("test_*.py"), *TESTS.rglob("*_contract.py")]
    return sorted(
        shown for file in files for shown in marks_of(file.read_text("utf-8"), str(file.relative_to(ROOT)))
    )


def marks_of(text: str, file: str) -> Iterator[Shown]:
    """The marked tests of one file: by a decorator, by their class, or by ``pytestmark``."""
    tree = ast.parse(text)
    seen: set[int] = set()
    yield from _marked(tree.body, file, "", (), seen)
    for node in ast.walk(tree):
        if _is_mark(node) and id(node) not in seen:
            raise FaultyMark(
                f"{file}:{getattr(node, 'lineno', 0)}: the page does not see this mark. Write it as a decorator of a "
                "test or a class of tests, or as pytestmark."
            )


def _marked(
    body: Sequence[ast.stmt], file: str, prefix: str, outer: tuple[str, ...], seen: set[int]
) -> Iterator[Shown]:
    for node in body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [
            "pytestmark"
        ]:
            several = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            outer += _rows(several, file, seen)
    for node in body:
        if isinstance(node, ast.ClassDef):
            own = outer + _rows(node.decorator_list, file, seen)
            yield from _marked(node.body, file, f"{prefix}{node.name}::", own, seen)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            rows = outer + _rows(node.decorator_list, file, seen)
            if node.name.startswith("test_") and rows:
                yield Shown(file, prefix + node.name, tuple(dict.fromkeys(rows)))
            elif rows != outer:
                raise FaultyMark(f"{file}:{node.lineno}: {node.name} has a mark and is no test.")


def _rows(decorators: Sequence[ast.expr], file: str, seen: set[int]) -> tuple[str, ...]:
    """The rows of all marks in these expressions: decorators themselves, and what stands in a table among them."""
    found: list[str] = []
    for mark in (node for decorator in decorators for node in ast.walk(decorator)):
        if not (isinstance(mark, ast.Call) and _is_mark(mark.func)):
            continue
        seen.add(id(mark.func))
        for argument in mark.args:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise FaultyMark(
                    f'{file}:{mark.lineno}: rows are named in plain words: requirement("R1", "K2").'
                )
            found.append(argument.value)
    return tuple(found)


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "pytest.mark.requirement"
