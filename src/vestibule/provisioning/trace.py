"""*Provision now* for one person, told step by step: read, scoped, mapped, matched, sent, answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from vestibule.provisioning.application import Application
from vestibule.provisioning.connector import Exchange
from vestibule.provisioning.job import Kind
from vestibule.provisioning.plan import plan_user
from vestibule.provisioning.reason import reason
from vestibule.provisioning.store import ProvisioningStore

_LONGEST_LINE = 2_000


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step, what happened in it, and the details."""

    step: str
    sentence: str
    lines: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"step": self.step, "sentence": self.sentence, "details": list(self.lines)}


class Trace:
    """Gathers the steps of one person."""

    def __init__(self) -> None:
        self.steps: list[TraceStep] = []

    async def begin(self, store: ProvisioningStore, application: Application, person_id: str) -> None:
        """What is decided before anything is sent."""
        facts = await store.person_facts(application.id, person_id)
        rows = await store.mapping(application.id)
        planned = plan_user(application, rows, facts, forced=True)
        person = facts.person
        given = tuple(f"{name}: {value}" for name, value in person.attributes.items() if value)
        self._add("read", f"{person.login} from the directory, {person.status.lower()}", given)
        names = await store.group_names()
        if planned.kind is Kind.NOTHING:
            self._add("scoped", planned.note or "not assigned, and not there: nothing is to be done")
            return
        self._add("scoped", f"{planned.kind}: {reason(facts, planned, names)}")
        if planned.fault:
            self._add("mapped", f"not sent: {planned.fault}")
            return
        expressions = {row.variable: row.expression for row in rows}
        mapped = tuple(
            f"{name} = {value!r}" + (f"  from {expressions[name]}" if expressions.get(name) else "")
            for name, value in planned.values.items()
        )
        self._add("mapped", f"{len(mapped)} attributes have a value", mapped)

    def exchange(self, exchange: Exchange) -> None:
        """A request and its answer."""
        is_lookup = exchange.method == "GET" and "filter=" in exchange.path
        line = f"{exchange.method} {exchange.path}"
        self._add("sent", line, _body(exchange.sent))
        taken = f"{exchange.seconds * 1000:.0f} ms"
        if not exchange.status:
            self._add("answered", f"no answer after {taken}: {exchange.answered}")
            return
        self._add("answered", f"{exchange.status} after {taken}", _body(exchange.answered))
        if is_lookup and isinstance(exchange.answered, dict):
            found = exchange.answered.get("Resources") or []
            ids = [str(one.get("id")) for one in found if isinstance(one, dict)]
            self._add("matched", f"found {', '.join(ids)}" if ids else "nobody is there by that value")

    async def end(self, store: ProvisioningStore, application: Application, person_id: str) -> None:
        """What was recorded."""
        facts = await store.person_facts(application.id, person_id)
        known = facts.app_user
        if known is not None and known.fault:
            self._add("recorded", f"a task for somebody: {known.fault}")
        elif known is not None:
            self._add("recorded", f"{known.state} there as {known.external_id}")

    def _add(self, step: str, sentence: str, lines: tuple[str, ...] = ()) -> None:
        self.steps.append(TraceStep(step, sentence, lines))


def _body(document: Any) -> tuple[str, ...]:
    if document is None:
        return ()
    text = json.dumps(document, ensure_ascii=False)
    return (text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]} …",)
