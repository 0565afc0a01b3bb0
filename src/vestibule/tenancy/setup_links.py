"""One-time links for set-up: a customer's administrator opens one and is shown Tenant URL and token, once.

The link is ``{public URL}/setup/{code}``. Whoever renders that page looks first (``look_at_set_up_link``) and
opens it only at the press of a button (``open_set_up_link``), because mail programs open links by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from vestibule.tenancy.access_tokens import Issued, later, new_token, refuse_by_plan
from vestibule.tenancy.api_token import SetUpLink
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import TokenIdTaken, UnknownSetUpLink
from vestibule.tenancy.store import SetUpLinkStore
from vestibule.tenancy.tenant import Tenant
from vestibule.tenancy.token import DEFAULT_LIFETIME, NewToken, token_hash

#: So long a link waits to be opened.
DEFAULT_LINK_LIFETIME = timedelta(days=7)
LONGEST_LINK_LIFETIME = timedelta(days=90)
_CODE_BYTES = 20
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH = 32


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link with its code, which is shown this once; only its hash is kept."""

    code: str
    record: SetUpLink


async def make_set_up_link(
    desk: Desk, store: SetUpLinkStore, tenant: Tenant, *, lifetime: timedelta = DEFAULT_LINK_LIFETIME
) -> MadeLink:
    """A new link for that tenant. ``GateClosed`` where the plan gives no token."""
    await refuse_by_plan(desk, tenant)
    code, now = _code(desk.random(_CODE_BYTES)), desk.clock()
    expires_at = later(now, min(lifetime, LONGEST_LINK_LIFETIME))
    link = SetUpLink(0, tenant.id, tenant.slug, now, desk.actor, expires_at)
    entry = desk.entry("setup_link.made", "Tenant", tenant.slug, {"expires_at": expires_at})
    return MadeLink(code, await store.add_set_up_link(link, _hash(code), entry, now))


async def look_at_set_up_link(desk: Desk, store: SetUpLinkStore, code: str) -> tuple[SetUpLink, Tenant]:
    """The open link of that code and its tenant; nothing is used up. ``UnknownSetUpLink``."""
    link = await store.set_up_link_of(_hash(code))
    if link is None or link.state(desk.clock()) != "open":
        raise UnknownSetUpLink()
    return link, await desk.tenant(link.tenant_slug)


async def open_set_up_link(
    desk: Desk, store: SetUpLinkStore, code: str, *, lifetime: timedelta | None = DEFAULT_LIFETIME
) -> tuple[Issued, Tenant]:
    """Use the link up: a new token of its tenant, to be shown this once, and the tenant afterwards.

    Provisioning of a draft is switched on. ``UnknownSetUpLink``, ``GateClosed``.
    """
    link, tenant = await look_at_set_up_link(desk, store, code)
    await refuse_by_plan(desk, tenant)
    connection = (await desk.store.connections(tenant.id))[0].id
    while True:
        new = new_token(desk, tenant.id, connection, f"set-up link {link.id}", lifetime)
        entry = desk.entry(
            "setup_link.opened", "Token", new.record.id, {"link": link.id, "made_by": link.created_by}
        )
        try:
            opened = await store.use_set_up_link(
                link, NewToken(new.record, token_hash(new.secret)), entry, desk.clock()
            )
        except TokenIdTaken:
            continue
        if not opened:
            raise UnknownSetUpLink()
        return new, await desk.tenant(tenant.slug)


async def revoke_set_up_link(desk: Desk, store: SetUpLinkStore, tenant: Tenant, id: int) -> None:
    """Withdraw an open link. ``UnknownSetUpLink``."""
    entry = desk.entry("setup_link.revoked", "Tenant", tenant.slug, {"link": id})
    if not await store.revoke_set_up_link(tenant.id, id, entry, desk.clock()):
        raise UnknownSetUpLink()


def set_up_url(public_url: str, code: str) -> str:
    """Where the link leads."""
    return f"{public_url}/setup/{code}"


def _code(random: bytes) -> str:
    """32 characters that nobody mistakes for one another: 160 random bits, five to a character."""
    number = int.from_bytes(random)
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_LENGTH))


def _hash(code: str) -> bytes:
    return sha256(b"vestibule set-up link " + code.strip().encode("utf-8", "surrogatepass")).digest()
