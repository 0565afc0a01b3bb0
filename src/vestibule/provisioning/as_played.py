"""What a played client knows and does beyond single requests: Entra's managers, and its DELETE of those long gone.

A manager is said by the id there, in a second pass, once both are there (W113, W117). Whoever has left the
directory is made inactive, and deleted 30 days later (W116); whoever is only unassigned stays inactive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.application import Application, Operation
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.play_acting import PARTS, Part
from vestibule.provisioning.source import Status
from vestibule.provisioning.store import ProvisioningStore, UnknownName

#: The attribute of the directory that names a manager, by login or id.
MANAGER = "managerId"


def part_played(application: Application) -> Part:
    """The part whose connector speaks to the application; an ordinary one where none does."""
    return next((part for part in PARTS.values() if part.connector == application.connector), Part())


def deleted_before(application: Application, now: datetime) -> str:
    """Whoever left and has been inactive since then, or longer, is deleted; "" where nobody is."""
    after = part_played(application).deletes_after
    if after is None or Operation.DEACTIVATE not in application.operations:
        return ""
    return _text(now - after)


async def as_played(
    store: ProvisioningStore, application: Application, found: Sequence[PersonFacts], now: datetime
) -> Sequence[PersonFacts]:
    """The facts as the played client has them; the very same where it knows no more than we do."""
    part = part_played(application)
    if not part.refers_by_id and part.deletes_after is None:
        return found
    before = deleted_before(application, now)
    managers: dict[str, str] = {}
    played = []
    for facts in found:
        known = facts.app_user or AppUser(facts.person.id)
        named = facts.person.attributes.get(MANAGER, "")
        if part.refers_by_id and named:
            # Whoever is not there yet is sent without.
            is_there = known.state is AppUserState.ACTIVE
            if is_there and named not in managers:
                managers[named] = await _id_there(store, application, named)
            manager = managers[named] if is_there else ""
            attributes = {**facts.person.attributes, MANAGER: manager}
            facts = replace(facts, person=replace(facts.person, attributes=attributes))
        is_gone = facts.person.status is Status.DEPROVISIONED and known.state is AppUserState.INACTIVE
        if before and is_gone and known.inactive_since and known.inactive_since <= before:
            facts = replace(facts, overdue=True)
        played.append(facts)
    return played


async def _id_there(store: ProvisioningStore, application: Application, named: str) -> str:
    try:
        manager = await store.person(named)
    except UnknownName:
        return ""
    known = (await store.person_facts(application.id, manager.id)).app_user
    return known.external_id if known is not None and known.state is AppUserState.ACTIVE else ""


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")
