"""One sign-in, from the button to the session: sent off, come back, held against the rules, matched, noted.

Either protocol ends in ``finish``: what the identity provider said of a person becomes a session, or a
refusal in words, and either way an attempt that the administrator can look at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vestibule.directory.change import AuditEntry
from vestibule.directory.facts import ByEmail, ByExternalId, ByUserName, Domains, FactKey, Inactivated
from vestibule.directory.request import Create, Standing
from vestibule.directory.resource import Resource, State
from vestibule.directory.run import carry_out
from vestibule.directory.seats import seats_of
from vestibule.scim.fold import fold
from vestibule.sign_on.front import Front, later, secret_hash
from vestibule.sign_on.matching import Found, Matched, Said, Turned, folded, match, user_name_of
from vestibule.sign_on.moment import clock_text
from vestibule.sign_on.setup import SignOnSetup
from vestibule.sign_on.store import Attempt, Ended, Once, Session
from vestibule.sign_on.unacceptable import Unacceptable
from vestibule.tenancy.tenant import Tenant

#: A person has so long to sign in at the identity provider (A4).
REQUEST_SECONDS = 600
#: A product has so long to exchange its code.
CODE_SECONDS = 60
REQUEST, CODE = "request", "code"
SESSION_PREFIX, CODE_PREFIX = "vss_", "vsc_"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A sign-in that was sent off: what is remembered until the person comes back."""

    id: str
    tenant: int
    #: Hash of what the browser holds: nobody else's browser can come back with the answer.
    browser: str
    return_to: str
    is_test: bool
    #: What the product must show a preimage of when it exchanges its code (RFC 7636, S256); "" for none.
    challenge: str
    started_at: str

    def once(self, expires_at: str) -> Once:
        """For keeping."""
        document = {
            "browser": self.browser,
            "returnTo": self.return_to,
            "isTest": self.is_test,
            "challenge": self.challenge,
            "startedAt": self.started_at,
        }
        return Once(self.tenant, REQUEST, self.id, expires_at, document)


@dataclass(frozen=True, slots=True)
class SignedOn:
    """A session was made. ``secret`` is told here and never again."""

    person: str
    user_name: str
    email: str
    secret: str
    expires_at: str
    return_to: str
    #: For the product, where it has an address: exchanged once, within a minute.
    code: str
    is_test: bool
    said: Said


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """No session was made, and why."""

    turned: Turned
    is_test: bool
    said: Said | None = None
    #: The identity provider's part works, and nobody was provisioned yet who could be matched.
    works: bool = False


async def set_off(
    front: Front,
    tenant: Tenant,
    *,
    browser: str,
    return_to: str = "",
    is_test: bool = False,
    challenge: str = "",
) -> UnderWay:
    """Remember that a browser is sent to the identity provider; it has ten minutes."""
    started = UnderWay(
        front.message_id(), tenant.id, browser_hash(browser), return_to, is_test, challenge, front.clock()
    )
    await front.store.add_once(started.once(later(front.now, REQUEST_SECONDS)))
    return started


async def under_way(front: Front, id: str) -> UnderWay | None:
    """The sign-in of that id, if it is under way."""
    once = await front.store.once(REQUEST, id, front.clock()) if id else None
    if once is None:
        return None
    kept = once.document
    return UnderWay(
        id,
        once.tenant,
        kept["browser"],
        kept["returnTo"],
        kept["isTest"],
        kept["challenge"],
        kept["startedAt"],
    )


async def finish(
    front: Front,
    tenant: Tenant,
    setup: SignOnSetup,
    said: Said,
    *,
    request_id: str,
    started: UnderWay | None,
    return_to: str,
    remembers: Sequence[Once] = (),
    session_ends: datetime | None = None,
) -> SignedOn | TurnedAway:
    """What came of it. Whatever happens, the sign-in under way is over and the assertion used.

    ``Unacceptable`` where that was so already.
    """
    is_test = started.is_test if started else False
    product = await front.product_of(tenant)
    found = await _found(front, tenant, said)
    outcome = match(said, found, setup.choices, product.product.name)
    if isinstance(outcome, Matched) and outcome.person is None and not is_test:
        outcome = await _created(front, tenant, said, request_id)
    uses = (started.once(""),) if started else ()
    proves = AuditEntry("sign-on", "sign_on.proven", "Tenant", tenant.slug, {"issuer": setup.issuer})
    now = front.now
    if isinstance(outcome, Turned):
        works = is_test and outcome.rule == "unknown" and not await front.directory.count(tenant.id, "User")
        if works:
            outcome = replace(
                outcome, cause="Sign-on works. Provisioning has brought nobody yet whom it could mean."
            )
        attempt = _attempt(front, tenant, said, outcome, None, is_test=is_test, request_id=request_id)
        await _end(front, Ended(tenant.id, attempt, uses, remembers, proves=proves if works else None))
        return TurnedAway(outcome, is_test, said, works)
    person = outcome.person
    secret, code = front.secret(SESSION_PREFIX), ""
    ends = later(now, setup.choices.session_hours * 3600)
    if session_ends is not None:
        ends = min(ends, clock_text(session_ends))
    session: Session | None = None
    adds: tuple[Once, ...] = ()
    if person is not None and not is_test:
        session = Session(
            tenant.id,
            secret_hash(secret),
            person.id,
            front.random(16).hex(),
            setup.protocol.value,
            said.subject,
            said.subject_format,
            said.session_index,
            front.clock(),
            ends,
        )
        if setup.choices.product_url:
            code = front.secret(CODE_PREFIX)
            adds = (
                _code(tenant, session, code, started.challenge if started else "", later(now, CODE_SECONDS)),
            )
    attempt = _attempt(front, tenant, said, None, person, is_test=is_test, request_id=request_id)
    if await _end(front, Ended(tenant.id, attempt, uses, remembers, adds, session, proves)):
        return TurnedAway(
            Turned("inactive", "Your account was deactivated at this very moment.", "Deactivated meanwhile."),
            is_test,
            said,
        )
    name = user_name_of(person) if person else said.email
    return SignedOn(
        person.id if person else "", name, said.email, secret, ends, return_to, code, is_test, said
    )


async def turn_away(
    front: Front, tenant: Tenant, fault: Unacceptable, *, started: UnderWay | None, request_id: str
) -> TurnedAway:
    """Note for the administrator that what came was not accepted; the sign-in under way stays so."""
    turned = Turned(
        fault.rule,
        "Sign-on did not work. Try once more; if it fails again, send this page to your administrator.",
        fault.sentence,
    )
    is_test = started.is_test if started else False
    attempt = _attempt(front, tenant, None, turned, None, is_test=is_test, request_id=request_id)
    await front.store.end(Ended(tenant.id, attempt), front.clock())
    return TurnedAway(turned, is_test)


def browser_hash(browser: str) -> str:
    """What is kept of the value in a browser's cookie."""
    return hashlib.sha256(f"browser {browser}".encode()).hexdigest()


def _code(tenant: Tenant, session: Session, code: str, challenge: str, expires_at: str) -> Once:
    document = {"signIn": session.sign_in, "challenge": challenge}
    return Once(tenant.id, CODE, secret_hash(code).hex(), expires_at, document)


async def _end(front: Front, ended: Ended) -> str:
    """ "" where it was done, ``access`` where the person lost it meanwhile. ``Unacceptable`` where it was used before."""
    fault = await front.store.end(ended, front.clock())
    if fault == "uses":
        raise Unacceptable(
            "request", "This sign-in was finished already, or took longer than ten minutes. Sign on anew."
        )
    if fault == "remembers":
        raise Unacceptable("replay", "This assertion was used already. Sign on anew.")
    return fault


async def _found(front: Front, tenant: Tenant, said: Said) -> Found:
    """Who in the directory may be meant, in one read."""
    connection = (await front.tenancy.connections(tenant.id))[0].id
    name = folded(said.email)
    named, deleted = ByUserName(name, connection), Inactivated(name, connection)
    also: list[FactKey] = [ByEmail(fold(said.email), connection)]
    if said.subject and folded(said.subject) != name:
        also.append(ByUserName(folded(said.subject), connection))
    if said.subject:
        also.append(ByExternalId("User", said.subject, connection))
    facts = await front.directory.facts(tenant.id, (named, deleted, Domains(), *also))
    people: tuple[Resource, ...] = facts[named]
    near = {person.id: person for key in also for person in facts[key] if person.state is State.MANAGED}
    for person in people:
        near.pop(person.id, None)
    return Found(people[0] if people else None, facts[deleted], tuple(near.values()), facts[Domains()])


async def _created(front: Front, tenant: Tenant, said: Said, request_id: str) -> Matched | Turned:
    """The person, made as an identity provider would make them; refused by the same rules."""
    product = await front.product_of(tenant)
    connection = (await front.tenancy.connections(tenant.id))[0].id
    seats = seats_of(product, tenant.plan, tenant.settings_version)
    standing = Standing(tenant.id, connection, product, "generic", "sign-on", request_id, seats=seats)
    document: dict[str, object] = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": said.email,
        "active": True,
        "emails": [{"value": said.email, "type": "work", "primary": True}],
    }
    name = {"givenName": said.given_name, "familyName": said.family_name}
    if any(name.values()):
        document["name"] = {key: value for key, value in name.items() if value}
    applied = await carry_out(front.directory, standing, Create("User", document), front.clock, front.new_id)
    answer = applied.change.answer
    if answer.status == 201 and answer.resource is not None:
        return Matched(answer.resource)
    detail = answer.error.detail if answer.error else "it was refused"
    return Turned(
        "not created",
        "Your account could not be made. Send this page to your administrator.",
        f"{said.email} could not be created by sign-on: {detail}",
    )


def _attempt(
    front: Front,
    tenant: Tenant,
    said: Said | None,
    turned: Turned | None,
    person: Resource | None,
    *,
    is_test: bool,
    request_id: str,
) -> Attempt:
    payload: Mapping[str, str] = {
        "email": said.email if said else "",
        "source": said.source if said else "",
        "subject": said.subject if said else "",
        "userName": turned.provisioned if turned else (user_name_of(person) if person else ""),
        "cause": turned.cause if turned else "",
    }
    return Attempt(
        tenant.id,
        front.clock(),
        turned.rule if turned else "",
        person.id if person else "",
        is_test,
        request_id,
        payload,
    )
