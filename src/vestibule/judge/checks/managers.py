"""The manager of a person: the one reference between people that everybody sends."""

from __future__ import annotations

from vestibule.judge.bench import ENTERPRISE, Bench
from vestibule.judge.check import Topic, check

TOPIC = Topic(125, "Managers")


@check(
    "R54",
    means="Nobody has a manager, or the manager's name is what some client claimed.",
)
async def manager_comes_back(bench: Bench) -> None:
    """manager.value is kept; manager.displayName is the server's own."""
    bench.enterprise("manager")
    boss = await bench.shared("plain")
    manager = {"value": boss.id, "displayName": f"{bench.prefix} forged"}
    exchange = await bench.post(bench.users, bench.specimens.user(**{ENTERPRISE: {"manager": manager}}))
    bench.expect_status(exchange, 201)
    shown = (await bench.resource(await bench.made(exchange))).get(ENTERPRISE) or {}
    there = shown.get("manager") or {}
    bench.expect(there.get("value") == boss.id, exchange, f"manager.value {boss.id}", f"{there!r}")
    bench.expect(
        "forged" not in str(there.get("displayName")),
        exchange,
        "no displayName from the client",
        f"{there!r}",
    )
