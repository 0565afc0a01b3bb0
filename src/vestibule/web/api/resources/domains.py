"""Domains that a tenant has proven: people who existed before under one may be adopted."""

from __future__ import annotations

from typing import Annotated

from vestibule.tenancy.domains import add_domain, remove_domain
from vestibule.tenancy.errors import BadDomain, UnknownDomain, UnknownTenant
from vestibule.tenancy.tenant import Domain
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.api.parameters import Slug

RESOURCE = Resource(
    "domains", "Domains", "What a tenant has proven to be its own: people under it are linked."
)

DomainName = Annotated[str, Field(min_length=1, max_length=255, description="Such as example.com.")]


@message
class DomainShown:
    """A proven domain."""

    name: str
    proven: Annotated[str, Field(description="When.")]
    proven_by: str


@message
class NewDomain:
    """A domain that the tenant has proven."""

    name: DomainName


@RESOURCE.get("/tenants/{tenant}/domains", name="list", scope="tenants:read", raises=(UnknownTenant,))
async def list_domains(
    call: Call, tenant: Slug, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[DomainShown]:
    """The proven domains of a tenant, by name."""
    found = await call.tenant(tenant)
    domains = await call.premises.tenancy.domains(found.id)
    page = page_by_key(domains, lambda one: one.name, count, await call.places(found.id), cursor)
    return Page([_shown(domain) for domain in page.items], page.next)


@RESOURCE.post(
    "/tenants/{tenant}/domains",
    name="add",
    scope="tenants:write",
    status=201,
    raises=(UnknownTenant, BadDomain),
)
async def add(call: Call, tenant: Slug, body: NewDomain) -> DomainShown:
    """Note that a tenant has proven a domain; a second time changes nothing."""
    found = await call.tenant(tenant)
    call.about("Tenant", found.slug)
    added, _ = await add_domain(call.desk, found, body.name)
    known = {domain.name: domain for domain in await call.premises.tenancy.domains(found.id)}
    return _shown(known.get(added.name, added))


@RESOURCE.delete(
    "/tenants/{tenant}/domains/{name}",
    name="remove",
    scope="tenants:write",
    raises=(UnknownTenant, BadDomain, UnknownDomain),
)
async def remove(call: Call, tenant: Slug, name: DomainName) -> None:
    """Nobody is adopted under that domain from now on."""
    found = await call.tenant(tenant)
    call.about("Tenant", found.slug)
    await remove_domain(call.desk, found, name)


def _shown(domain: Domain) -> DomainShown:
    return DomainShown(name=domain.name, proven=domain.proven_at, proven_by=domain.proven_by)
