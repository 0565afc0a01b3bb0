"""A check: one function that tries one thing, and what is declared about it.

A module of ``judge/checks`` holds the checks of one topic; a function decorated with ``check`` is
one of them, and nothing else has to know of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

from vestibule.judge.exchange import Exchange
from vestibule.judge.rows import Level, load_rows
from vestibule.registry import module_names

if TYPE_CHECKING:
    from vestibule.judge.bench import Bench

_ROWS = load_rows()
_CHECKS = "vestibule.judge.checks"


class Role(StrEnum):
    """In whose place a server is judged."""

    RFC = "rfc"
    OKTA = "okta"
    ENTRA = "entra"


EVERYBODY = (Role.RFC, Role.OKTA, Role.ENTRA)


class Wrong(Exception):
    """The server did not do what is demanded; the check ends."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.expected)
        self.fault = fault


class NotOffered(Exception):
    """The server says that it does not offer this: nothing to judge."""


class Untried(Exception):
    """The check could not be tried: what it needs first did not succeed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What was expected and what came. ``row`` is the one of the check's rows that is broken."""

    expected: str
    got: str
    exchanges: tuple[Exchange, ...] = ()
    row: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """What the checks of one module are about; ``order`` is its place in a run and in a report."""

    order: int
    title: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``level`` and ``weight`` are those of its first row unless the check says otherwise."""

    name: str
    #: What is demanded, as one sentence.
    demand: str
    rows: tuple[str, ...]
    sources: tuple[str, ...]
    level: Level
    weight: int
    roles: tuple[Role, ...]
    #: What must be offered: ``patch``, ``bulk``, ``sort``, ``Group``, …
    needs: tuple[str, ...]
    #: Checks that must have passed before.
    after: tuple[str, ...]
    #: What a failure means for a real identity provider.
    means: str
    run: Callable[[Bench], Awaitable[None]]


def check(
    *rows: str,
    means: str,
    roles: tuple[Role, ...] = (Role.RFC,),
    needs: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    level: Level | None = None,
) -> Callable[[Callable[[Bench], Awaitable[None]]], Check]:
    """Declares a function to be a check. Its docstring is the demand, its name the check's name.

    The first of ``rows`` is the one it shows most; KeyError where a row is not in ``rows.toml``.
    """
    found = [_ROWS[number] for number in rows]

    def declared(function: Callable[[Bench], Awaitable[None]]) -> Check:
        return Check(
            name=function.__name__,
            demand=" ".join(inspect.cleandoc(function.__doc__ or "").split()),
            rows=rows,
            sources=tuple(dict.fromkeys(row.source for row in found)),
            level=level or found[0].level,
            weight=found[0].weight,
            roles=roles,
            needs=needs,
            after=after,
            means=means,
            run=function,
        )

    return declared


def topics() -> list[tuple[Topic, list[Check]]]:
    """Every topic with its checks, in the order of a run."""
    modules = [import_module(f"{_CHECKS}.{name}") for name in module_names(_CHECKS)]
    found = [(module.TOPIC, list(_checks(vars(module)))) for module in modules]
    return sorted(found, key=lambda one: one[0].order)


def _checks(names: dict[str, object]) -> Iterator[Check]:
    for value in names.values():
        if isinstance(value, Check):
            yield value
