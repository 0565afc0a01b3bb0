"""One request from facts to commit: decide, read what is missing, decide again, apply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from vestibule.directory.change import Change
from vestibule.directory.decide import decide
from vestibule.directory.facts import FactKey, Facts, Need
from vestibule.directory.refusal import NOT_ADMITTED, not_admitted, refused
from vestibule.directory.request import Request, Standing
from vestibule.directory.situation import Situation
from vestibule.directory.store import Applied, DirectoryStore, Recorded

#: Why the product does not want a Change; "" where it does.
Ask = Callable[[Change], Awaitable[str]]

#: No rule asks more often; a store that leaves a key unanswered would be asked for ever.
_MAX_ROUNDS = 12


async def decided(
    store: DirectoryStore,
    standing: Standing,
    request: Request,
    clock: Callable[[], str],
    new_id: Callable[[], str],
    known: Mapping[FactKey, Any] | None = None,
    ask: Ask | None = None,
) -> Change:
    """The Change as the facts are now; nothing is committed (dry run). ``Unavailable`` as the store raises it.

    ``known`` are facts taken for granted, whatever the store would say. ``ask`` has the last word on
    what would be done: where it gives a reason, the Change is a refusal.
    """
    facts, now = Facts(known), clock()
    for _ in range(_MAX_ROUNDS):
        outcome = decide(facts, request, standing, now, new_id)
        if not isinstance(outcome, Need):
            if ask is None or outcome.answer.error is not None or not (reason := await ask(outcome)):
                return outcome
            return refused(Situation(facts, standing, now, new_id), not_admitted(reason))
        facts = facts.and_these(await store.facts(standing.tenant, outcome.keys))
    raise RuntimeError("the store left facts unanswered")


async def carry_out(
    store: DirectoryStore,
    standing: Standing,
    request: Request,
    clock: Callable[[], str],
    new_id: Callable[[], str],
    record: Callable[[Change], Recorded] | None = None,
    ask: Ask | None = None,
) -> Applied:
    """Decide and commit. Where a precondition fails, the store decides again inside its transaction."""
    change = await decided(store, standing, request, clock, new_id, ask=ask)

    def again(facts: Facts) -> Change | Need:
        if change.explanation.rule == NOT_ADMITTED:
            return change
        return decide(facts, request, standing, clock(), new_id)

    return await store.apply(standing.tenant, change, again, record)
