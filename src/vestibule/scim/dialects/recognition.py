"""By what a client is recognised: first what it calls itself, then what nobody else sends.

Conservative: where signs of two dialects show, or none, nobody is recognised, and ``generic``,
which understands them all, goes on being spoken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.document import Document

_MOST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Recognised:
    """A dialect, and in words what showed it."""

    dialect: Dialect
    why: str


def by_user_agent(dialects: Iterable[Dialect], user_agent: str) -> Recognised | None:
    """The dialect of the client that calls itself so; None where it names nobody known, or several."""
    found = [dialect for dialect in dialects if dialect.recognises(user_agent)]
    if len(found) != 1:
        return None
    shown = "".join(letter if letter.isprintable() else "?" for letter in user_agent[:_MOST_SHOWN])
    return Recognised(found[0], f'it calls itself "{shown}" in User-Agent')


def by_traffic(dialects: Iterable[Dialect], query: Mapping[str, str], body: Document) -> Recognised | None:
    """The dialect that a write shows by what it holds; None where nothing in it says so, or it is two."""
    found = [
        Recognised(dialect, f"{sign.client}: {sign.told} ({sign.facts})")
        for dialect in dialects
        for sign in dialect.signs
        if sign.shows(query, body)
    ]
    if len({one.dialect.name for one in found}) != 1:
        return None
    return found[0]
