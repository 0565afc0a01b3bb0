"""Making administrators and operators, their sign-in links, and taking away what they have."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from vestibule.directory.change import AuditEntry
from vestibule.sign_in.administrator import Administrator, Grant, NewAdministrator
from vestibule.sign_in.errors import BadEmail, LastOneLeft, LinkUsed, UnknownAdministrator
from vestibule.sign_in.session import SECRET_BYTES, later, secret_hash
from vestibule.sign_in.store import SignInStore

#: A sign-in link can be used for so long.
LINK_LIFETIME = timedelta(hours=24)
#: Whose link it is that makes the first operator.
NOBODY = 0

_EMAIL = re.compile(r"[^\s@<>\"',;\x00-\x1f\u202a-\u202e\u2066-\u2069]{1,64}@[^\s@<>\"',;\x00-\x1f]{1,189}")
_NAME_CAP = 100


@dataclass(frozen=True, slots=True)
class SignInDesk:
    """Where sign-ins are made: the store, the clock, randomness, and whose hand it is."""

    store: SignInStore
    clock: Callable[[], str]
    random: Callable[[int], bytes]
    actor: str

    def entry(self, action: str, subject: object, **payload: Any) -> AuditEntry:
        """The audit entry of what is done here."""
        return AuditEntry(self.actor, action, "Administrator", str(subject), payload or None)

    def secret(self) -> str:
        """A new secret, as it stands in a link or a cookie."""
        return self.random(SECRET_BYTES).hex()


def email_address(text: str) -> str:
    """The address without spaces around it. ``BadEmail``."""
    address = text.strip()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise BadEmail(text)
    return address


async def add_administrator(
    desk: SignInDesk, email: str, grant: Grant, *, name: str = "", tenant: int | None = None
) -> Administrator:
    """Somebody who looks after what ``grant`` says; who has a sign-in already gets that as well. ``BadEmail``."""
    new = NewAdministrator(email_address(email), name.strip()[:_NAME_CAP], grants=(grant,))
    payload = {"account": grant.account, "tenant": grant.tenant}
    return await desk.store.put_administrator(
        new, tenant, desk.entry("administrator.added", new.email, **payload), desk.clock()
    )


async def add_operator(desk: SignInDesk, email: str, *, name: str = "") -> Administrator:
    """Somebody who runs the service. ``BadEmail``."""
    new = NewAdministrator(email_address(email), name.strip()[:_NAME_CAP], is_operator=True)
    return await desk.store.put_administrator(
        new, None, desk.entry("operator.added", new.email), desk.clock()
    )


async def administrator_named(desk: SignInDesk, email: str) -> Administrator:
    """Who signs in with that address. ``UnknownAdministrator``."""
    found = await desk.store.administrator_named(email.strip())
    if found is None:
        raise UnknownAdministrator(email)
    return found


async def remove_administrator(
    desk: SignInDesk, one: Administrator, grant: Grant, *, tenant: int | None = None
) -> None:
    """Take the grant away, from the next request on. ``LastOneLeft`` where nobody else has it."""
    others = [
        other
        for other in await desk.store.administrators(grant.account)
        if other.id != one.id
        and any(held.tenant in (None, grant.tenant) for held in other.grants if held.account == grant.account)
    ]
    if not others:
        raise LastOneLeft(
            f"{one.email} is the only administrator here. Add another one first, so that somebody can sign in."
        )
    entry = desk.entry("administrator.removed", one.email, account=grant.account, tenant=grant.tenant)
    await desk.store.remove_grant(one.id, grant, tenant, entry, desk.clock())


async def remove_operator(desk: SignInDesk, one: Administrator) -> None:
    """They are no operator any more. ``LastOneLeft``."""
    if not [other for other in await desk.store.administrators() if other.is_operator and other.id != one.id]:
        raise LastOneLeft(f"{one.email} is the only operator. Add another one first.")
    await desk.store.remove_operator(one.id, desk.entry("operator.removed", one.email), desk.clock())


async def issue_link(desk: SignInDesk, one: Administrator, *, tenant: int | None = None) -> str:
    """The secret of a link that lets them in once, within ``LINK_LIFETIME``. Earlier links of theirs end."""
    secret, now = desk.secret(), desk.clock()
    entry = desk.entry("administrator.link_issued", one.email)
    await desk.store.add_link(secret_hash(secret), one.id, later(now, LINK_LIFETIME), tenant, entry, now)
    return secret


async def issue_first_link(desk: SignInDesk, grant: Grant | None = None) -> str | None:
    """The secret of the link that makes the first operator; None where there is one already.

    With ``grant`` it makes the first administrator of just that.
    """
    if any(one.is_operator or grant in one.grants for one in await desk.store.administrators()):
        return None
    secret, now = desk.secret(), desk.clock()
    await desk.store.add_link(
        secret_hash(secret),
        NOBODY,
        later(now, LINK_LIFETIME),
        None,
        desk.entry("operator.first_link_issued", "nobody yet"),
        now,
    )
    return secret


async def become_first_operator(desk: SignInDesk, secret: str, email: str, name: str) -> Administrator:
    """The first operator, by the first link. ``LinkUsed``, ``BadEmail``."""
    address, now = email_address(email), desk.clock()
    if await desk.store.take_link(secret_hash(secret), now) != NOBODY:
        raise LinkUsed()
    return await add_operator(desk, address, name=name)


async def become_first_administrator(
    desk: SignInDesk, secret: str, email: str, name: str, grant: Grant
) -> Administrator:
    """The first administrator of what ``grant`` says, by the first link. ``LinkUsed``, ``BadEmail``."""
    address, now = email_address(email), desk.clock()
    if await desk.store.take_link(secret_hash(secret), now) != NOBODY:
        raise LinkUsed()
    return await add_administrator(desk, address, grant, name=name)
