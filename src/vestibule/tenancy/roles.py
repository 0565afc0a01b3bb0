"""Application roles of a tenant: those of the product, and the tenant's own, mapped to rights."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.profiles.profile import Role
from vestibule.scim.fold import fold
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import BadRole
from vestibule.tenancy.tenant import Tenant


async def roles_of(desk: Desk, tenant: Tenant) -> tuple[Role, ...]:
    """Every role a person of the tenant can have."""
    profile = await desk.profile_of(tenant)
    return profile.roles_with(await desk.store.roles(tenant.id))


async def add_role(
    desk: Desk, tenant: Tenant, name: str, *, rights: Sequence[str] = (), like: str | None = None
) -> Role:
    """A role of the tenant's own, with these rights and those of the role ``like``.

    ``BadRole`` where the product has no roles, or a right or a role is unknown.
    """
    profile = await desk.profile_of(tenant)
    name = name.strip()
    if not name:
        raise BadRole("A role needs a name.")
    if not profile.role_sources:
        raise BadRole(f"{profile.product.name} takes no roles from the identity provider.")
    given = (*rights, *(await _rights_of(desk, tenant, like) if like else ()))
    known = dict.fromkeys(right for role in profile.roles for right in role.rights)
    for right in given:
        if right not in known:
            raise BadRole(
                f"{profile.product.name} has no right {right!r}; its rights are {', '.join(known)}."
            )
    role = Role(name, tuple(dict.fromkeys(given)))
    if not role.rights:
        raise BadRole(
            f"Say what the role {name!r} may do, by rights ({', '.join(known)}) or like another role."
        )
    entry = desk.entry("role.added", "Tenant", tenant.slug, {"role": name, "rights": list(role.rights)})
    await desk.store.put_role(tenant.id, role, entry, desk.clock())
    return role


async def _rights_of(desk: Desk, tenant: Tenant, named: str) -> tuple[str, ...]:
    roles = await roles_of(desk, tenant)
    for role in roles:
        if fold(role.name) == fold(named):
            return role.rights
    raise BadRole(f"There is no role {named!r}; the roles are {', '.join(role.name for role in roles)}.")
