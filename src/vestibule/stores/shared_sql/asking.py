"""Work on a store told once for both: a generator that asks statements and is handed what came of them.

Statements are written as PostgreSQL's (``$1``); SQLite takes the same with ``?1``. Lists are handed over as
one JSON text: ``{listed}`` stands before the placeholder of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Ask(NamedTuple):
    """One statement; ``gives_rows`` is whether it is a SELECT or has RETURNING."""

    sql: str
    parameters: Sequence[Any]
    gives_rows: bool = True


#: Is handed a list of rows for each ``Ask`` (an empty one where it gives none).
Asking = Generator[Ask, Sequence[Sequence[Any]], T]

_PLACEHOLDER = re.compile(r"\$(\d+)")
#: ``{listed}($3)``: the texts of a JSON array.
_LISTED = re.compile(r"\{listed\}\(\$(\d+)\)")


def do(sql: str, *parameters: Any) -> Ask:
    """A statement that gives no rows."""
    return Ask(sql, parameters, gives_rows=False)


def ask(sql: str, *parameters: Any) -> Ask:
    """A statement that gives rows."""
    return Ask(sql, parameters)


def listed(values: Iterable[str]) -> str:
    """A list of texts as one parameter."""
    return json.dumps(list(values), ensure_ascii=False)


@lru_cache(maxsize=1024)
def for_sqlite(sql: str) -> str:
    """The statement as SQLite takes it."""
    sql = _LISTED.sub(r"(SELECT value FROM json_each(?\1))", sql)
    return _PLACEHOLDER.sub(r"?\1", sql)


@lru_cache(maxsize=1024)
def for_postgresql(sql: str) -> str:
    """The statement as PostgreSQL takes it."""
    return _LISTED.sub(r"(SELECT jsonb_array_elements_text($\1::text::jsonb))", sql)


def answered(asking: Asking[T], answer: Callable[[Ask], Sequence[Sequence[Any]]]) -> T:
    """Drive it to its end where a statement needs no waiting."""
    given: Sequence[Sequence[Any]] | None = None
    while True:
        try:
            asked = next(asking) if given is None else asking.send(given)
        except StopIteration as done:
            result: T = done.value
            return result
        given = answer(asked)
