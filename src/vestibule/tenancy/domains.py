"""Domains a tenant has proven: whoever existed under one before may be adopted."""

from __future__ import annotations

import re

from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import BadDomain, UnknownDomain
from vestibule.tenancy.tenant import Domain, Tenant

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def domain_name(text: str) -> str:
    """The domain in lower case, as DNS has it (a name in another script in its xn-- form). ``BadDomain``."""
    bare = text.strip().rstrip(".")
    try:
        name = bare.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise BadDomain(text) from None
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadDomain(text)
    return name


async def add_domain(desk: Desk, tenant: Tenant, text: str) -> tuple[Domain, bool]:
    """Note that the tenant has proven a domain; False beside it where it had done so before."""
    domain = Domain(tenant.id, domain_name(text), desk.clock(), desk.actor)
    entry = desk.entry("domain.proven", "Tenant", tenant.slug, {"domain": domain.name})
    return domain, await desk.store.add_domain(domain, entry, domain.proven_at)


async def remove_domain(desk: Desk, tenant: Tenant, text: str) -> None:
    """Nobody is adopted under that domain from now on. ``UnknownDomain``."""
    name = domain_name(text)
    entry = desk.entry("domain.removed", "Tenant", tenant.slug, {"domain": name})
    if not await desk.store.remove_domain(tenant.id, name, entry, desk.clock()):
        raise UnknownDomain(name, tenant.slug)
