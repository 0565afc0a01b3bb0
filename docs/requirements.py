"""The requirement rows, and the tests that name them: what the conformance page is made of."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from vestibule.judge.rows import Row, load_rows

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
STATES = TESTS / "conformance" / "states.toml"
LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY")


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """A test that shows rows: its file from the repository's root, and its name with its class."""

    file: str
    name: str
    rows: tuple[str, ...] = field(compare=False)


def requirement_rows() -> Mapping[str, Row]:
    """The R, K and S rows by number, in the order of the numbers; W rows tell what was seen, and demand nothing."""
    return {number: row for number, row in load_rows().items() if number[0] in "RKS"}


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


@dataclass(frozen=True, slots=True)
class Marks:
    """The marked tests of some files, and what is wrong with marks that cannot be read: where, and how to write them."""

    shown: Sequence[Shown]
    faults: Sequence[str]


@cache
def all_marks() -> Marks:
    """The marks of every test file, by file and name; read once in a process."""
    files = [*TESTS.rglob("test_*.py"), *TESTS.rglob("*_contract.py")]
    read = [marks_of(file.read_text("utf-8"), str(file.relative_to(ROOT))) for file in files]
    return Marks(
        sorted(shown for one in read for shown in one.shown), [fault for one in read for fault in one.faults]
    )


def shown_by() -> Sequence[Shown]:
    """Every test with a mark, by file and name."""
    return all_marks().shown


def marks_of(text: str, file: str) -> Marks:
    """The marks of one file: on a test, in its table of cases, on its class, or by ``pytestmark``."""
    tree = ast.parse(text)
    reading = _Reading(file)
    shown = list(reading.tests(tree.body, "", ()))
    for node in ast.walk(tree):
        if _is_mark(node) and id(node) not in reading.seen:
            reading.fault(
                node,
                "the page does not see this mark. Write it as a decorator of a test or a class of tests, or as pytestmark.",
            )
    return Marks(shown, reading.faults)


class _Reading:
    """What was found in one file so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.seen: set[int] = set()
        self.faults: list[str] = []

    def tests(self, body: Sequence[ast.stmt], prefix: str, outer: tuple[str, ...]) -> Iterator[Shown]:
        for node in body:
            if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["pytestmark"]:
                outer += self.rows([node.value])
        for node in body:
            if isinstance(node, ast.ClassDef):
                yield from self.tests(
                    node.body, f"{prefix}{node.name}::", outer + self.rows(node.decorator_list)
                )
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                rows = outer + self.rows(node.decorator_list)
                if node.name.startswith("test_") and rows:
                    yield Shown(self.file, prefix + node.name, tuple(dict.fromkeys(rows)))
                elif rows != outer:
                    self.fault(node, f"{node.name} has a mark and is no test.")

    def rows(self, expressions: Sequence[ast.expr]) -> tuple[str, ...]:
        """The rows of all marks in these expressions: marks themselves, and what stands in a table among them."""
        found: list[str] = []
        for mark in (node for expression in expressions for node in ast.walk(expression)):
            if isinstance(mark, ast.Call) and _is_mark(mark.func):
                self.seen.add(id(mark.func))
                found += self._named(mark)
        return tuple(found)

    def _named(self, mark: ast.Call) -> Iterator[str]:
        for argument in mark.args:
            try:
                value = ast.literal_eval(argument.value if isinstance(argument, ast.Starred) else argument)
            except ValueError:
                value = None
            names = (
                list(value)
                if isinstance(argument, ast.Starred) and isinstance(value, tuple | list)
                else [value]
            )
            if all(isinstance(name, str) for name in names):
                yield from names
            else:
                self.fault(mark, 'rows are named in plain words: requirement("R1", "K2").')

    def fault(self, node: ast.AST, sentence: str) -> None:
        self.faults.append(f"{self.file}:{getattr(node, 'lineno', 0)}: {sentence}")


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "pytest.mark.requirement"
