"""The request with which a person is sent to the identity provider, always signed (A4)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from vestibule.sign_on.binding import redirect_to
from vestibule.sign_on.certificate import KeyPair
from vestibule.sign_on.identity_provider import IdentityProvider
from vestibule.sign_on.moment import saml_text
from vestibule.sign_on.service_provider import POST, ServiceProvider
from vestibule.sign_on.signature import signed
from vestibule.sign_on.xml import SAML, SAMLP, Element


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser goes: by redirect to ``address``, or by a form with ``fields`` posted to it."""

    address: str
    fields: tuple[tuple[str, str], ...] = ()


def authn_request(
    provider: IdentityProvider,
    us: ServiceProvider,
    pair: KeyPair,
    *,
    id: str,
    now: datetime,
    name_id_format: str,
    force: bool = False,
) -> Departure:
    """The AuthnRequest of that id, by redirect where the identity provider takes one.

    It asks for no authentication context: Entra ID and others fail on one (A4, K).
    """
    by_redirect = bool(provider.sso_redirect)
    address = provider.sso_redirect or provider.sso_post
    root = etree.Element(
        f"{{{SAMLP}}}AuthnRequest",
        {
            "ID": id,
            "Version": "2.0",
            "IssueInstant": saml_text(now),
            "Destination": address,
            "AssertionConsumerServiceURL": us.acs_url,
            "ProtocolBinding": POST,
            **({"ForceAuthn": "true"} if force else {}),
        },
        nsmap={"samlp": SAMLP, "saml": SAML},
    )
    _text(root, SAML, "Issuer", us.entity_id)
    policy = etree.SubElement(root, f"{{{SAMLP}}}NameIDPolicy", {"AllowCreate": "true"})
    if name_id_format:
        policy.set("Format", name_id_format)
    if by_redirect:
        return Departure(redirect_to(address, "SAMLRequest", etree.tostring(root), id, pair))
    message = base64.b64encode(etree.tostring(signed(root, pair))).decode("ascii")
    return Departure(address, (("SAMLRequest", message), ("RelayState", id)))


def _text(parent: Element, namespace: str, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{namespace}}}{name}").text = text
