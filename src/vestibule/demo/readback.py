"""Reads everything back through SCIM, and holds it against the directory: nothing is printed on trust."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from vestibule.profiles.external_name import ExternalName, Selector
from vestibule.profiles.profile import ApplicationProfile
from vestibule.provisioning.app_user import AppUserState
from vestibule.provisioning.application import Application
from vestibule.provisioning.assignment import effective_values
from vestibule.provisioning.connector import Connector
from vestibule.provisioning.external_name import CORE_USER
from vestibule.provisioning.mapping import MappingRow, mapped_values
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.push_group import PushState
from vestibule.provisioning.source import Status, fold_login
from vestibule.provisioning.store import ProvisioningStore

_MOST_SHOWN = 10


@dataclass(slots=True)
class Held:
    """What an application holds, as it says itself; ``faults`` is where that is not what should be."""

    active: int = 0
    inactive: int = 0
    roles: Counter[str] = field(default_factory=Counter)
    #: By name, the number of members.
    teams: dict[str, int] = field(default_factory=dict)
    #: People whom the application refused, with its words.
    refused: list[tuple[str, str]] = field(default_factory=list)
    accounts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def expect(self, truth: bool, fault: str) -> None:
        """Note a fault unless ``truth``."""
        if not truth:
            self.faults.append(fault)

    def shown_faults(self) -> str:
        """The first of them."""
        more = len(self.faults) - _MOST_SHOWN
        return "; ".join(self.faults[:_MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")


async def read_back(
    store: ProvisioningStore, application: Application, product: ApplicationProfile, connector: Connector
) -> Held:
    """Import everything (W53), and compare it with what the directory and the assignments want.

    Values are compared for the attributes of the product's own table.
    """
    held = Held()
    own = frozenset(attribute.variable for attribute in product.attributes)
    users = {str(user["id"]): user async for user in connector.users()}
    rows = await store.mapping(application.id)
    ids_of: dict[str, str] = {}
    after = ""
    while page := await store.people_facts(application.id, after):
        for facts in page:
            _compare_person(held, application, own, rows, facts, users, ids_of)
        after = fold_login(page[-1].person.login)
    for id, user in users.items():
        held.expect(id in ids_of, f"{user.get('userName')} is there and was never sent")
        _count(held, user)
    if application.pushes_groups:
        await _compare_groups(held, store, application, connector, ids_of, users)
    return held


def _compare_person(
    held: Held,
    application: Application,
    own: Set[str],
    rows: tuple[MappingRow, ...],
    facts: PersonFacts,
    users: Mapping[str, Mapping[str, Any]],
    ids_of: dict[str, str],
) -> None:
    person, known = facts.person, facts.app_user
    user = users.get(known.external_id) if known and known.external_id else None
    if user is None:
        if known and known.fault:
            held.refused.append((person.shown_name, known.fault))
            return
        held.expect(not _is_wanted(facts), f"{person.login} is wanted and not there")
        return
    assert known is not None
    ids_of[known.external_id] = person.id
    if person.status is Status.SUSPENDED:
        return
    held.expect(user.get("active") is _is_wanted(facts), f"{person.login}: active is {user.get('active')}")
    if known.state is AppUserState.ACTIVE:
        for name in _unequal(application, own, rows, facts, user):
            held.faults.append(f"{person.login}: {name} is not what was sent")


def _is_wanted(facts: PersonFacts) -> bool:
    return facts.person.status is Status.ACTIVE and bool(facts.assignments)


def _unequal(
    application: Application,
    own: Set[str],
    rows: tuple[MappingRow, ...],
    facts: PersonFacts,
    user: Mapping[str, Any],
) -> list[str]:
    """The attributes of the product's own table that came back as something else."""
    person = facts.person
    assigned = effective_values(facts.assignments, rows)
    found = []
    for row, value in mapped_values(rows, person, application.username_of(person), assigned):
        if row.variable in own and value.value is not None:
            home = user if value.namespace == CORE_USER else user.get(value.namespace, {})
            if _value_at(home, value.name) != value.value:
                found.append(row.external_name)
    return found


def _value_at(home: Any, name: ExternalName) -> Any:
    for segment in name.segments:
        if isinstance(segment, Selector):
            found = (entry for entry in home or () if entry.get(segment.sub) == segment.literal)
            home = next(found, None)
        else:
            home = home.get(segment) if isinstance(home, dict) else None
    return home


def _count(held: Held, user: Mapping[str, Any]) -> None:
    if user.get("active") is not True:
        held.inactive += 1
        return
    held.active += 1
    roles = user.get("roles") or []
    primary = next((role.get("value") for role in roles if role.get("primary")), None)
    held.roles[str(user.get("userType") or primary or "none")] += 1
    for account in user.get("accounts") or []:
        held.accounts[str(account.get("type"))] += 1


async def _compare_groups(
    held: Held,
    store: ProvisioningStore,
    application: Application,
    connector: Connector,
    ids_of: Mapping[str, str],
    users: Mapping[str, Mapping[str, Any]],
) -> None:
    groups = {str(group["id"]): group async for group in connector.groups()}
    members_of: dict[str, set[str]] = {}
    for group_id, person_id in (await store.known()).memberships:
        members_of.setdefault(group_id, set()).add(person_id)
    for facts in await store.push_facts(application.id):
        push = facts.group
        if push.state is not PushState.ACTIVE:
            continue
        group = groups.pop(push.external_id, None)
        if group is None:
            held.faults.append(f"team {push.name} is not there")
            continue
        there = {str(member["value"]) for member in group.get("members") or []}
        wanted = {
            id
            for id, person_id in ids_of.items()
            if person_id in members_of.get(push.group_id, ()) and users[id].get("active") is True
        }
        held.expect(
            group.get("displayName") == push.name, f"team {push.name} is called {group.get('displayName')}"
        )
        held.expect(there == wanted, f"team {push.name} has {len(there)} members, not {len(wanted)}")
        held.teams[str(group.get("displayName"))] = len(there)
    held.expect(not groups, f"{len(groups)} teams are there and were never pushed")
