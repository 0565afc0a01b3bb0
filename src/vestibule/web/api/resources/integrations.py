"""Slack and Google Workspace: the tenant's connection to each, and whose account is linked there."""

from __future__ import annotations

from typing import Annotated

from vestibule.directory.store import Boundary
from vestibule.linking.connecting import NoSuchService, Offered
from vestibule.linking.connector import ConsentRefused
from vestibule.linking.linked_account import LinkedAccount, LinkState
from vestibule.linking.service_connection import ConnectionState, ServiceConnection
from vestibule.tenancy.errors import UnknownTenant
from vestibule.tenancy.tenant import Tenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page
from vestibule.web.api.parameters import Slug

RESOURCE = Resource(
    "integrations", "Integrations", "Slack and Google Workspace: connections, and people's accounts there."
)

Service = Annotated[
    str, Field(min_length=1, max_length=40, pattern="^[a-z]+$", description="slack or google.")
]
_KNOWN = (UnknownTenant, NoSuchService)


@message
class IntegrationShown:
    """A service that the product names accounts at, and how it stands."""

    service: str
    state: Annotated[str, Field(description="connected, reconnect_needed, paused or disconnected.")]
    reason: Annotated[str | None, Field(description="Why it is not connected, or waits, in words.")]
    workspace: str | None
    workspace_id: str | None
    domain: str | None
    connected_by: str | None
    connected: str | None
    changed_by: Annotated[
        str | None,
        Field(description="Who connected, paused, resumed or disconnected it; what noticed that it broke."),
    ]
    changed: Annotated[str | None, Field(description="When it came into its state.")]
    not_before: Annotated[str | None, Field(description="It waits: the service is asked again then.")]
    last_full: Annotated[str | None, Field(description="When everybody was looked at last.")]
    under_way: Annotated[bool, Field(description="Everybody is looked at now.")]
    accounts: Annotated[dict[str, int], Field(description="How many accounts are in each state.")]


@message
class AccountShown:
    """A person's account at a service: how it was named, and what was found."""

    person: str
    service: str
    value: Annotated[str, Field(description="As the identity provider sent it.")]
    state: LinkState
    reason: str | None
    member_id: str | None
    name: str | None
    email: str | None
    is_guest: bool
    is_alias: bool
    is_active: Annotated[bool, Field(description="Whether the person has access here.")]
    since: str
    checked: str | None
    seen: Annotated[str | None, Field(description="When it was last found there, usable or not.")]
    outlives: Annotated[str | None, Field(description="Active there since, although access here has ended.")]


@message
class ConsentBegun:
    """Where an administrator of the workspace consents."""

    url: Annotated[str, Field(description="To be opened in a browser, within ten minutes.")]


@message
class Key:
    """A key in place of a consent: Google, a service account with domain-wide delegation."""

    key: Annotated[str, Field(min_length=1, max_length=16 * 1024, description="The key file, JSON.")]
    acting_as: Annotated[
        str, Field(min_length=3, max_length=320, description="The administrator that it acts as.")
    ]


@message
class OfferShown:
    """What was granted, before it is kept."""

    code: Annotated[str, Field(description="`confirm` takes it, once, within ten minutes.")]
    workspace: str
    workspace_id: str
    domain: str | None
    granted_by: str
    differs_from: Annotated[str | None, Field(description="The workspace that was connected until now.")]


@message
class Confirmation:
    """Yes, that is the workspace."""

    code: Annotated[str, Field(min_length=1, max_length=100)]


@RESOURCE.get("/tenants/{tenant}/integrations", name="list", scope="tenants:read", raises=(UnknownTenant,))
async def list_integrations(call: Call, tenant: Slug) -> list[IntegrationShown]:
    """The services that the tenant's product has, and how each one stands."""
    found = await call.tenant(tenant)
    profile = await call.desk.profile_of(found)
    return [await _shown(call, found, name) for name in profile.services]


@RESOURCE.get("/tenants/{tenant}/integrations/{service}", name="show", scope="tenants:read", raises=_KNOWN)
async def show(call: Call, tenant: Slug, service: Service) -> IntegrationShown:
    """One service: the workspace, who connected it, and how many accounts are in each state."""
    return await _shown(call, await _of(call, tenant, service), service)


@RESOURCE.get(
    "/tenants/{tenant}/integrations/{service}/accounts", name="accounts", scope="people:read", raises=_KNOWN
)
async def list_accounts(
    call: Call,
    tenant: Slug,
    service: Service,
    state: Annotated[LinkState | None, Field(description="Those in this state alone.")] = None,
    outliving: Annotated[
        bool, Field(description="Those active there although access here has ended.")
    ] = False,
    person: Annotated[
        str | None, Field(min_length=1, max_length=64, pattern="^[0-9A-Za-z-]+$", description="One person's.")
    ] = None,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[AccountShown]:
    """People's accounts at a service, by person: how each was named, what was found, and why not."""
    found = await _of(call, tenant, service)
    place = await call.places(found.id, service, state, outliving, person, count)
    boundary = place.open(cursor)
    rows = await call.premises.linking.accounts(
        found.id,
        service,
        state=state,
        user_id=person,
        outliving=outliving,
        after=str(boundary.key) if boundary is not None else "",
        limit=count + 1,
    )
    shown = rows[:count]
    next = place.seal(Boundary(shown[-1].user_id, 0)) if len(rows) > count else None
    return Page([_account(one) for one in shown], next)


@RESOURCE.post(
    "/tenants/{tenant}/integrations/{service}/connect",
    name="connect",
    scope="tenants:write",
    status=201,
    raises=_KNOWN,
)
async def connect(call: Call, tenant: Slug, service: Service) -> ConsentBegun:
    """Begin connecting: the page after the consent shows the workspace, and the code that `confirm` takes."""
    found = await _of(call, tenant, service)
    profile = await call.desk.profile_of(found)
    return ConsentBegun(url=await call.premises.connecting.begin(found.id, profile, service, call.actor))


@RESOURCE.post(
    "/tenants/{tenant}/integrations/{service}/key",
    name="offer_key",
    scope="tenants:write",
    status=201,
    raises=(*_KNOWN, ConsentRefused),
)
async def offer_key(call: Call, tenant: Slug, service: Service, body: Key) -> OfferShown:
    """See which workspace a key opens. Nothing is kept before `confirm`."""
    found = await _of(call, tenant, service)
    profile = await call.desk.profile_of(found)
    return _offer(
        await call.premises.connecting.with_key(
            found.id, profile, service, call.actor, body.key, body.acting_as
        )
    )


@RESOURCE.post(
    "/tenants/{tenant}/integrations/{service}/confirm",
    name="confirm",
    scope="tenants:write",
    raises=(*_KNOWN, ConsentRefused),
)
async def confirm(call: Call, tenant: Slug, service: Service, body: Confirmation) -> IntegrationShown:
    """Keep a connection that was granted to this token; everybody's account is looked up from now on."""
    found = await _of(call, tenant, service)
    connecting = call.premises.connecting
    if (await connecting.offered(service, body.code, call.actor)).tenant != found.id:
        raise ConsentRefused("This code is of another tenant.")
    await connecting.confirm(service, body.code, call.actor)
    return await _shown(call, found, service)


@RESOURCE.post(
    "/tenants/{tenant}/integrations/{service}/sync", name="sync", scope="tenants:write", raises=_KNOWN
)
async def sync(call: Call, tenant: Slug, service: Service) -> IntegrationShown:
    """Have everybody's account looked at again, as soon as may be."""
    found = await _of(call, tenant, service)
    await call.premises.connecting.sync_now(found.id, service, call.actor)
    return await _shown(call, found, service)


@RESOURCE.post(
    "/tenants/{tenant}/integrations/{service}/pause", name="pause", scope="tenants:write", raises=_KNOWN
)
async def pause(call: Call, tenant: Slug, service: Service) -> IntegrationShown:
    """Ask nothing more of the service until it is resumed: its credentials stay, accounts stay as they were found."""
    found = await _of(call, tenant, service)
    await call.premises.connecting.pause(found.id, service, call.actor)
    return await _shown(call, found, service)


@RESOURCE.post(
    "/tenants/{tenant}/integrations/{service}/resume", name="resume", scope="tenants:write", raises=_KNOWN
)
async def resume(call: Call, tenant: Slug, service: Service) -> IntegrationShown:
    """Go on after a pause: everybody's account is looked at again."""
    found = await _of(call, tenant, service)
    await call.premises.connecting.resume(found.id, service, call.actor)
    return await _shown(call, found, service)


@RESOURCE.delete(
    "/tenants/{tenant}/integrations/{service}", name="disconnect", scope="tenants:write", raises=_KNOWN
)
async def disconnect(call: Call, tenant: Slug, service: Service) -> None:
    """Forget the credentials, here and at the service; what was linked is shown as not connected."""
    found = await _of(call, tenant, service)
    await call.premises.connecting.disconnect(found.id, service, call.actor)


async def _of(call: Call, slug: str, service: str) -> Tenant:
    found = await call.tenant(slug)
    call.about("Integration", service)
    profile = await call.desk.profile_of(found)
    if service not in profile.services:
        there = ", ".join(sorted(profile.services)) or "none"
        raise NoSuchService(f"{profile.product.name} has no service {service!r}; there are: {there}.")
    return found


async def _shown(call: Call, tenant: Tenant, service: str) -> IntegrationShown:
    store = call.premises.linking
    one = await store.connection(tenant.id, service)
    is_open = one is not None and one.state is not ConnectionState.DISCONNECTED
    known: ServiceConnection | None = one if is_open else None
    return IntegrationShown(
        service=service,
        state=(known.state if known else ConnectionState.DISCONNECTED).value,
        reason=(known.reason or None) if known else None,
        workspace=known.workspace.name if known else None,
        workspace_id=known.workspace.id if known else None,
        domain=(known.workspace.domain or None) if known else None,
        connected_by=known.connected_by if known else None,
        connected=known.connected_at if known else None,
        changed_by=(one.changed_by or None) if one else None,
        changed=(one.changed_at or None) if one else None,
        not_before=(known.not_before or None) if known else None,
        last_full=known.last_full_at if known else None,
        under_way=known is not None and known.progress is not None,
        accounts=dict(await store.counts(tenant.id, service)),
    )


def _account(one: LinkedAccount) -> AccountShown:
    return AccountShown(
        person=one.user_id,
        service=one.service,
        value=one.value,
        state=one.state,
        reason=one.reason or None,
        member_id=one.member_id or None,
        name=one.name or None,
        email=one.email or None,
        is_guest=one.is_guest,
        is_alias=one.is_alias,
        is_active=one.is_active,
        since=one.since,
        checked=one.checked_at,
        seen=one.seen_at,
        outlives=one.outlives_since,
    )


def _offer(offered: Offered) -> OfferShown:
    return OfferShown(
        code=offered.code,
        workspace=offered.workspace.name,
        workspace_id=offered.workspace.id,
        domain=offered.workspace.domain or None,
        granted_by=offered.granted_by,
        differs_from=offered.differs_from.name if offered.differs_from else None,
    )
