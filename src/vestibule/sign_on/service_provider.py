"""Our side as an identity provider knows it: entity id, addresses, certificates; and the metadata that tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from vestibule.sign_on.certificate import bare
from vestibule.sign_on.xml import DS, METADATA, SAMLP, Element

POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


@dataclass(frozen=True, slots=True)
class ServiceProvider:
    """What an administrator enters at the identity provider.

    Where the product has one address for all its customers, ``entity_id`` and ``acs_url`` are the same
    for every tenant; metadata, login and logout are always the tenant's own.
    """

    slug: str
    entity_id: str
    acs_url: str
    slo_url: str
    metadata_url: str
    login_url: str
    oidc_redirect_url: str

    @property
    def is_shared(self) -> bool:
        """Whether other tenants have the same assertion consumer service."""
        return not self.acs_url.endswith(f"/sso/{self.slug}/acs")


def service_provider(public_url: str, slug: str, *, shared: bool) -> ServiceProvider:
    """The addresses of a tenant below ``public_url``."""
    all_of_them = f"{public_url}/sso"
    own = f"{all_of_them}/{slug}"
    return ServiceProvider(
        slug,
        entity_id=all_of_them if shared else own,
        acs_url=f"{all_of_them if shared else own}/acs",
        slo_url=f"{own}/slo",
        metadata_url=f"{own}/metadata",
        login_url=f"{own}/login",
        oidc_redirect_url=f"{own}/oidc",
    )


def metadata(provider: ServiceProvider, certificates: Sequence[str]) -> bytes:
    """The metadata document: entity id, ACS, single logout, and every certificate that is in use (PEM)."""
    entity = _element(METADATA, "EntityDescriptor", entityID=provider.entity_id)
    descriptor = _element(
        METADATA,
        "SPSSODescriptor",
        AuthnRequestsSigned="true",
        WantAssertionsSigned="true",
        protocolSupportEnumeration=SAMLP,
    )
    entity.append(descriptor)
    for use in ("signing", "encryption"):
        for pem in certificates:
            descriptor.append(_key(use, pem))
    descriptor.append(_element(METADATA, "SingleLogoutService", Binding=REDIRECT, Location=provider.slo_url))
    name_format = _element(METADATA, "NameIDFormat")
    name_format.text = EMAIL_FORMAT
    descriptor.append(name_format)
    descriptor.append(
        _element(
            METADATA,
            "AssertionConsumerService",
            Binding=POST,
            Location=provider.acs_url,
            index="0",
            isDefault="true",
        )
    )
    etree.indent(entity)
    written: bytes = etree.tostring(entity, xml_declaration=True, encoding="UTF-8")
    return written


def _key(use: str, pem: str) -> Element:
    descriptor = _element(METADATA, "KeyDescriptor", use=use)
    info = _element(DS, "KeyInfo")
    data = _element(DS, "X509Data")
    certificate = _element(DS, "X509Certificate")
    certificate.text = bare(pem)
    data.append(certificate)
    info.append(data)
    descriptor.append(info)
    return descriptor


def _element(namespace: str, name: str, **attributes: str) -> Element:
    return etree.Element(f"{{{namespace}}}{name}", attributes, nsmap={"md": METADATA, "ds": DS})
