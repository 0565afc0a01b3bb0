"""What an administrator does: give the identity provider, choose, renew a certificate, look at what came.

Console and command line call these; every change is audited under the actor they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vestibule.directory.change import AuditEntry
from vestibule.refused import Refused
from vestibule.sign_on.certificate import CertificateState, state_of
from vestibule.sign_on.errors import NotSetUp, SetupRefused
from vestibule.sign_on.front import Front, later, secret_hash, secret_place
from vestibule.sign_on.identity_provider import IdentityProvider, checked_address, read_metadata
from vestibule.sign_on.service_provider import ServiceProvider
from vestibule.sign_on.setup import (
    Choices,
    OpenIdProvider,
    Protocol,
    SignOnSetup,
    checked_choices,
    kept_setup,
)
from vestibule.sign_on.store import Attempt, Once, StoredSetup
from vestibule.tenancy.tenant import Tenant

_TEST = "test"
_TEST_SECONDS = 600
_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a page about a tenant's sign-on shows; ``setup`` None where there is none yet."""

    us: ServiceProvider
    setup: SignOnSetup | None
    stored: StoredSetup | None
    #: Ours, newest first, with their ids; then the identity provider's.
    our_certificates: tuple[tuple[str, CertificateState], ...]
    their_certificates: tuple[CertificateState, ...]
    attempts: tuple[Attempt, ...]
    today: str = ""
    #: Whether the product has one address for all, so that a further environment may choose some of its own.
    may_share: bool = False

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an administrator should see to."""
        states = [state for _, state in self.our_certificates] + list(self.their_certificates)
        said = [state.warning for state in states if state.warning]
        if self.stored is not None and self.stored.read_fault:
            said.append(
                f"The metadata address could not be read on {self.stored.read_at[:10]}: {self.stored.read_fault}"
            )
        until = self.setup.provider.valid_until if self.setup and self.setup.provider else ""
        if until and until < self.today:
            said.append(
                f"The identity provider's metadata was valid until {until} only. Sign-on goes on with it; give the newest here."
            )
        said += [_told_mismatch(attempt) for attempt in self.attempts if attempt.rule == "mismatch"][:1]
        return tuple(said)


async def mismatch(front: Front, tenant: Tenant, *, attempts: int = 50) -> str:
    """P8a: that the newest sign-in that could tell sent another address than the provisioned userName, with both.

    "" where it was the same one, or nobody signed on yet.
    """
    for attempt in await front.store.attempts(tenant.id, limit=attempts):
        if attempt.rule == "mismatch":
            return _told_mismatch(attempt)
        if not attempt.rule:
            return ""
    return ""


def _told_mismatch(attempt: Attempt) -> str:
    told = attempt.payload or {}
    return (
        f"Sign-on and provisioning name people differently: sign-on sent {told.get('email')}, provisioning sent the "
        f"userName {told.get('userName')} ({attempt.at[:10]}). Make the SAML attribute and the userName mapping equal."
    )


async def shown(front: Front, tenant: Tenant, *, attempts: int = 50, own_addresses: bool = False) -> Shown:
    """What a page or ``vestibule sso show`` shows; ``own_addresses`` as they would be, where nothing is set up yet."""
    now = front.now
    stored = await front.store.setup(tenant.id)
    setup = kept_setup(stored.document) if stored else None
    await front.key_pairs(tenant)
    ours = tuple(
        (pair.id, state_of(pair.certificate, now)) for pair in await front.store.key_pairs(tenant.id)
    )
    theirs = setup.provider.certificates if setup and setup.provider else ()
    may_share = await front.may_share(tenant)
    us = await front.provider_for(tenant)
    if setup is None and may_share and own_addresses:
        us = front.further_environment(tenant)
    return Shown(
        us,
        setup,
        stored,
        ours,
        tuple(state_of(pem, now) for pem in theirs),
        tuple(await front.store.attempts(tenant.id, limit=attempts)),
        front.clock()[:10],
        may_share,
    )


async def metadata_at(front: Front, url: str) -> IdentityProvider:
    """The identity provider that the metadata at an address describes. ``SetupRefused``."""
    checked_address(url, "The metadata address")
    return read_metadata(await front.outward.get(url))


async def set_up_saml(
    front: Front,
    tenant: Tenant,
    actor: str,
    provider: IdentityProvider,
    *,
    metadata_url: str = "",
    choices: Choices | None = None,
    own_addresses: bool | None = None,
) -> SignOnSetup:
    """Have people come in by that identity provider; choices not given stay as they are. ``SetupRefused``."""
    before = await front.store.setup(tenant.id)
    kept = choices or (kept_setup(before.document).choices if before else Choices())
    if own_addresses is not None:
        kept = replace(kept, own_addresses=own_addresses)
    setup = SignOnSetup(Protocol.SAML, provider, None, metadata_url, checked_choices(kept))
    await _refuse_shared_issuer(front, tenant, setup)
    await _put(front, tenant, actor, setup, None, read_at=front.clock() if metadata_url else "")
    return setup


async def set_up_openid(
    front: Front,
    tenant: Tenant,
    actor: str,
    openid: OpenIdProvider,
    client_secret: str,
    *,
    choices: Choices | None = None,
) -> SignOnSetup:
    """Have people come in by an OpenID Connect provider. An empty secret keeps the one there is."""
    checked_address(openid.issuer, "The issuer")
    if not openid.client_id.strip():
        raise SetupRefused("The client id is missing.")
    before = await front.store.setup(tenant.id)
    kept = choices or (kept_setup(before.document).choices if before else Choices())
    sealed = before.secret if before else None
    if client_secret:
        sealed = (await front.keys()).seal(client_secret, *secret_place(tenant.id))
    setup = SignOnSetup(Protocol.OIDC, None, openid, "", checked_choices(kept))
    await _put(front, tenant, actor, setup, sealed, read_at="")
    return setup


async def choose(front: Front, tenant: Tenant, actor: str, choices: Choices) -> SignOnSetup:
    """Change what the tenant chose. ``NotSetUp``, ``SetupRefused``."""
    setup, stored = await front.setup_of(tenant)
    changed = replace(setup, choices=checked_choices(choices))
    if setup.protocol is Protocol.SAML:
        await _refuse_shared_issuer(front, tenant, changed)
    await _put(front, tenant, actor, changed, stored.secret, read_at=stored.read_at, fault=stored.read_fault)
    return changed


async def remove_setup(front: Front, tenant: Tenant, actor: str) -> None:
    """Nobody of the tenant signs on any more, and all sessions end. ``NotSetUp``."""
    entry = AuditEntry(actor, "sign_on.removed", "Tenant", tenant.slug)
    if not await front.store.remove_setup(tenant.id, entry, front.clock()):
        raise NotSetUp(tenant.slug)


async def renew_certificate(front: Front, tenant: Tenant, actor: str) -> str:
    """A new key pair beside the old: it signs from now on, and metadata shows both until the old one goes; its id."""
    await front.key_pairs(tenant)
    return await front.add_key_pair(tenant, actor)


async def remove_certificate(front: Front, tenant: Tenant, actor: str, id: str) -> None:
    """Forget an old key pair of ours. ``SetupRefused`` where there is none of that id, or it is the only one."""
    entry = AuditEntry(actor, "sign_on.certificate_removed", "Tenant", tenant.slug, {"id": id})
    if not await front.store.remove_key_pair(tenant.id, id, entry, front.clock()):
        raise SetupRefused(
            f"Certificate {id!r} cannot be removed: there is none of that id, or it is the only one. Make a new one first."
        )


async def read_old_ones_again(front: Front) -> int:
    """Read again what was read more than a day ago; how many addresses could not be read."""
    faults = 0
    before = later(front.now, -_DAY_SECONDS)
    tenants = {tenant.id: tenant for tenant in await front.tenancy.tenants()}
    for stored in await front.store.setups():
        tenant = tenants.get(stored.tenant)
        if stored.document["metadataUrl"] and stored.read_at <= before and tenant is not None:
            faults += bool(await read_again(front, tenant, stored))
    return faults


async def read_again(front: Front, tenant: Tenant, stored: StoredSetup) -> str:
    """Read the metadata address again; what was wrong, or "".

    Only certificates and addresses are taken over: another entity id is another identity provider, which an
    administrator must choose.
    """
    setup = kept_setup(stored.document)
    fault, document = "", None
    try:
        provider = await metadata_at(front, setup.metadata_url)
        if setup.provider is None or provider.entity_id != setup.provider.entity_id:
            raise SetupRefused("it describes another identity provider now.")
        document = replace(setup, provider=provider).as_document()
    except Refused as refused:
        fault = str(refused)
    await front.store.note_metadata(tenant.id, document, front.clock(), fault)
    return fault


async def _refuse_shared_issuer(front: Front, tenant: Tenant, setup: SignOnSetup) -> None:
    if setup.choices.own_addresses or not await front.may_share(tenant):
        return
    issuer = setup.issuer
    if any(other.id != tenant.id for other in await front.sharing(issuer)):
        raise SetupRefused(
            "Another sign-on has that entity id (Issuer) already, and both share one ACS URL. Add the application anew at the "
            "identity provider, so that it has an entity id of its own; or, where this is a further environment of the same "
            "company, choose addresses of its own."
        )


async def _put(
    front: Front,
    tenant: Tenant,
    actor: str,
    setup: SignOnSetup,
    secret: bytes | None,
    *,
    read_at: str,
    fault: str = "",
) -> None:
    at = front.clock()
    payload: Mapping[str, Any] = {"protocol": setup.protocol.value, "issuer": setup.issuer}
    entry = AuditEntry(actor, "sign_on.set_up", "Tenant", tenant.slug, payload)
    stored = StoredSetup(tenant.id, setup.issuer, setup.as_document(), secret, read_at, fault, "", at)
    await front.store.put_setup(stored, entry, at)


async def make_test(front: Front, tenant: Tenant) -> str:
    """An address that tests the sign-on in the browser it is opened in: once, within ten minutes. ``NotSetUp``."""
    await front.setup_of(tenant)
    ticket = front.secret("")
    once = Once(tenant.id, _TEST, secret_hash(ticket).hex(), later(front.now, _TEST_SECONDS))
    await front.store.add_once(once)
    return f"{front.public_url()}/sso/{tenant.slug}/test?ticket={ticket}"


async def take_test(front: Front, tenant: Tenant, ticket: str) -> bool:
    """Use up the ticket of such an address; False where it is worth nothing."""
    once = Once(tenant.id, _TEST, secret_hash(ticket).hex(), "")
    return await front.store.take_once(once, front.clock())
