"""Tenants: make one, look, change plan, provisioning, sign-on, suspension."""

from __future__ import annotations

from typing import Annotated

from vestibule.profiles.shelf import UnknownProfile
from vestibule.tenancy.errors import (
    BadSlug,
    GateClosed,
    InvalidatesPeople,
    NameMissing,
    SlugTaken,
    UnknownPlan,
    UnknownTenant,
)
from vestibule.tenancy.tenant import Provisioning, Tenant
from vestibule.tenancy.tenants import (
    change_plan,
    change_profile,
    confirm_sign_on,
    create_tenant,
    resume,
    suspend,
    switch_provisioning,
)
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.api.parameters import Slug
from vestibule.web.api.problems import BoundElsewhere

RESOURCE = Resource("tenants", "Tenants", "One directory each, kept apart from all others.")


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
class SeatsShown:
    """The seats of a tenant's plan."""

    plan: str
    seats: Annotated[
        int | None, Field(description="So many active people at most; null for as many as come.")
    ]
    taken: Annotated[
        int,
        Field(
            description="Active people whom an identity provider manages. May be more, "
            "where the plan came to have fewer: nobody loses a seat by that."
        ),
    ]


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


@RESOURCE.get("/tenants/{tenant}/seats", name="seats", scope="tenants:read", raises=(UnknownTenant,))
async def seats(call: Call, tenant: Slug) -> SeatsShown:
    """How many seats the tenant's plan has, and how many are taken."""
    found = await call.tenant(tenant)
    plan = (await call.desk.profile_of(found)).plans.get(found.plan)
    numbers = await call.premises.overview.numbers(found.id)
    return SeatsShown(plan=found.plan, seats=plan.seats if plan else None, taken=numbers.active)


@message
class PlanChosen:
    """The plan a tenant shall be on."""

    plan: Annotated[str, Field(min_length=1, max_length=100, description="One of the profile's plans.")]


@message
class ProvisioningSwitched:
    """Whether identity providers may write."""

    provisioning: Annotated[
        Provisioning, Field(description="draft: not saved yet; on; paused: not at present.")
    ]


@message
class SignOnConfirmed:
    """Whether sign-on is set up, where the product wants it before provisioning."""

    confirmed: bool


@message
class Suspended:
    """Whether every token of the tenant is refused."""

    suspended: bool


@message
class ProfileChosen:
    """The product a tenant shall be of."""

    profile: Annotated[str, Field(min_length=1, max_length=100)]
    accept: Annotated[
        bool, Field(description="Although people there are would not fit it; they stay readable. Audited.")
    ] = False


@RESOURCE.put(
    "/tenants/{tenant}/plan",
    name="set_plan",
    scope="tenants:write",
    versioned=True,
    raises=(UnknownTenant, UnknownPlan),
)
async def set_plan(call: Call, tenant: Slug, body: PlanChosen) -> TenantShown:
    """Put a tenant on another plan, from the next request on.

    If-Match names the version that was read; where another one is there by now, nothing is changed.
    """
    found = await _for_change(call, tenant)
    return _changed(call, await change_plan(call.desk_for(found), found, body.plan))


@RESOURCE.put(
    "/tenants/{tenant}/provisioning",
    name="set_provisioning",
    scope="tenants:write",
    versioned=True,
    raises=(UnknownTenant, GateClosed),
)
async def set_provisioning(call: Call, tenant: Slug, body: ProvisioningSwitched) -> TenantShown:
    """Switch provisioning on, pause it, or put it back to draft.

    On is refused where plan or sign-on would keep everybody out.
    """
    found = await _for_change(call, tenant)
    return _changed(call, await switch_provisioning(call.desk_for(found), found, body.provisioning))


@RESOURCE.put(
    "/tenants/{tenant}/sign-on",
    name="confirm_sign_on",
    scope="tenants:write",
    versioned=True,
    raises=(UnknownTenant,),
)
async def set_sign_on(call: Call, tenant: Slug, body: SignOnConfirmed) -> TenantShown:
    """Confirm that sign-on is set up, or take that back."""
    found = await _for_change(call, tenant)
    return _changed(call, await confirm_sign_on(call.desk_for(found), found, body.confirmed))


@RESOURCE.put(
    "/tenants/{tenant}/suspension",
    name="set_suspended",
    scope="tenants:write",
    versioned=True,
    raises=(UnknownTenant,),
)
async def set_suspended(call: Call, tenant: Slug, body: Suspended) -> TenantShown:
    """Suspend a tenant, or end its suspension. Meanwhile every access token of it is refused."""
    found = await _for_change(call, tenant)
    change = suspend if body.suspended else resume
    return _changed(call, await change(call.desk_for(found), found))


@RESOURCE.put(
    "/tenants/{tenant}/profile",
    name="set_profile",
    scope="tenants:write",
    versioned=True,
    raises=(UnknownTenant, UnknownProfile, InvalidatesPeople),
)
async def set_profile(call: Call, tenant: Slug, body: ProfileChosen) -> TenantShown:
    """Make a tenant one of another product.

    Its plan becomes that product's default where the product has none of its name. Refused where people would
    not fit, unless that is accepted; `profiles.check` tells whom.
    """
    found = await _for_change(call, tenant)
    return _changed(call, await change_profile(call.desk_for(found), found, body.profile, accept=body.accept))


async def _for_change(call: Call, slug: str) -> Tenant:
    found = await call.tenant(slug)
    call.about("Tenant", found.slug)
    return found


def _changed(call: Call, tenant: Tenant) -> TenantShown:
    call.versioned(tenant.settings_version)
    return shown(tenant)


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
