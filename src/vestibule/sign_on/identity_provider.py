"""The identity provider's side: entity id, addresses, certificates, as its metadata gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from vestibule.sign_on.certificate import certificates_in
from vestibule.sign_on.errors import SetupRefused
from vestibule.sign_on.service_provider import POST, REDIRECT
from vestibule.sign_on.unacceptable import Unacceptable
from vestibule.sign_on.xml import METADATA, NAMES, SAMLP, Element, parse

_LARGEST_METADATA = 1 << 20
_MOST_ELEMENTS = 20_000
_LONGEST_ADDRESS = 2048
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")
#: How a web page begins, in place of the metadata that was meant.
_WEB_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """What an administrator gives us of it. Certificates are PEM; several are in force at once (roll-over)."""

    entity_id: str
    sso_redirect: str = ""
    sso_post: str = ""
    slo_redirect: str = ""
    certificates: tuple[str, ...] = ()
    #: The day after which its metadata does not count by its own words ("2027-01-31"), "" where it says none.
    valid_until: str = ""

    def as_document(self) -> dict[str, Any]:
        """For keeping."""
        return {
            "entityId": self.entity_id,
            "ssoRedirect": self.sso_redirect,
            "ssoPost": self.sso_post,
            "sloRedirect": self.slo_redirect,
            "certificates": list(self.certificates),
            "validUntil": self.valid_until,
        }


def kept_identity_provider(document: Mapping[str, Any]) -> IdentityProvider:
    """From ``as_document``."""
    return IdentityProvider(
        document["entityId"],
        document["ssoRedirect"],
        document["ssoPost"],
        document["sloRedirect"],
        tuple(document["certificates"]),
        document.get("validUntil", ""),
    )


def entered(
    entity_id: str, sso_url: str, certificates: str, *, slo_url: str = "", binding: str = REDIRECT
) -> IdentityProvider:
    """An identity provider entered field by field. ``SetupRefused`` names the field."""
    if not entity_id.strip():
        raise SetupRefused("The identity provider's entity id (Issuer) is missing.")
    url = checked_address(sso_url.strip(), "The identity provider's sign-on address (Single Sign-On URL)")
    logout = (
        checked_address(slo_url.strip(), "The identity provider's logout address") if slo_url.strip() else ""
    )
    return IdentityProvider(
        entity_id.strip(),
        sso_redirect=url if binding == REDIRECT else "",
        sso_post=url if binding == POST else "",
        slo_redirect=logout,
        certificates=certificates_in(certificates),
    )


def read_metadata(text: bytes) -> IdentityProvider:
    """From a metadata document: an EntityDescriptor, or an EntitiesDescriptor with one identity provider.

    ``SetupRefused`` says what is missing, in the words of the identity provider's screens.
    """
    if not text.strip():
        raise SetupRefused("The metadata is empty. Download it at the identity provider again.")
    if _WEB_PAGE.match(text):
        raise SetupRefused(
            "This is a web page, no metadata: perhaps a sign-in page stood in its way. Save the metadata's own XML file, and "
            "give that."
        )
    try:
        root = parse(
            text.strip(),
            most_bytes=_LARGEST_METADATA,
            most_elements=_MOST_ELEMENTS,
            drops_comments=True,
        )
    except Unacceptable as fault:
        raise SetupRefused(f"The metadata cannot be read. {fault.sentence}") from None
    described = [
        entity
        for entity in root.iter(f"{{{METADATA}}}EntityDescriptor")
        if entity.find("md:IDPSSODescriptor", NAMES) is not None
    ]
    if not described and root.find(".//md:SPSSODescriptor", NAMES) is not None:
        raise SetupRefused(
            "This is the metadata of a service provider, such as ours, which the identity provider takes. Here the identity "
            "provider's own is needed."
        )
    if not described:
        raise SetupRefused(
            "This is no metadata of an identity provider: it has no IDPSSODescriptor. In Okta it is under Sign On → "
            "SAML 2.0 → Metadata URL; in Entra, Single sign-on → App Federation Metadata Url."
        )
    if len(described) > 1:
        raise SetupRefused(
            f"The metadata describes {len(described)} identity providers. Give that of the one that signs your people on."
        )
    entity = described[0]
    entity_id = entity.get("entityID", "").strip()
    descriptors = [
        descriptor
        for descriptor in entity.findall("md:IDPSSODescriptor", NAMES)
        if SAMLP in descriptor.get("protocolSupportEnumeration", "").split()
    ]
    if not entity_id or len(descriptors) != 1:
        raise SetupRefused("The metadata describes no single SAML 2.0 identity provider with an entityID.")
    ends = [
        found for one in (root, entity, descriptors[0]) if _DATE.match(found := one.get("validUntil", ""))
    ]
    return replace(_described(entity_id, descriptors[0]), valid_until=min(ends, default="")[:10])


def _described(entity_id: str, descriptor: Element) -> IdentityProvider:
    certificates: list[str] = []
    for key in descriptor.findall("md:KeyDescriptor", NAMES):
        if key.get("use") in (None, "signing"):
            for found in key.findall("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NAMES):
                certificates += certificates_in(found.text or "")
    if not certificates:
        raise SetupRefused(
            "The metadata has no signing certificate. Copy the certificate from the identity provider and enter it."
        )
    provider = IdentityProvider(
        entity_id,
        sso_redirect=_location(descriptor, "SingleSignOnService", REDIRECT),
        sso_post=_location(descriptor, "SingleSignOnService", POST),
        slo_redirect=_location(descriptor, "SingleLogoutService", REDIRECT),
        certificates=tuple(dict.fromkeys(certificates)),
    )
    if not (provider.sso_redirect or provider.sso_post):
        raise SetupRefused("The metadata has no sign-on address for HTTP-Redirect or HTTP-POST.")
    return provider


def _location(descriptor: Element, service: str, binding: str) -> str:
    for found in descriptor.findall(f"md:{service}", NAMES):
        if found.get("Binding") == binding:
            return checked_address(found.get("Location", ""), f"The address of {service}")
    return ""


def checked_address(address: str, what: str) -> str:
    """The address, if a browser may be sent there: https, or http on this machine. ``SetupRefused``."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    local = host in ("localhost", "127.0.0.1", "::1")
    odd = len(address) > _LONGEST_ADDRESS or any(ord(c) <= 32 or ord(c) == 127 for c in address)
    if (
        odd
        or not host
        or parts.username is not None
        or not (parts.scheme == "https" or (parts.scheme == "http" and local))
    ):
        raise SetupRefused(f"{what} is {address[:200]!r}; it must be an address that starts with https://.")
    return address
