"""Three people who differ in what filters look at."""

from __future__ import annotations

from typing import Any

from vestibule.judge.bench import Bench, Made
from vestibule.judge.exchange import Exchange


async def cast(bench: Bench) -> dict[str, Made]:
    """Three people who differ in what filters look at; nothing changes them."""
    prefix = bench.prefix
    found = {}
    people: dict[str, dict[str, Any]] = {
        "anna": {
            "name": {"givenName": "Anna", "familyName": "Ash"},
            "title": "Alpha",
            "emails": [
                {"value": f"{prefix}-anna@work.example.com", "type": "work", "primary": True},
                {"value": f"{prefix}-anna@home.example.org", "type": "home"},
            ],
            "externalId": f"{prefix}-A1",
        },
        "ben": {
            "name": {"givenName": "Ben", "familyName": "Birch"},
            "title": "beta",
            "nickName": "Benny",
            "active": False,
            "emails": [{"value": f"{prefix}-ben@home.example.org", "type": "work", "primary": True}],
            "externalId": f"{prefix}-b2",
        },
        "cleo": {"name": {"givenName": "Cleo", "familyName": "Cedar"}, "nickName": 'Cle"o \\ 7'},
    }
    for name, attributes in people.items():
        kept = {
            key: value
            for key, value in attributes.items()
            if bench.kind("User").declares(key) or key == "externalId"
        }
        found[name] = await bench.shared(name, userName=f"{prefix}-cast-{name.title()}@example.com", **kept)
    return found


async def filtered(bench: Bench, expression: str) -> Exchange:
    """The people whom a filter finds, fifty at most."""
    return await bench.get(bench.users, filter=expression, startIndex=1, count=50)
