"""Single sign-on of a tenant: the identity provider, what the tenant chose, certificates, attempts."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from vestibule.refused import Refused
from vestibule.sign_on.certificate import CertificateState
from vestibule.sign_on.errors import NotSetUp, SetupRefused
from vestibule.sign_on.identity_provider import IdentityProvider, entered, read_metadata
from vestibule.sign_on.setting_up import (
    choose,
    make_test,
    metadata_at,
    remove_certificate,
    remove_setup,
    renew_certificate,
    set_up_openid,
    set_up_saml,
    shown,
)
from vestibule.sign_on.setup import Choices, OpenIdProvider
from vestibule.sign_on.store import Attempt
from vestibule.tenancy.errors import UnknownTenant
from vestibule.tenancy.tenant import Tenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.parameters import Slug

RESOURCE = Resource(
    "sign_on", "Single sign-on", "How a tenant's people come in: identity provider, certificates, what came."
)

Address = Annotated[str, Field(max_length=2000)]
_SET = (UnknownTenant, SetupRefused)


@message
class OurSide:
    """What is entered at the identity provider."""

    entity_id: str
    acs_url: str
    slo_url: str
    metadata_url: str
    login_url: str
    oidc_redirect_url: str


@message
class CertificateShown:
    """A certificate, and how long it is still good."""

    id: Annotated[str | None, Field(description="Of ours; the identity provider's have none.")]
    subject: str
    fingerprint: Annotated[str, Field(description="SHA-256.")]
    not_before: str
    not_after: str
    days_left: int


@message
class ChoicesShown:
    """What the tenant chose."""

    email_attribute: Annotated[str, Field(description="Empty: those that are usual are tried.")]
    name_id_format: str
    idp_initiated: Annotated[bool, Field(description="Sign-on may begin at the identity provider.")]
    creates_people: Annotated[bool, Field(description="Who was never provisioned is created.")]
    product_url: Annotated[str, Field(description="Where people go once they are signed on.")]
    session_hours: int
    own_addresses: Annotated[
        bool,
        Field(description="A further environment of a company, whose entity id and ACS URL are its own."),
    ]


@message
class SignOnShown:
    """A tenant's sign-on; `protocol` is null where none is set up."""

    us: OurSide
    protocol: Annotated[str | None, Field(description="saml or oidc.")]
    issuer: Annotated[str | None, Field(description="The identity provider: entity id or issuer.")]
    metadata_url: str | None
    metadata_read: str | None
    worked: Annotated[str | None, Field(description="When somebody first came in, or a test succeeded.")]
    choices: ChoicesShown | None
    our_certificates: list[CertificateShown]
    their_certificates: list[CertificateShown]
    warnings: list[str]


@message
class SamlProvider:
    """An identity provider of SAML: by the address of its metadata, by metadata, or field by field."""

    metadata_url: Annotated[Address, Field(description="Read now, and again every day.")] = ""
    metadata: Annotated[str, Field(max_length=1 << 17, description="The document itself.")] = ""
    entity_id: Annotated[str, Field(max_length=1024)] = ""
    sso_url: Address = ""
    slo_url: Address = ""
    certificate: Annotated[str, Field(max_length=20_000, description="PEM, one or more.")] = ""
    own_addresses: Annotated[
        bool | None, Field(description="As in the choices; what was chosen before stays if left out.")
    ] = None


@message
class OpenIdClient:
    """A client of an OpenID Connect provider."""

    issuer: Annotated[str, Field(min_length=1, max_length=2000)]
    client_id: Annotated[str, Field(min_length=1, max_length=500)]
    client_secret: Annotated[str, Field(max_length=1000, description="Empty keeps the one there is.")] = ""


@message
class ChoicesChanged:
    """What shall be different; what is left out stays."""

    email_attribute: Annotated[str | None, Field(max_length=256)] = None
    name_id_format: Annotated[str | None, Field(max_length=256)] = None
    idp_initiated: bool | None = None
    creates_people: bool | None = None
    product_url: Annotated[str | None, Field(max_length=2000)] = None
    session_hours: Annotated[int | None, Field(ge=1, le=720)] = None
    own_addresses: bool | None = None


@message
class TestLinkMade:
    """A link that tests the sign-on in the browser it is opened in."""

    url: Annotated[str, Field(description="Once, within ten minutes.")]


@message
class CertificateMade:
    """A new certificate of ours."""

    id: str


@message
class AttemptShown:
    """Somebody tried to sign on."""

    at: str
    outcome: Annotated[str, Field(description="signed_on, or the rule that said no.")]
    is_test: bool
    person: Annotated[str | None, Field(description="Who was found.")]
    email: Annotated[str | None, Field(description="The address that came.")]
    user_name: Annotated[str | None, Field(description="The userName that was provisioned.")]
    cause: str | None


@RESOURCE.get("/tenants/{tenant}/sign-on", name="show", scope="tenants:read", raises=(UnknownTenant,))
async def show(call: Call, tenant: Slug) -> SignOnShown:
    """A tenant's sign-on: our addresses, its identity provider, certificates, and what to see to."""
    return await _shown(call, await call.tenant(tenant))


@RESOURCE.put("/tenants/{tenant}/sign-on/saml", name="set_saml", scope="tenants:write", raises=_SET)
async def set_saml(call: Call, tenant: Slug, body: SamlProvider) -> SignOnShown:
    """Have people come in by a SAML identity provider; what was chosen before stays."""
    found = await _about(call, tenant)
    provider = await _provider(call, body)
    await set_up_saml(
        call.premises.front(),
        found,
        call.actor,
        provider,
        metadata_url=body.metadata_url,
        own_addresses=body.own_addresses,
    )
    return await _shown(call, found)


@RESOURCE.put("/tenants/{tenant}/sign-on/openid", name="set_openid", scope="tenants:write", raises=_SET)
async def set_openid(call: Call, tenant: Slug, body: OpenIdClient) -> SignOnShown:
    """Have people come in by an OpenID Connect provider; what was chosen before stays."""
    found = await _about(call, tenant)
    openid = OpenIdProvider(body.issuer, body.client_id)
    await set_up_openid(call.premises.front(), found, call.actor, openid, body.client_secret)
    return await _shown(call, found)


@RESOURCE.patch(
    "/tenants/{tenant}/sign-on/choices", name="choose", scope="tenants:write", raises=(*_SET, NotSetUp)
)
async def change_choices(call: Call, tenant: Slug, body: ChoicesChanged) -> SignOnShown:
    """Change what the tenant chose: the e-mail attribute, who may begin, where people go, for how long."""
    found = await _about(call, tenant)
    front = call.premises.front()
    setup, _ = await front.setup_of(found)
    given = {
        "email_attribute": body.email_attribute,
        "name_id_format": body.name_id_format,
        "idp_initiated": body.idp_initiated,
        "creates_people": body.creates_people,
        "product_url": body.product_url,
        "session_hours": body.session_hours,
        "own_addresses": body.own_addresses,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    await choose(front, found, call.actor, replace(setup.choices, **changed))  # type: ignore[arg-type]
    return await _shown(call, found)


@RESOURCE.delete(
    "/tenants/{tenant}/sign-on", name="remove", scope="tenants:write", raises=(UnknownTenant, NotSetUp)
)
async def remove(call: Call, tenant: Slug) -> None:
    """Nobody of the tenant signs on any more, and all sessions end."""
    await remove_setup(call.premises.front(), await _about(call, tenant), call.actor)


@RESOURCE.post(
    "/tenants/{tenant}/sign-on/test",
    name="test",
    scope="tenants:write",
    status=201,
    raises=(UnknownTenant, NotSetUp),
)
async def make_link(call: Call, tenant: Slug) -> TestLinkMade:
    """Make a link that tests the sign-on: it shows the address that came beside the provisioned userName."""
    return TestLinkMade(url=await make_test(call.premises.front(), await _about(call, tenant)))


@RESOURCE.get(
    "/tenants/{tenant}/sign-on/attempts", name="attempts", scope="tenants:read", raises=(UnknownTenant,)
)
async def list_attempts(
    call: Call, tenant: Slug, count: Annotated[int, Field(ge=1, le=200, description="So many at most.")] = 50
) -> list[AttemptShown]:
    """The newest sign-ins that somebody tried, with both values and the cause."""
    found = await call.tenant(tenant)
    return [_attempt(one) for one in await call.premises.sign_on.attempts(found.id, limit=count)]


@RESOURCE.post(
    "/tenants/{tenant}/sign-on/certificates",
    name="renew_certificate",
    scope="tenants:write",
    status=201,
    raises=(UnknownTenant,),
)
async def renew(call: Call, tenant: Slug) -> CertificateMade:
    """Make a new certificate of ours: it signs from now on, and the metadata shows both until the old one goes."""
    return CertificateMade(
        id=await renew_certificate(call.premises.front(), await _about(call, tenant), call.actor)
    )


@RESOURCE.delete(
    "/tenants/{tenant}/sign-on/certificates/{certificate}",
    name="remove_certificate",
    scope="tenants:write",
    raises=_SET,
)
async def forget(
    call: Call,
    tenant: Slug,
    certificate: Annotated[str, Field(min_length=1, max_length=40, pattern="^[0-9a-f]+$")],
) -> None:
    """Remove an old certificate of ours; the only one stays."""
    await remove_certificate(call.premises.front(), await _about(call, tenant), call.actor, certificate)


async def _about(call: Call, slug: str) -> Tenant:
    found = await call.tenant(slug)
    call.about("Tenant", found.slug)
    return found


async def _provider(call: Call, body: SamlProvider) -> IdentityProvider:
    if body.metadata_url:
        return await _read(call, body.metadata_url)
    if body.metadata:
        return read_metadata(body.metadata.encode())
    return entered(body.entity_id, body.sso_url, body.certificate, slo_url=body.slo_url)


async def _read(call: Call, url: str) -> IdentityProvider:
    try:
        return await metadata_at(call.premises.front(), url)
    except SetupRefused:
        raise
    except Refused as refused:
        raise SetupRefused(f"The metadata address could not be read. {refused}") from None


async def _shown(call: Call, tenant: Tenant) -> SignOnShown:
    found = await shown(call.premises.front(), tenant, attempts=20)
    us, setup, stored = found.us, found.setup, found.stored
    return SignOnShown(
        us=OurSide(
            entity_id=us.entity_id,
            acs_url=us.acs_url,
            slo_url=us.slo_url,
            metadata_url=us.metadata_url,
            login_url=us.login_url,
            oidc_redirect_url=us.oidc_redirect_url,
        ),
        protocol=setup.protocol.value if setup else None,
        issuer=setup.issuer if setup else None,
        metadata_url=(setup.metadata_url or None) if setup else None,
        metadata_read=(stored.read_at or None) if stored else None,
        worked=(stored.worked_at or None) if stored else None,
        choices=_choices(setup.choices) if setup else None,
        our_certificates=[_certificate(one, id) for id, one in found.our_certificates],
        their_certificates=[_certificate(one, None) for one in found.their_certificates],
        warnings=list(found.warnings),
    )


def _choices(chosen: Choices) -> ChoicesShown:
    return ChoicesShown(
        email_attribute=chosen.email_attribute,
        name_id_format=chosen.name_id_format,
        idp_initiated=chosen.idp_initiated,
        creates_people=chosen.creates_people,
        product_url=chosen.product_url,
        session_hours=chosen.session_hours,
        own_addresses=chosen.own_addresses,
    )


def _certificate(state: CertificateState, id: str | None) -> CertificateShown:
    return CertificateShown(
        id=id,
        subject=state.subject,
        fingerprint=state.fingerprint,
        not_before=state.not_before,
        not_after=state.not_after,
        days_left=state.days_left,
    )


def _attempt(one: Attempt) -> AttemptShown:
    told = one.payload or {}
    return AttemptShown(
        at=one.at,
        outcome=one.rule or "signed_on",
        is_test=one.is_test,
        person=one.person or None,
        email=told.get("email") or None,
        user_name=told.get("userName") or None,
        cause=told.get("cause") or None,
    )
