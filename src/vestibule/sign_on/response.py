"""A SAML response against the rules of acceptance, in their order (A3, 1–9); what comes out is what was signed.

Pure: bytes and expectations in, an ``Assertion`` out, or ``Unacceptable`` with the rule that says no.
What must be remembered (live requests, used assertions) is the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from vestibule.sign_on.binding import LARGEST_MESSAGE
from vestibule.sign_on.decryption import cannot_be_opened, decrypted
from vestibule.sign_on.identity_provider import IdentityProvider
from vestibule.sign_on.moment import SKEW, moment
from vestibule.sign_on.service_provider import EMAIL_FORMAT, ServiceProvider
from vestibule.sign_on.signature import verified
from vestibule.sign_on.unacceptable import Unacceptable, shown
from vestibule.sign_on.xml import (
    SAML,
    SAMLP,
    Element,
    Shape,
    at_most_one,
    children,
    parse,
    refuse_shared_ids,
    text_of,
    the_only,
)

SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
ENTITY_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
UNSPECIFIED_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
_ASSERTION_AT = f"./{{{SAML}}}Assertion/"
#: No confirmation is good for longer, so that used assertions need not be remembered for ever.
_LONGEST_CONFIRMATION = timedelta(hours=24)
#: Who signed in at the identity provider longer ago than this is asked to do so again.
_OLDEST_SIGN_IN = timedelta(days=366)
_ADDRESS = re.compile(r"[^\s@<>\"\0]{1,64}@[^\s@<>\"\0]{1,255}")

#: The second-level status codes of SAML that an administrator meets, in plain words.
_STATUS = {
    "AuthnFailed": "the identity provider could not sign the person in",
    "NoPassive": "the person was not signed in at the identity provider",
    "NoAuthnContext": "the identity provider cannot sign in by the way that was asked for",
    "RequestDenied": "the identity provider refused; often the application is not assigned to the person there",
    "InvalidNameIDPolicy": "the identity provider cannot give the NameID format that was asked for; choose another "
    "one in the sign-on settings",
    "UnknownPrincipal": "the identity provider does not know the person",
    "RequestUnsupported": "the identity provider does not take this kind of request",
}


@dataclass(frozen=True, slots=True)
class Peeked:
    """What an unverified response says of itself: enough to find the tenant and the request, and no more."""

    in_response_to: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a response is held against. ``request_id`` None: nobody asked (started at the identity provider)."""

    us: ServiceProvider
    provider: IdentityProvider
    now: datetime
    request_id: str | None
    keys: Sequence[RSAPrivateKey] = field(default=())


@dataclass(frozen=True, slots=True)
class Assertion:
    """What the identity provider says of a person, read from what it signed."""

    id: str
    issuer: str
    name_id: str
    name_id_format: str
    attributes: Mapping[str, tuple[str, ...]]
    session_index: str
    #: When the identity provider wants the session to end, if it says so.
    session_ends: datetime | None
    #: Until then the assertion could be used; its id is remembered for as long.
    usable_until: datetime


def peeked(message: bytes) -> Peeked:
    """What the response says, unverified. ``Unacceptable`` where it is none."""
    root = _parsed(message)
    issuer = root.find(f"{{{SAML}}}Issuer")
    if issuer is None:
        issuer = root.find(f"{_ASSERTION_AT}{{{SAML}}}Issuer")
    return Peeked(
        root.get("InResponseTo", ""), "".join(issuer.itertext()).strip() if issuer is not None else ""
    )


def accepted(message: bytes, expected: Expected) -> Assertion:
    """The assertion of the response, which breaks no rule. ``Unacceptable`` names the first one broken."""
    try:
        return _accepted(message, expected)
    except ValueError:
        # A moment that the shape lets through and no calendar has.
        raise Unacceptable("shape", "The message has a date that is none.") from None


def _accepted(message: bytes, expected: Expected) -> Assertion:
    root = _parsed(message)
    Shape("response").refuse(root)
    if root.tag != f"{{{SAMLP}}}Response":
        raise Unacceptable("shape", "The message is no SAML Response.")
    refuse_shared_ids(root)
    certificates = expected.provider.certificates
    response = verified(root, "./", certificates) if children(root, "ds:Signature") else None
    _check_status(response if response is not None else root)
    assertion = _assertion(root, response, expected)
    for each in (root, response) if response is not None else (root,):
        _check_response(each, expected)
    return _read(assertion, response, expected)


def _parsed(message: bytes) -> Element:
    root = parse(message, most_bytes=LARGEST_MESSAGE)
    if root.tag != f"{{{SAMLP}}}Response":
        raise Unacceptable("shape", "The message is no SAML Response.")
    return root


def _assertion(root: Element, response: Element | None, expected: Expected) -> Element:
    """The one assertion, from under a signature: its own, or that of the response."""
    certificates = expected.provider.certificates
    encrypted = at_most_one(root if response is None else response, "saml:EncryptedAssertion")
    if encrypted is not None:
        opened = _opened(encrypted, "Assertion", expected, is_signed=response is not None)
        refuse_shared_ids(root, opened)
        if children(opened, "ds:Signature"):
            return verified(opened, "./", certificates)
        if response is not None:
            return opened
        raise _unsigned()
    inside = the_only(root, "saml:Assertion")
    if children(inside, "ds:Signature"):
        return verified(root, _ASSERTION_AT, certificates)
    if response is not None:
        return the_only(response, "saml:Assertion")
    raise _unsigned()


def _opened(encrypted: Element, name: str, expected: Expected, *, is_signed: bool) -> Element:
    """What was encrypted, of that name and in its shape."""
    plain = decrypted(encrypted, expected.keys, is_signed=is_signed)
    try:
        opened = parse(plain, most_bytes=LARGEST_MESSAGE)
        Shape("response").refuse(opened)
    except Unacceptable:
        raise cannot_be_opened() from None
    if opened.tag != f"{{{SAML}}}{name}":
        raise cannot_be_opened()
    return opened


def _unsigned() -> Unacceptable:
    return Unacceptable(
        "unsigned",
        "Neither the response nor the assertion is signed. Have the identity provider sign one of them.",
    )


def _check_status(response: Element) -> None:
    status = the_only(response, "samlp:Status")
    code = the_only(status, "samlp:StatusCode")
    if code.get("Value") == SUCCESS:
        return
    below = at_most_one(code, "samlp:StatusCode")
    name = str((below if below is not None else code).get("Value", "")).rpartition(":")[2]
    message = at_most_one(status, "samlp:StatusMessage")
    said = f" It says {shown(text_of(message))}." if message is not None and text_of(message) else ""
    words = _STATUS.get(name, f"the identity provider answered {shown(name, 60)}")
    raise Unacceptable("status", f"Sign-on did not succeed at the identity provider: {words}.{said}")


def _check_response(response: Element, expected: Expected) -> None:
    issuer = at_most_one(response, "saml:Issuer")
    if issuer is not None:
        _check_issuer(issuer, expected)
    destination = response.get("Destination")
    if destination is not None and destination != expected.us.acs_url:
        raise Unacceptable(
            "destination",
            f"The response is addressed to {shown(destination)}; ours is {expected.us.acs_url}. Enter that one as the "
            "ACS URL (Okta: Single sign-on URL; Entra: Reply URL).",
        )
    _check_in_response_to(response.get("InResponseTo"), expected)
    _check_issued(response, expected)


def _check_issuer(issuer: Element, expected: Expected) -> None:
    found = text_of(issuer)
    if issuer.get("Format", ENTITY_FORMAT) != ENTITY_FORMAT or found != expected.provider.entity_id:
        raise Unacceptable(
            "issuer",
            f"The response comes from {shown(found)}, and sign-on is set up for "
            f"{shown(expected.provider.entity_id)}. Enter the right entity id (Issuer), or read the metadata again.",
        )


def _check_in_response_to(found: str | None, expected: Expected) -> None:
    if found != expected.request_id and found is not None:
        raise Unacceptable(
            "request",
            "The response answers a request that this browser did not send, or that was answered already. Sign on anew.",
        )


def _check_issued(element: Element, expected: Expected) -> None:
    if moment(element.get("IssueInstant")) > expected.now + SKEW:
        raise Unacceptable(
            "time",
            f"The message was issued at {element.get('IssueInstant')}, which is in the future here. Compare the clocks.",
        )


def _read(assertion: Element, response: Element | None, expected: Expected) -> Assertion:
    now = expected.now
    _check_issuer(the_only(assertion, "saml:Issuer"), expected)
    _check_issued(assertion, expected)
    subject = the_only(assertion, "saml:Subject")
    confirmation = the_only(the_only(subject, "saml:SubjectConfirmation"), "saml:SubjectConfirmationData")
    usable_until = _check_confirmation(confirmation, response, expected)
    conditions = the_only(assertion, "saml:Conditions")
    _check_window(conditions, now, "The assertion")
    _check_audience(conditions, expected)
    statement = the_only(assertion, "saml:AuthnStatement")
    ends = _check_sign_in(statement, now)
    name_id = _name_id(subject, expected)
    name = text_of(name_id)
    if not name:
        raise Unacceptable("subject", "The assertion's NameID is empty.")
    return Assertion(
        assertion.get("ID"),
        expected.provider.entity_id,
        name,
        name_id.get("Format", UNSPECIFIED_FORMAT),
        _attributes(assertion),
        statement.get("SessionIndex", ""),
        ends,
        usable_until,
    )


def _name_id(subject: Element, expected: Expected) -> Element:
    """The NameID, opened where it is encrypted: it stands in something signed, whose signature held."""
    encrypted = at_most_one(subject, "saml:EncryptedID")
    if encrypted is None:
        return the_only(subject, "saml:NameID")
    return _opened(encrypted, "NameID", expected, is_signed=True)


def _check_confirmation(data: Element, response: Element | None, expected: Expected) -> datetime:
    recipient = data.get("Recipient")
    if recipient != expected.us.acs_url:
        raise Unacceptable(
            "recipient",
            f"The assertion is for {shown(recipient)}; ours is {expected.us.acs_url}. Enter that one as the ACS URL "
            "(Okta: Single sign-on URL and Recipient; Entra: Reply URL).",
        )
    # Short-lived, and meant for just this moment: python3-saml takes its window as it stands, and so do we.
    _check_window(data, expected.now, "The assertion's confirmation", timedelta(0))
    until = moment(data.get("NotOnOrAfter"))
    if until > expected.now + _LONGEST_CONFIRMATION + SKEW:
        raise Unacceptable("time", "The assertion could be used for longer than a day, which is too long.")
    answers = data.get("InResponseTo")
    _check_in_response_to(answers, expected)
    if (
        expected.request_id is not None
        and answers is None
        and (response is None or response.get("InResponseTo") is None)
    ):
        raise Unacceptable(
            "request", "What the identity provider signed does not say which request it answers."
        )
    return until + SKEW


def _check_window(element: Element, now: datetime, what: str, skew: timedelta = SKEW) -> None:
    """Skew is on the side of the message, on either end."""
    start, end = element.get("NotBefore"), element.get("NotOnOrAfter")
    if start is not None and moment(start) > now + skew:
        raise Unacceptable("time", f"{what} counts from {start} only. Compare the clocks of both sides.")
    if end is not None and _whole(moment(end)) + skew <= now:
        raise Unacceptable(
            "time", f"{what} counted until {end} only. Sign on anew, or compare the clocks of both sides."
        )


def _whole(end: datetime) -> datetime:
    """An end in whole seconds: fractions are not counted on to let somebody in."""
    return end.replace(microsecond=0)


def _check_audience(conditions: Element, expected: Expected) -> None:
    for restriction in children(conditions, "saml:AudienceRestriction"):
        named = [text_of(audience) for audience in children(restriction, "saml:Audience")]
        if expected.us.entity_id not in named:
            raise Unacceptable(
                "audience",
                f"The assertion is meant for {', '.join(map(shown, named[:3]))}; our entity id is "
                f"{expected.us.entity_id}. Enter that one (Okta: Audience URI; Entra: Identifier).",
            )


def _check_sign_in(statement: Element, now: datetime) -> datetime | None:
    at = moment(statement.get("AuthnInstant"))
    if at > now + SKEW:
        raise Unacceptable(
            "time", "The person signed in at the identity provider in the future. Compare the clocks."
        )
    if at < now - _OLDEST_SIGN_IN:
        raise Unacceptable(
            "time", "The person signed in at the identity provider more than a year ago. Sign in there anew."
        )
    ends = statement.get("SessionNotOnOrAfter")
    if ends is None:
        return None
    if _whole(moment(ends)) <= now:
        raise Unacceptable(
            "time", f"The session at the identity provider ended at {ends}. Sign in there anew."
        )
    return moment(ends)


def _attributes(assertion: Element) -> dict[str, tuple[str, ...]]:
    """Attributes by name; values that hold elements (a NameID, say) are left out."""
    found: dict[str, tuple[str, ...]] = {}
    statement = at_most_one(assertion, "saml:AttributeStatement")
    for attribute in children(statement, "saml:Attribute") if statement is not None else ():
        name = attribute.get("Name")
        if name in found:
            raise Unacceptable("attributes", f"The assertion has the attribute {shown(name)} twice.")
        values = [value for value in children(attribute, "saml:AttributeValue") if not len(value)]
        found[name] = tuple(text_of(value) for value in values)
    return found


def looks_like_address(text: str) -> bool:
    """Whether a value may be an e-mail address at all."""
    return _ADDRESS.fullmatch(text) is not None


def email_name_id(assertion: Assertion) -> str:
    """The NameID, where its format and its looks say that it is an e-mail address; else nothing."""
    if assertion.name_id_format in (EMAIL_FORMAT, UNSPECIFIED_FORMAT) and looks_like_address(
        assertion.name_id
    ):
        return assertion.name_id
    return ""
