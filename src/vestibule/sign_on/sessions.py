"""What a product does with a signed-on person: exchange the code, look at the session, end it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from vestibule.directory.change import AuditEntry
from vestibule.directory.facts import ById
from vestibule.directory.resource import Resource
from vestibule.sign_on.errors import UnknownSession
from vestibule.sign_on.front import Front, secret_hash
from vestibule.sign_on.logout import logout_request
from vestibule.sign_on.matching import user_name_of
from vestibule.sign_on.setup import Protocol, kept_setup
from vestibule.sign_on.sign_in import CODE, SESSION_PREFIX
from vestibule.sign_on.store import Once, Session
from vestibule.tenancy.tenant import Tenant


@dataclass(frozen=True, slots=True)
class SignedOnPerson:
    """A session that is in force, and whose it is."""

    session: Session
    person: Resource

    @property
    def user_name(self) -> str:
        """As it was provisioned."""
        return user_name_of(self.person)


async def exchange(
    front: Front, tenant: Tenant, code: str, verifier: str
) -> tuple[str, SignedOnPerson] | None:
    """The product's own secret of the session, told once, and whose it is; None where the code is worth nothing.

    ``verifier`` is what the product made its challenge of (RFC 7636, S256), where it gave one.
    """
    now = front.clock()
    once = await front.store.once(CODE, secret_hash(code).hex(), now)
    if once is None or once.tenant != tenant.id or not _answers(once, verifier):
        return None
    secret = front.secret(SESSION_PREFIX)
    found = await _session_of_sign_in(front, once)
    if found is None:
        return None
    session = Session(
        tenant.id,
        secret_hash(secret),
        found.person,
        found.sign_in,
        found.protocol,
        found.subject,
        found.subject_format,
        found.session_index,
        now,
        found.expires_at,
    )
    if not await front.store.exchange(once, session, now):
        return None
    person = await signed_on(front, tenant, secret)
    return (secret, person) if person else None


async def signed_on(front: Front, tenant: Tenant, secret: str) -> SignedOnPerson | None:
    """Whose session that is; None where it ended, for whatever reason, or its tenant is suspended."""
    if not secret or tenant.suspended:
        return None
    session = await front.store.session(tenant.id, secret_hash(secret), front.clock())
    if session is None:
        return None
    key = ById("User", session.person, 0)
    person: Resource | None = (await front.directory.facts(tenant.id, (key,)))[key]
    return SignedOnPerson(session, person) if person else None


async def sign_off(front: Front, tenant: Tenant, secret: str) -> str:
    """End the session and those of the same sign-in; where to go to end the identity provider's, "" for nowhere."""
    session = await front.store.session(tenant.id, secret_hash(secret), front.clock())
    if session is None:
        return ""
    await front.store.end_sign_in(tenant.id, session.sign_in)
    stored = await front.store.setup(tenant.id)
    setup = kept_setup(stored.document) if stored else None
    if (
        setup is None
        or setup.provider is None
        or session.protocol != Protocol.SAML
        or not setup.provider.slo_redirect
    ):
        return ""
    return logout_request(
        setup.provider,
        await front.provider_for(tenant),
        (await front.key_pairs(tenant))[0],
        id=front.message_id(),
        now=front.now,
        name_id=session.subject,
        name_id_format=session.subject_format,
        session_index=session.session_index,
    )


async def sessions_of(front: Front, tenant: Tenant, person: str) -> list[Session]:
    """A person's sign-ins that are in force, newest first; of each, its oldest session."""
    found = await front.store.sessions_of(tenant.id, person, front.clock())
    return list({session.sign_in: session for session in found}.values())


async def revoke(front: Front, tenant: Tenant, person: str, sign_in: str, actor: str) -> None:
    """End one of a person's sign-ins by hand: the product hears 401 from now on. ``UnknownSession``."""
    entry = AuditEntry(actor, "sign_on.session_revoked", "User", person)
    if not await front.store.revoke_sign_in(tenant.id, person, sign_in, entry, front.clock()):
        raise UnknownSession


def _answers(once: Once, verifier: str) -> bool:
    challenge = once.document["challenge"]
    if not challenge:
        return True
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode("ascii")
    return bool(made == challenge)


async def _session_of_sign_in(front: Front, once: Once) -> Session | None:
    found = await front.store.sign_in(once.tenant, once.document["signIn"], front.clock())
    return found[0] if found else None
