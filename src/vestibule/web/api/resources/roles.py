"""Application roles of a tenant: those of the product, and the tenant's own."""

from __future__ import annotations

from typing import Annotated

from vestibule.profiles.profile import Role
from vestibule.tenancy.errors import BadRole, UnknownTenant
from vestibule.tenancy.roles import add_role, roles_of
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.api.parameters import Slug

RESOURCE = Resource(
    "roles", "Roles", "What people may do in the product: the profile's roles, and a tenant's own."
)

Right = Annotated[str, Field(min_length=1, max_length=200)]


@message
class RoleShown:
    """A role, and the access rights it means."""

    name: str
    rights: list[str]
    default: Annotated[bool, Field(description="The role of a person for whom nothing was sent.")]
    own: Annotated[bool, Field(description="The tenant's own, not the product's.")]


@message
class NewRole:
    """A role of the tenant's own: with these rights, and those of the role `like`."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    rights: Annotated[list[Right], Field(max_length=100)] = Field(default_factory=list)
    like: Annotated[str | None, Field(min_length=1, max_length=200)] = None


@RESOURCE.get("/tenants/{tenant}/roles", name="list", scope="tenants:read", raises=(UnknownTenant,))
async def list_roles(
    call: Call, tenant: Slug, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[RoleShown]:
    """Every role that a person of the tenant can have, by name."""
    found = await call.tenant(tenant)
    own = {role.name for role in await call.premises.tenancy.roles(found.id)}
    roles = await roles_of(call.desk, found)
    page = page_by_key(roles, lambda role: role.name, count, await call.places(found.id), cursor)
    return Page([_shown(role, role.name in own) for role in page.items], page.next)


@RESOURCE.post(
    "/tenants/{tenant}/roles", name="add", scope="tenants:write", status=201, raises=(UnknownTenant, BadRole)
)
async def add(call: Call, tenant: Slug, body: NewRole) -> RoleShown:
    """Add a role of the tenant's own, or change the one of that name."""
    found = await call.tenant(tenant)
    call.about("Tenant", found.slug)
    return _shown(await add_role(call.desk, found, body.name, rights=body.rights, like=body.like), True)


def _shown(role: Role, own: bool) -> RoleShown:
    return RoleShown(name=role.name, rights=list(role.rights), default=role.default, own=own)
