"""What somebody thinks of changing about roles, and who would change by it; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vestibule.directory.facts import AllMembers, FactKey
from vestibule.directory.named import groups_named
from vestibule.directory.role_simulation import (
    RoleComparison,
    RoleOutlook,
    RoleRules,
    SentForTeam,
    SentOtherwise,
    look_ahead,
)
from vestibule.directory.role_source import RoleSource, role_source
from vestibule.directory.roles import rules
from vestibule.profiles.profile import ApplicationProfile, Role
from vestibule.profiles.validate import names_texts
from vestibule.scim.fold import fold
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import BadRole
from vestibule.tenancy.tenant import Tenant

_MOST_RULES = 20


@dataclass(frozen=True, slots=True)
class RoleEdit:
    """An edit as it was typed; what is empty stays as it is.

    ``rules`` are the sources in order, and ``default`` is the role where nothing is said: both are the
    profile's. ``added`` is a role of the tenant's own. ``value`` of ``source`` would be sent as
    ``instead``, and ``team``'s members with ``team_role``: both are edited in the identity provider.
    """

    rules: Sequence[str] = ()
    default: str = ""
    added: str = ""
    source: str = ""
    value: str = ""
    instead: str = ""
    team: str = ""
    team_role: str = ""


async def who_would_change(
    desk: Desk, tenant: Tenant, edit: RoleEdit, *, most_rows: int | None = None
) -> RoleOutlook:
    """Who would get another role with their next change. ``BadRole`` where the edit says nothing usable.

    ``most_rows`` bounds how many rows of the directory are looked at.
    """
    assert desk.checker is not None
    comparison = await _comparison(desk, tenant, edit)
    return await look_ahead(desk.checker.derivation, tenant.id, comparison, most_rows=most_rows)


async def _comparison(desk: Desk, tenant: Tenant, edit: RoleEdit) -> RoleComparison:
    profile = await desk.profile_of(tenant)
    if not profile.role_sources:
        raise BadRole(f"{profile.product.name} takes no roles from the identity provider.")
    own = tuple(await desk.store.roles(tenant.id))
    now = RoleRules(rules(profile.role_sources), tuple(profile.roles_with(own)))
    wanted = (*own, Role(edit.added)) if edit.added else own
    roles = _with_default(tuple(profile.roles_with(wanted)), edit.default)
    then = RoleRules(_sources(profile, edit.rules) or now.sources, roles)
    sent: list[SentOtherwise | SentForTeam] = []
    if edit.value:
        source = _source(profile, edit.source) if edit.source else then.sources[0]
        sent.append(SentOtherwise(source, edit.value, _known(roles, edit.instead)))
    if edit.team:
        members = await _members(desk, tenant, edit.team)
        sent.append(SentForTeam(then.sources[0], members, _known(roles, edit.team_role)))
    return RoleComparison(now, then, sent)


def _sources(profile: ApplicationProfile, texts: Sequence[str]) -> tuple[RoleSource, ...]:
    if len(texts) > _MOST_RULES:
        raise BadRole(f"{len(texts)} rules are more than the {_MOST_RULES} that can be looked at.")
    return tuple(_source(profile, text) for text in texts)


def _source(profile: ApplicationProfile, text: str) -> RoleSource:
    """A source that is among the profile's, in any letter case, or another path of a person."""
    text = next((known for known in profile.role_sources if fold(known) == fold(text)), text)
    found = role_source(text)
    if found is None or not names_texts(profile, text):
        raise BadRole(
            f'"{text[:80]}" is no rule: name an attribute of a person, such as {", ".join(profile.role_sources)}.'
        )
    return found


def _with_default(roles: tuple[Role, ...], default: str) -> tuple[Role, ...]:
    if not default:
        return roles
    name = _known(roles, default)
    return tuple(replace(role, default=role.name == name) for role in roles)


def _known(roles: Sequence[Role], named: str) -> str:
    for role in roles:
        if fold(role.name) == fold(named):
            return role.name
    names = ", ".join(role.name for role in roles)
    raise BadRole(
        f'"{named[:80]}" is no role; the roles are {names}.' if named else f"Say which role: {names}."
    )


async def _members(desk: Desk, tenant: Tenant, named: str) -> frozenset[str]:
    """The ids of those who are members of the team of that name themselves."""
    assert desk.checker is not None
    directory = desk.checker.directory
    connections = [connection.id for connection in await desk.store.connections(tenant.id)]
    teams = await groups_named(directory, tenant.id, connections, named)
    if not teams:
        raise BadRole(f'There is no team named "{named[:80]}".')
    keys: tuple[FactKey, ...] = tuple(AllMembers(team.id) for team in teams)
    members = await directory.facts(tenant.id, keys)
    return frozenset(id for key in keys for id, type, _ in members[key] if type == "User")
