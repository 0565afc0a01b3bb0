"""A plan for people to read: as text, and as a page of HTML that needs nothing beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from vestibule.provisioning.effort import in_words
from vestibule.provisioning.job import Kind
from vestibule.provisioning.plan_file import PlanFile, PlannedOperation, PlanState
from vestibule.provisioning.reason import Difference
from vestibule.provisioning.wording import number_of

_SIGNS = {
    Kind.CREATE: "+",
    Kind.PUSH_GROUP: "+",
    Kind.DEACTIVATE: "-",
    Kind.DELETE: "-",
    Kind.DELETE_GROUP: "-",
    Kind.NOTHING: " ",
}
_STATES = {
    PlanState.UNFINISHED: "was not made to its end: make a new one",
    PlanState.MADE: "made",
    PlanState.APPROVED: "approved",
    PlanState.APPLIED: "applied",
}


def headlines(name: str, plan: PlanFile) -> list[str]:
    """What a plan says of itself, a sentence each."""
    state = _STATES[plan.state]
    decided = f" by {plan.decided_by}, {plan.decided_at}" if plan.decided_at else ""
    read = ", from what is really there" if plan.refreshed else ""
    lines = [f"Plan {plan.id} for {name}, made by {plan.made_by}, {plan.made_at}{read}: {state}{decided}."]
    counts = [f"{count} {kind}" for kind, count in plan.counts.items() if kind != Kind.NOTHING]
    if not counts:
        return [*lines, "There is nothing to do.", *plan.held.values()]
    lines.append(f"{number_of(plan.operations, 'operation')}: {', '.join(counts)}.")
    lines.append(
        f"{number_of(plan.requests, 'request')}, about {in_words(plan.seconds)} at {plan.per_second:.0f} requests a "
        f"second ({plan.rate_from})."
    )
    if waiting := plan.counts.get(Kind.NOTHING):
        lines.append(f"{number_of(waiting, 'line')} more where something is held back.")
    return [*lines, *(f"Stopped: {sentence}" for sentence in plan.held.values())]


def lines_of(position: int, operation: PlannedOperation) -> Iterator[str]:
    """An operation as text, with what it changes below it."""
    kind = "held back" if operation.kind is Kind.NOTHING else operation.kind
    sign = _SIGNS.get(operation.kind, "~")
    yield f"{sign} {position:>5}  {kind:<12}  {operation.label}: {operation.reason}"
    for change in operation.differences:
        yield f"{'':22}{_change(change)}"


def page_start(name: str, plan: PlanFile) -> str:
    """The page up to its first operation."""
    said = "".join(f"<p>{escape(line)}</p>" for line in headlines(name, plan))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>Plan {plan.id} for {escape(name)}</title><style>{_STYLE}</style>"
        f"<h1>Plan {plan.id} for {escape(name)}</h1>{said}<table><thead><tr><th>No.<th>Operation<th>Who"
        "<th>Why<th>What changes<th>Requests</thead><tbody>\n"
    )


def page_row(position: int, operation: PlannedOperation) -> str:
    """A row of the page."""
    held = operation.kind is Kind.NOTHING
    changes = "<br>".join(escape(_change(one)) for one in operation.differences)
    cells = (
        str(position),
        "held back" if held else str(operation.kind),
        operation.label,
        operation.reason,
    )
    shown = "".join(f"<td>{escape(cell)}" for cell in cells)
    return f"<tr class={_class(operation.kind)}>{shown}<td>{changes}<td>{operation.requests or ''}</tr>\n"


PAGE_END = "</tbody></table></html>\n"


def document(plan: PlanFile) -> dict[str, Any]:
    """What a plan says of itself, as JSON has it."""
    return {
        "id": plan.id,
        "state": str(plan.state),
        "made_at": plan.made_at,
        "made_by": plan.made_by,
        "decided_at": plan.decided_at,
        "decided_by": plan.decided_by,
        "refreshed": plan.refreshed,
        "operations": plan.operations,
        "requests": plan.requests,
        "seconds": round(plan.seconds, 1),
        "per_second": plan.per_second,
        "rate_from": plan.rate_from,
        "counts": {str(kind): count for kind, count in plan.counts.items()},
        "held": dict(plan.held),
    }


def operation_document(position: int, operation: PlannedOperation) -> dict[str, Any]:
    """An operation, as JSON has it."""
    return {
        "position": position,
        "stage": str(operation.stage),
        "operation": str(operation.kind),
        "label": operation.label,
        "reason": operation.reason,
        "differences": [
            {"attribute": one.variable, "before": one.before, "after": one.after}
            for one in operation.differences
        ],
        "requests": operation.requests,
        "in": len(operation.people_in),
        "out": len(operation.people_out),
    }


def _change(change: Difference) -> str:
    return f"{change.variable}: {_value(change.before)} → {_value(change.after)}"


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _class(kind: Kind) -> str:
    return {"+": "in", "-": "out", " ": "held"}.get(_SIGNS.get(kind, "~"), "change")


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#1c1c1c;background:#fff}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;"
    "border-bottom:1px solid #ddd}tr.in td:nth-child(2){color:#11691f}tr.out td:nth-child(2){color:#a3180f}"
    "tr.held{color:#666}@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}"
    "th,td{border-color:#444}tr.in td:nth-child(2){color:#7fd48b}tr.out td:nth-child(2){color:#ff9d94}}"
)
