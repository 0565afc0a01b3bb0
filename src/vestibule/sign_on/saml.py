"""Sign-in by SAML: off with a signed request, back with a response (A2, A3)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from vestibule.sign_on.authn_request import Departure, authn_request
from vestibule.sign_on.errors import NotSetUp
from vestibule.sign_on.front import Front
from vestibule.sign_on.going import checked_return
from vestibule.sign_on.matching import said_by
from vestibule.sign_on.moment import clock_text
from vestibule.sign_on.response import Expected, accepted, peeked
from vestibule.sign_on.setup import Protocol, SignOnSetup
from vestibule.sign_on.sign_in import (
    SignedOn,
    TurnedAway,
    UnderWay,
    browser_hash,
    finish,
    turn_away,
    under_way,
)
from vestibule.sign_on.store import Once
from vestibule.sign_on.unacceptable import Unacceptable
from vestibule.tenancy.tenant import Tenant

ASSERTION = "assertion"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A response that came in a browser, before any of it counts."""

    message: bytes
    relay_state: str
    browser: str
    request_id: str


async def depart(front: Front, tenant: Tenant, setup: SignOnSetup, started: UnderWay) -> Departure:
    """Where the browser goes."""
    assert setup.provider is not None, "the set-up is for SAML"
    pairs = await front.key_pairs(tenant)
    us = await front.provider_for(tenant)
    return await asyncio.to_thread(
        authn_request,
        setup.provider,
        us,
        pairs[0],
        id=started.id,
        now=front.now,
        name_id_format=setup.choices.name_id_format,
    )


async def tenant_of(front: Front, message: bytes) -> Tenant | None:
    """Whose response it is, at an address that several tenants share: by the request, else by the issuer (A1)."""
    said = await asyncio.to_thread(peeked, message)
    started = await under_way(front, said.in_response_to)
    if started is not None:
        return next((one for one in await front.tenancy.tenants() if one.id == started.tenant), None)
    if said.in_response_to:
        return None
    wanted = await front.sharing(said.issuer)
    return wanted[0] if len(wanted) == 1 else None


async def come_back(front: Front, tenant: Tenant, arrived: Arrived) -> SignedOn | TurnedAway:
    """What the response makes of it. ``Unacceptable`` where it is not even worth a note; ``NotSetUp``."""
    setup, _ = await front.setup_of(tenant)
    if setup.protocol is not Protocol.SAML or setup.provider is None:
        raise NotSetUp(tenant.slug)
    said = await asyncio.to_thread(peeked, arrived.message)
    started = await under_way(front, said.in_response_to)
    if said.in_response_to:
        if started is None or started.tenant != tenant.id or started.browser != browser_hash(arrived.browser):
            raise Unacceptable(
                "request",
                "The response answers a request that this browser did not send, or that was answered already. Sign on anew.",
            )
    elif not setup.choices.idp_initiated:
        raise Unacceptable(
            "unsolicited",
            "Sign-on was started at the identity provider, which this tenant does not allow. Begin at the product, or have "
            "an administrator allow it.",
        )
    try:
        return await _held_against_the_rules(front, tenant, setup, started, arrived)
    except Unacceptable as fault:
        if started is None:
            raise
        return await turn_away(front, tenant, fault, started=started, request_id=arrived.request_id)


async def _held_against_the_rules(
    front: Front, tenant: Tenant, setup: SignOnSetup, started: UnderWay | None, arrived: Arrived
) -> SignedOn | TurnedAway:
    assert setup.provider is not None, "the set-up is for SAML"
    return_to = (
        started.return_to if started else checked_return(arrived.relay_state, setup.choices.product_url)
    )
    keys = [pair.key() for pair in await front.key_pairs(tenant)]
    us = await front.provider_for(tenant)
    expected = Expected(us, setup.provider, front.now, started.id if started else None, keys)
    assertion = await asyncio.to_thread(accepted, arrived.message, expected)
    used = Once(
        tenant.id, ASSERTION, f"{assertion.issuer} {assertion.id}", clock_text(assertion.usable_until)
    )
    return await finish(
        front,
        tenant,
        setup,
        said_by(assertion, setup.choices),
        request_id=arrived.request_id,
        started=started,
        return_to=return_to,
        remembers=(used,),
        session_ends=assertion.session_ends,
    )
