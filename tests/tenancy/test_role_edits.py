"""Who would get another role by an edit: how many, from what to what, why; and nobody is changed by asking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.installation import Site, Tenant, installation
from vestibule.directory.role_simulation import RoleOutlook
from vestibule.tenancy.errors import BadRole
from vestibule.tenancy.role_edits import RoleEdit, who_would_change

_CORE = "urn:ietf:params:scim:schemas:core:2.0:"
_ROLES: dict[str, dict[str, Any]] = {
    "ana": {"userType": "Administrator"},
    "mika": {"userType": "Manager"},
    "kim": {"userType": "User", "roles": [{"value": "Administrator"}]},
    "ken": {"userType": "Manager", "roles": [{"value": "Pilot"}]},
    "tom": {},
}


@dataclass(frozen=True, slots=True)
class Company:
    """A GetAccept entity with five people and a team of two."""

    site: Site
    tenant: Tenant

    async def ask(self, **edit: Any) -> RoleOutlook:
        """Who would change by that edit."""
        return await who_would_change(self.site.desk, self.tenant.record, RoleEdit(**edit))


@pytest.fixture
async def company() -> AsyncIterator[Company]:
    async with installation() as site:
        tenant = await site.tenant("getaccept")
        ids = {}
        for name, said in _ROLES.items():
            email = f"{name}@corp.test"
            person = {"schemas": [f"{_CORE}User"], "userName": email, "displayName": name, **said}
            answer = await tenant.post("/Users", person)
            assert answer.status == 201, answer.json
            ids[name] = answer.json["id"]
        members = [{"value": ids[name]} for name in ("mika", "tom")]
        team = {"schemas": [f"{_CORE}Group"], "displayName": "Sales", "members": members}
        assert (await tenant.post("/Groups", team)).status == 201
        yield Company(site, tenant)


def moves(outlook: RoleOutlook) -> dict[str, tuple[str | None, str | None]]:
    """Who, from what to what."""
    return {move.name: (move.was, move.becomes) for move in outlook.people}


async def test_who_changes_by_each_kind_of_edit(company: Company) -> None:
    assert (await company.ask()).changed == 0
    assert (await company.ask(rules=("USERTYPE",))).changed == 0, "what decides today decides alone"

    default = await company.ask(default="manager")
    assert (default.looked, default.changed) == (5, 1)
    assert moves(default) == {"tom": ("User", "Manager")}
    assert default.people[0].why == "default role. Nothing was sent."

    order = await company.ask(rules=("roles.value", "userType"))
    assert moves(order) == {"kim": ("User", "Administrator")}, "Pilot is no role: Ken keeps his"
    assert order.people[0].why.startswith("roles.value decides")
    added = await company.ask(rules=("roles.value", "userType"), added="Pilot")
    assert moves(added) == {"kim": ("User", "Administrator"), "ken": ("Manager", "Pilot")}
    assert added.counts == {("User", "Administrator"): 1, ("Manager", "Pilot"): 1}

    mapping = await company.ask(source="userType", value="MANAGER", instead="User")
    assert moves(mapping) == {"mika": ("Manager", "User"), "ken": ("Manager", "User")}
    team = await company.ask(team="sales", team_role="Administrator")
    assert moves(team) == {"mika": ("Manager", "Administrator"), "tom": ("User", "Administrator")}


async def test_nobody_is_changed_by_asking_and_a_page_looks_at_so_many(company: Company) -> None:
    before = (await company.tenant.get("/Users")).json
    desk, tenant = company.site.desk, company.tenant.record
    part = await who_would_change(desk, tenant, RoleEdit(default="Manager"), most_rows=1)
    assert not part.is_whole
    assert part.looked <= 1
    whole = await who_would_change(desk, tenant, RoleEdit(default="Manager"), most_rows=6)
    assert (whole.is_whole, whole.looked, whole.changed) == (True, 5, 1)
    assert (await company.tenant.get("/Users")).json == before


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"default": "Pilot"}, '"Pilot" is no role'),
        ({"value": "Manager"}, "Say which role"),
        ({"team": "Nowhere", "team_role": "User"}, 'no team named "Nowhere"'),
        ({"rules": ("nonsense",)}, '"nonsense" is no rule'),
        ({"rules": ("active",)}, '"active" is no rule'),
        ({"rules": ("userType",) * 21}, "21 rules"),
    ],
)
async def test_an_edit_that_says_nothing_usable_says_what_would(
    company: Company, edit: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadRole, match=said):
        await company.ask(**edit)


async def test_a_profile_is_checked_for_roles_too(company: Company) -> None:
    desk = company.site.desk
    assert desk.checker is not None
    own = await desk.profile_of(company.tenant.record)
    wanted = replace(own, role_sources=("roles.value", "userType"))
    checked = await desk.checker.check(company.tenant.record.id, wanted, own)
    assert checked.roles is not None
    assert moves(checked.roles) == {"kim": ("User", "Administrator")}
    assert (await desk.checker.check(company.tenant.record.id, own)).roles is None
