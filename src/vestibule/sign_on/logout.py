"""Single logout: asking the identity provider to end its session, and ending ours when it asks (A9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from vestibule.sign_on.binding import LARGEST_MESSAGE, redirect_to
from vestibule.sign_on.certificate import KeyPair
from vestibule.sign_on.identity_provider import IdentityProvider
from vestibule.sign_on.moment import SKEW, moment, saml_text
from vestibule.sign_on.response import SUCCESS
from vestibule.sign_on.service_provider import ServiceProvider
from vestibule.sign_on.unacceptable import Unacceptable, shown
from vestibule.sign_on.xml import SAML, SAMLP, Element, children, parse, refuse_shared_ids, text_of, the_only

_OLDEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class LogoutAsked:
    """What the identity provider wants ended: sessions of that NameID, all or those of the indexes."""

    id: str
    name_id: str
    session_indexes: tuple[str, ...]


def logout_request(
    provider: IdentityProvider,
    us: ServiceProvider,
    pair: KeyPair,
    *,
    id: str,
    now: datetime,
    name_id: str,
    name_id_format: str,
    session_index: str,
) -> str:
    """The address that asks the identity provider to end its session too."""
    root = _message("LogoutRequest", id, now, provider.slo_redirect, us)
    named = etree.SubElement(root, f"{{{SAML}}}NameID", {"Format": name_id_format})
    named.text = name_id
    if session_index:
        etree.SubElement(root, f"{{{SAMLP}}}SessionIndex").text = session_index
    return redirect_to(provider.slo_redirect, "SAMLRequest", etree.tostring(root), "", pair)


def logout_response(
    provider: IdentityProvider,
    us: ServiceProvider,
    pair: KeyPair,
    *,
    id: str,
    now: datetime,
    answers: str,
    relay_state: str,
) -> str:
    """The address that tells the identity provider that its logout was done."""
    root = _message("LogoutResponse", id, now, provider.slo_redirect, us)
    root.set("InResponseTo", answers)
    status = etree.SubElement(root, f"{{{SAMLP}}}Status")
    etree.SubElement(status, f"{{{SAMLP}}}StatusCode", {"Value": SUCCESS})
    return redirect_to(provider.slo_redirect, "SAMLResponse", etree.tostring(root), relay_state, pair)


def read_logout_request(
    message: bytes, provider: IdentityProvider, us: ServiceProvider, now: datetime
) -> LogoutAsked:
    """A LogoutRequest whose signature the caller has verified. ``Unacceptable``."""
    root = parse(message, most_bytes=LARGEST_MESSAGE)
    refuse_shared_ids(root)
    if root.tag != f"{{{SAMLP}}}LogoutRequest" or root.get("Version") != "2.0" or not root.get("ID"):
        raise Unacceptable("shape", "The message is no SAML LogoutRequest.")
    _check(root, provider, us, now)
    name_id = text_of(the_only(root, "saml:NameID"))
    indexes = tuple(text_of(index) for index in children(root, "samlp:SessionIndex"))
    return LogoutAsked(root.get("ID"), name_id, indexes)


def is_logout_response(
    message: bytes, provider: IdentityProvider, us: ServiceProvider, now: datetime
) -> bool:
    """Whether it is a LogoutResponse of the identity provider; ours is ended by then, whatever it says."""
    root = parse(message, most_bytes=LARGEST_MESSAGE)
    if root.tag != f"{{{SAMLP}}}LogoutResponse":
        return False
    _check(root, provider, us, now)
    return True


def _message(name: str, id: str, now: datetime, destination: str, us: ServiceProvider) -> Element:
    root = etree.Element(
        f"{{{SAMLP}}}{name}",
        {"ID": id, "Version": "2.0", "IssueInstant": saml_text(now), "Destination": destination},
        nsmap={"samlp": SAMLP, "saml": SAML},
    )
    etree.SubElement(root, f"{{{SAML}}}Issuer").text = us.entity_id
    return root


def _check(root: Element, provider: IdentityProvider, us: ServiceProvider, now: datetime) -> None:
    issuer = text_of(the_only(root, "saml:Issuer"))
    if issuer != provider.entity_id:
        raise Unacceptable(
            "issuer",
            f"The logout comes from {shown(issuer)}, which is not the identity provider set up here.",
        )
    if root.get("Destination") not in (None, us.slo_url):
        raise Unacceptable(
            "destination",
            f"The logout is addressed to {shown(root.get('Destination'))}; ours is {us.slo_url}.",
        )
    try:
        issued = moment(root.get("IssueInstant", ""))
        ends = moment(root.get("NotOnOrAfter", "")) if root.get("NotOnOrAfter") else None
    except ValueError:
        raise Unacceptable("shape", "The logout has no IssueInstant.") from None
    if issued > now + SKEW or issued < now - _OLDEST - SKEW or (ends is not None and ends + SKEW <= now):
        raise Unacceptable(
            "time", "The logout is too old, or comes from the future. Compare the clocks of both sides."
        )
