"""Settings → Roles: roles and their rights, the rules that choose one, who has which; and who changes by an edit."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from vestibule.directory.refusal import Refusal
from vestibule.directory.role_simulation import MOST_ROWS_FOR_A_PAGE
from vestibule.directory.role_source import role_source
from vestibule.directory.roles import role_by, rules
from vestibule.refused import Refused
from vestibule.scim.document import Document
from vestibule.tenancy.role_edits import RoleEdit, who_would_change
from vestibule.tenancy.roles import add_role, roles_of
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.tenant_visit import TenantVisit

DONE = {"added": message("The role is kept. People get it with their next change.")}


async def _roles(visit: TenantVisit) -> Response:
    return await _shown(visit)


#: The fields of an edit, as the address of who would change by it has them, and how long each may be.
_EDIT = {
    "rules": 1000,
    "default": 80,
    "added": 80,
    "source": 200,
    "value": 200,
    "instead": 80,
    "team": 300,
    "team_role": 80,
}


async def _shown(visit: TenantVisit, status: int = 200, fault: str = "", added: str = "") -> Response:
    roles = await roles_of(visit.room.desk, visit.tenant)
    own = {role.name for role in await visit.premises.tenancy.roles(visit.tenant.id)}
    sources = [source for source in visit.profile.role_sources if role_source(source) is not None]
    values = {source: visit.query(f"s{at}", 200) for at, source in enumerate(sources)}
    edit = {name: visit.query(name, most) for name, most in _EDIT.items()}
    changes = urlencode({**edit, "added": added} if added else edit)
    tried = any(values.values()) or visit.query("try") == "1"
    return visit.show(
        "roles.html",
        status,
        roles=roles,
        own=own,
        rights=list(dict.fromkeys(right for role in visit.profile.roles for right in role.rights)),
        rules=sources,
        values=values,
        outcome=await _simulated(visit, values) if tried else None,
        edit=edit,
        changes=changes if added or visit.query("edit") else "",
        looked_at=added,
        fault=fault,
        typed_name=visit.form.line("name", 80),
        typed_rights=visit.form.every("right"),
        sentences=DONE,
    )


async def _simulated(visit: TenantVisit, values: dict[str, str]) -> dict[str, object]:
    """Which role these values would give, by the rule that decides every request."""
    document: Document = {}
    for source, value in values.items():
        found = role_source(source)
        if value and found is not None:
            said = (
                [{found.leaf: one.strip(), **_chosen(found.chosen)} for one in value.split(",")]
                if found.leaf
                else value
            )
            before = document.get(found.attribute)
            document[found.attribute] = (
                [*before, *said] if isinstance(before, list) and isinstance(said, list) else said
            )
    roles = await visit.premises.tenancy.roles(visit.tenant.id)
    sources, roles = rules(visit.profile.role_sources), visit.profile.roles_with(roles)
    try:
        decision = role_by(sources, roles, document, None, None)
    except Refusal as refusal:
        return {"error": refusal.error.detail}
    return {"error": "", "role": decision.role, "story": dict(decision.story or {}), "notes": decision.notes}


def _chosen(chosen: tuple[str, object] | None) -> dict[str, object]:
    return {chosen[0]: chosen[1]} if chosen else {}


async def _add(visit: TenantVisit) -> Response:
    """Keep a role of the tenant's own; or only look who would change by it."""
    if visit.form.has("look"):
        return await _shown(visit, added=visit.form.line("name", 80))
    try:
        await add_role(
            visit.room.desk, visit.tenant, visit.form.line("name", 80), rights=visit.form.every("right")
        )
    except Refused as refusal:
        return await _shown(visit, 422, str(refusal))
    return visit.go(visit.below("/settings/roles"), "added")


async def _counts(visit: TenantVisit) -> Response:
    """How many people have each role: read apart, as all of them are looked at."""
    counts = await visit.premises.overview.roles(visit.tenant.id)
    roles = await roles_of(visit.room.desk, visit.tenant)
    return visit.show("role_counts.html", counts=counts, roles=roles)


async def _changes(visit: TenantVisit) -> Response:
    """Who would get another role by the edit in the address: read apart, as everybody is looked at."""
    lines = [line.strip() for line in visit.query("rules", _EDIT["rules"]).splitlines() if line.strip()]
    typed = {
        name: " ".join(visit.query(name, most).split()) for name, most in _EDIT.items() if name != "rules"
    }
    edit = RoleEdit(rules=lines, **typed)
    try:
        outlook = await who_would_change(visit.room.desk, visit.tenant, edit, most_rows=MOST_ROWS_FOR_A_PAGE)
    except Refused as refusal:
        return visit.show("role_changes.html", outlook=None, fault=str(refusal))
    counts = sorted(outlook.counts.items(), key=lambda one: -one[1])
    return visit.show("role_changes.html", outlook=outlook, counts=counts, fault="")


PAGES = (
    Page("/settings/roles", shows=_roles, does=_add),
    Page("/settings/roles/changes", shows=_changes),
    Page("/settings/roles/counts", shows=_counts),
)
