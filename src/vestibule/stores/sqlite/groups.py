"""Requests on their way to a commit: what each asked for, and the group that shares a transaction."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from vestibule.durable import Durable
from vestibule.stores.sqlite.connection import SqliteConnection


@dataclass(slots=True)
class Asked:
    """One request: its work, and who waits for it."""

    work: Callable[[SqliteConnection], Any]
    future: Durable[Any]
    is_long: bool
    repeats: bool
    appends: bool
    value: Any = None
    error: BaseException | None = None


@dataclass(slots=True)
class Group:
    """What one transaction holds: done on the loop, and left for the thread."""

    begun: bool
    done: list[Asked] = field(default_factory=list)
    left: deque[Asked] = field(default_factory=deque)


def comes_last(asked: Asked) -> bool:
    """Whether it needs a savepoint, or time: those that do not are tried together first."""
    return asked.is_long or not asked.repeats


def settle(done: Iterable[Asked]) -> None:
    """Tell everybody what came of it."""
    for asked in done:
        if asked.future.done():
            continue  # the client went away; what it asked for is committed all the same
        if isinstance(asked.error, StopIteration):  # a future refuses this one
            asked.future.set_exception(RuntimeError("the work raised StopIteration"))
        elif asked.error is not None:
            asked.future.set_exception(asked.error)
        else:
            asked.future.set_result(asked.value)
