"""Steps of a set-up guide that somebody marks as done by hand, where the traffic cannot show it (yet)."""

from __future__ import annotations

from vestibule.tenancy.api_token import MarkedStep
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.store import SetUpStepStore
from vestibule.tenancy.tenant import Tenant


async def mark_step(
    desk: Desk, store: SetUpStepStore, tenant: Tenant, guide: str, step: str, *, is_done: bool
) -> None:
    """Mark a step as done, or take the mark back; nothing is written where it is so already."""
    marked = {(one.guide, one.step) for one in await store.marked_steps(tenant.id)}
    if ((guide, step) in marked) is is_done:
        return
    action = "setup_step.marked" if is_done else "setup_step.unmarked"
    entry = desk.entry(action, "Tenant", tenant.slug, {"guide": guide, "step": step})
    now = desk.clock()
    if is_done:
        await store.mark_step(tenant.id, MarkedStep(guide, step, now, desk.actor), entry, now)
    else:
        await store.unmark_step(tenant.id, guide, step, entry, now)
