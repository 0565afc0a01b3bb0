"""Removes what a run created, and says what it could not remove."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from vestibule.judge.discovered import Kind
from vestibule.judge.ledger import Made
from vestibule.judge.wire import Stopped, Wire

_ROUNDS = 2


async def remove(wire: Wire, made: Iterable[Made]) -> None:
    """DELETE each, groups before people; the ledger forgets those that are gone. Never raises Stopped."""
    waiting = list(made)
    groups = [one for one in waiting if "group" in one.endpoint.lower()]
    for some in (groups, [one for one in waiting if one not in groups]):
        await asyncio.gather(*(_remove_one(wire, one) for one in some))


async def clean_up(wire: Wire, kinds: Mapping[str, Kind]) -> list[Made]:
    """At the end of a run: remove everything, look for what was missed, and give back what is still there.

    What was missed: a POST whose answer never came, a DELETE that was confirmed and not done.
    """
    wire.clean()
    await remove(wire, wire.ledger.left(kept=True))
    for _ in range(_ROUNDS):
        if not await _look(wire, kinds.values()):
            break
        await remove(wire, wire.ledger.left(kept=True))
    else:
        await _look(wire, kinds.values())
    return [
        *wire.ledger.left(kept=True),
        *[made for made in wire.ledger.nameless() if await _is_there(wire, made)],
    ]


async def _is_there(wire: Wire, made: Made) -> bool:
    try:
        exchange = await wire.send("GET", f"{made.endpoint}/{quote(made.id, safe='')}")
    except Stopped:
        return True
    return exchange.status != 404


async def _remove_one(wire: Wire, made: Made) -> None:
    try:
        await wire.send("DELETE", f"{made.endpoint}/{quote(made.id, safe='')}")
    except Stopped:
        return


async def _look(wire: Wire, kinds: Iterable[Kind]) -> int:
    """Note what bears our prefix and is still there; how many were found."""
    found = 0
    for kind in kinds:
        attribute = "userName" if kind.name == "User" else "displayName"
        expressions = [f'{attribute} sw "{wire.ledger.prefix}"']
        expressions += [f'{attribute} eq "{name}"' for name in wire.ledger.unsure(kind.endpoint)]
        for expression in expressions:
            try:
                path = f"{kind.endpoint}?filter={quote(expression)}&startIndex=1&count=100"
                exchange = await wire.send("GET", path)
            except Stopped:
                return found
            for resource in exchange.resources:
                # A server that passes a filter over shows everybody.
                if wire.ledger.is_ours(resource):
                    name = str(resource.get("userName") or resource.get("displayName"))
                    wire.ledger.note(kind.endpoint, resource.get("id"), name)
                    found += 1
    return found
