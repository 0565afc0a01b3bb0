"""A tenant's sign-on as its administrator set it up: the identity provider, and what the tenant chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vestibule.sign_on.errors import SetupRefused
from vestibule.sign_on.identity_provider import IdentityProvider, checked_address, kept_identity_provider
from vestibule.sign_on.service_provider import EMAIL_FORMAT

#: Attributes in which identity providers send the e-mail address, where the administrator names none.
EMAIL_ATTRIBUTES = (
    "email",
    "mail",
    "emailaddress",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
)
_LONGEST_NAME = 256
_MOST_HOURS = 24 * 30


class Protocol(StrEnum):
    """How people of the tenant come in."""

    SAML = "saml"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """An OpenID Connect provider: issuer and client. The client's secret is kept sealed, apart."""

    issuer: str
    client_id: str

    def as_document(self) -> dict[str, Any]:
        """For keeping."""
        return {"issuer": self.issuer, "clientId": self.client_id}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a tenant decides of its sign-on."""

    #: The SAML attribute or OpenID claim with the e-mail address; "" tries those of ``EMAIL_ATTRIBUTES``.
    email_attribute: str = ""
    #: The NameID format asked for; "" leaves it to the identity provider.
    name_id_format: str = EMAIL_FORMAT
    #: People may start at the identity provider's own page of applications (A6).
    idp_initiated: bool = False
    #: Who is signed on and was never provisioned is created; never who was deleted.
    creates_people: bool = False
    #: Where people go once they are signed on: the product. "" shows a page of ours.
    product_url: str = ""
    session_hours: int = 12
    #: Where the product has one address for all its customers: this tenant is a further environment of one of them
    #: (test beside production), with an entity id and ACS URL of its own, as one identity provider knows each once (A1).
    own_addresses: bool = False


@dataclass(frozen=True, slots=True)
class SignOnSetup:
    """All of it. ``provider`` is there for SAML, ``openid`` for OpenID Connect."""

    protocol: Protocol
    provider: IdentityProvider | None = None
    openid: OpenIdProvider | None = None
    #: Where the metadata was read, and is read again daily; "" where it was given by hand.
    metadata_url: str = ""
    choices: Choices = field(default=Choices())

    @property
    def issuer(self) -> str:
        """The identity provider's own name: entity id or issuer."""
        if self.provider is not None:
            return self.provider.entity_id
        return self.openid.issuer if self.openid is not None else ""

    def as_document(self) -> dict[str, Any]:
        """For keeping."""
        chosen = self.choices
        return {
            "protocol": self.protocol.value,
            "provider": self.provider.as_document() if self.provider else None,
            "openid": self.openid.as_document() if self.openid else None,
            "metadataUrl": self.metadata_url,
            "emailAttribute": chosen.email_attribute,
            "nameIdFormat": chosen.name_id_format,
            "idpInitiated": chosen.idp_initiated,
            "createsPeople": chosen.creates_people,
            "productUrl": chosen.product_url,
            "sessionHours": chosen.session_hours,
            "ownAddresses": chosen.own_addresses,
        }


def kept_setup(document: Mapping[str, Any]) -> SignOnSetup:
    """From ``as_document``."""
    provider, openid = document["provider"], document["openid"]
    return SignOnSetup(
        Protocol(document["protocol"]),
        kept_identity_provider(provider) if provider else None,
        OpenIdProvider(openid["issuer"], openid["clientId"]) if openid else None,
        document["metadataUrl"],
        Choices(
            document["emailAttribute"],
            document["nameIdFormat"],
            document["idpInitiated"],
            document["createsPeople"],
            document["productUrl"],
            document["sessionHours"],
            document.get("ownAddresses", False),
        ),
    )


def checked_choices(chosen: Choices) -> Choices:
    """The choices, if they can be kept. ``SetupRefused`` names the one that cannot."""
    if len(chosen.email_attribute) > _LONGEST_NAME or "\0" in chosen.email_attribute:
        raise SetupRefused("The name of the e-mail attribute is too long.")
    if not 1 <= chosen.session_hours <= _MOST_HOURS:
        raise SetupRefused(f"A session lasts from 1 to {_MOST_HOURS} hours, not {chosen.session_hours}.")
    if chosen.product_url:
        checked_address(chosen.product_url, "The product's address")
        if "?" in chosen.product_url or "#" in chosen.product_url:
            raise SetupRefused("The product's address must have no ? and no #.")
    return chosen
