"""Tenants: make one, look, change plan, provisioning, sign-on, suspension."""

from __future__ import annotations

from typing import Annotated

from vestibule.profiles.shelf import UnknownProfile
from vestibule.tenancy.errors import BadSlug, NameMissing, SlugTaken, UnknownPlan, UnknownTenant
from vestibule.tenancy.tenant import Provisioning, Tenant
from vestibule.tenancy.tenants import create_tenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.api.problems import BoundElsewhere

RESOURCE = Resource("tenants", "Tenants", "One directory each, kept apart from all others.")

Slug = Annotated[
    str, Field(min_length=2, max_length=63, pattern="^[a-z0-9-]+$", description="The tenant's slug.")
]


@message
class TenantShown:
    """A tenant as it is set up."""

    slug: str
    name: str
    account: Annotated[str, Field(description="The customer account that it belongs to.")]
    profile: Annotated[str, Field(description="The application profile: which product it is of.")]
    plan: str
    provisioning: Provisioning
    suspended: bool
    sso_confirmed: bool
    settings_version: Annotated[int, Field(description="Advances with every change; the ETag.")]
    created: str


@message
class NewTenant:
    """A tenant to be made."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="Shown to people.")]
    slug: Annotated[
        str | None,
        Field(max_length=63, description="Stands in the Tenant URL; made of the name if left out."),
    ] = None
    account: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Called like the tenant if left out.")
    ] = None
    plan: Annotated[str | None, Field(max_length=100, description="The profile's default if left out.")] = (
        None
    )
    profile: Annotated[
        str | None, Field(max_length=100, description="The installation's default if left out.")
    ] = None


@RESOURCE.get("/tenants", name="list", scope="tenants:read")
async def list_tenants(
    call: Call, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[TenantShown]:
    """The tenants that the token may see, by slug."""
    seen = [tenant for tenant in await call.premises.tenancy.tenants() if call.sees(tenant)]
    page = page_by_key(seen, lambda tenant: tenant.slug, count, await call.places(), cursor)
    return Page([shown(tenant) for tenant in page.items], page.next)


@RESOURCE.post(
    "/tenants",
    name="create",
    scope="tenants:write",
    status=201,
    raises=(BadSlug, SlugTaken, NameMissing, UnknownPlan, UnknownProfile, BoundElsewhere),
)
async def create(call: Call, body: NewTenant) -> TenantShown:
    """Make a tenant, in draft.

    A token that is bound to an account makes tenants of that account.
    """
    token = call.token
    if token.tenant is not None or (token.account is not None and body.account not in (None, token.account)):
        call.demand_installation()
    made = await create_tenant(
        call.desk,
        body.name,
        slug=body.slug,
        account=body.account or token.account,
        plan=body.plan,
        profile=body.profile,
    )
    call.tenant_id = made.id
    call.about("Tenant", made.slug)
    call.headers["location"] = f"{call.premises.public_url()}/api/v1/tenants/{made.slug}"
    call.versioned(made.settings_version)
    return shown(made)


@RESOURCE.get("/tenants/{tenant}", name="show", scope="tenants:read", raises=(UnknownTenant,))
async def show(call: Call, tenant: Slug) -> TenantShown:
    """One tenant. Its ETag is what If-Match of a change names."""
    found = await call.tenant(tenant)
    call.versioned(found.settings_version)
    return shown(found)


def shown(tenant: Tenant) -> TenantShown:
    """The tenant as the API tells it."""
    return TenantShown(
        slug=tenant.slug,
        name=tenant.name,
        account=tenant.account,
        profile=tenant.profile,
        plan=tenant.plan,
        provisioning=tenant.provisioning,
        suspended=tenant.suspended,
        sso_confirmed=tenant.sso_confirmed,
        settings_version=tenant.settings_version,
        created=tenant.created_at,
    )
