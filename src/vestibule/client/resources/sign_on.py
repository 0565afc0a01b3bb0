"""How a tenant's people come in: identity provider, certificates, what came."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier


@dataclass(frozen=True, slots=True)
class OurSide:
    """What is entered at the identity provider."""

    entity_id: str
    acs_url: str
    slo_url: str
    metadata_url: str
    login_url: str
    oidc_redirect_url: str


@dataclass(frozen=True, slots=True)
class ChoicesShown:
    """What the tenant chose."""

    #: Empty: those that are usual are tried.
    email_attribute: str
    name_id_format: str
    #: Sign-on may begin at the identity provider.
    idp_initiated: bool
    #: Who was never provisioned is created.
    creates_people: bool
    #: Where people go once they are signed on.
    product_url: str
    session_hours: int
    #: A further environment of a company, whose entity id and ACS URL are its own.
    own_addresses: bool


@dataclass(frozen=True, slots=True)
class CertificateShown:
    """A certificate, and how long it is still good."""

    #: Of ours; the identity provider's have none.
    id: str | None
    subject: str
    #: SHA-256.
    fingerprint: str
    not_before: str
    not_after: str
    days_left: int


@dataclass(frozen=True, slots=True)
class SignOnShown:
    """A tenant's sign-on; `protocol` is null where none is set up."""

    us: OurSide
    #: saml or oidc.
    protocol: str | None
    #: The identity provider: entity id or issuer.
    issuer: str | None
    metadata_url: str | None
    metadata_read: str | None
    #: When somebody first came in, or a test succeeded.
    worked: str | None
    choices: ChoicesShown | None
    our_certificates: list[CertificateShown]
    their_certificates: list[CertificateShown]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class TestLinkMade:
    """A link that tests the sign-on in the browser it is opened in."""

    #: Once, within ten minutes.
    url: str


@dataclass(frozen=True, slots=True)
class AttemptShown:
    """Somebody tried to sign on."""

    at: str
    #: signed_on, or the rule that said no.
    outcome: str
    is_test: bool
    #: Who was found.
    person: str | None
    #: The address that came.
    email: str | None
    #: The userName that was provisioned.
    user_name: str | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class CertificateMade:
    """A new certificate of ours."""

    id: str


class SignOn:
    """How a tenant's people come in: identity provider, certificates, what came."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def show(self, tenant: str) -> SignOnShown:
        """A tenant's sign-on: our addresses, its identity provider, certificates, and what to see to."""
        answer: SignOnShown = self._carrier.call(
            Ask("GET", "/tenants/{tenant}/sign-on", SignOnShown, path_values={"tenant": tenant})
        )
        return answer

    def remove(self, tenant: str, *, idempotency_key: str | None = None) -> None:
        """Nobody of the tenant signs on any more, and all sessions end."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/sign-on",
                None,
                path_values={"tenant": tenant},
                idempotency_key=idempotency_key,
            )
        )

    def set_saml(
        self,
        tenant: str,
        *,
        metadata_url: str = "",
        metadata: str = "",
        entity_id: str = "",
        sso_url: str = "",
        slo_url: str = "",
        certificate: str = "",
        own_addresses: bool | None = None,
        idempotency_key: str | None = None,
    ) -> SignOnShown:
        """Have people come in by a SAML identity provider; what was chosen before stays."""
        answer: SignOnShown = self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/sign-on/saml",
                SignOnShown,
                path_values={"tenant": tenant},
                body={
                    "metadata_url": metadata_url,
                    "metadata": metadata,
                    "entity_id": entity_id,
                    "sso_url": sso_url,
                    "slo_url": slo_url,
                    "certificate": certificate,
                    "own_addresses": own_addresses,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def set_openid(
        self,
        tenant: str,
        *,
        issuer: str,
        client_id: str,
        client_secret: str = "",
        idempotency_key: str | None = None,
    ) -> SignOnShown:
        """Have people come in by an OpenID Connect provider; what was chosen before stays."""
        answer: SignOnShown = self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/sign-on/openid",
                SignOnShown,
                path_values={"tenant": tenant},
                body={"issuer": issuer, "client_id": client_id, "client_secret": client_secret},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def choose(
        self,
        tenant: str,
        *,
        email_attribute: str | None = None,
        name_id_format: str | None = None,
        idp_initiated: bool | None = None,
        creates_people: bool | None = None,
        product_url: str | None = None,
        session_hours: int | None = None,
        own_addresses: bool | None = None,
        idempotency_key: str | None = None,
    ) -> SignOnShown:
        """Change what the tenant chose: the e-mail attribute, who may begin, where people go, for how long."""
        answer: SignOnShown = self._carrier.call(
            Ask(
                "PATCH",
                "/tenants/{tenant}/sign-on/choices",
                SignOnShown,
                path_values={"tenant": tenant},
                body={
                    "email_attribute": email_attribute,
                    "name_id_format": name_id_format,
                    "idp_initiated": idp_initiated,
                    "creates_people": creates_people,
                    "product_url": product_url,
                    "session_hours": session_hours,
                    "own_addresses": own_addresses,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def test(self, tenant: str, *, idempotency_key: str | None = None) -> TestLinkMade:
        """Make a link that tests the sign-on: it shows the address that came beside the provisioned userName."""
        answer: TestLinkMade = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/sign-on/test",
                TestLinkMade,
                path_values={"tenant": tenant},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def attempts(self, tenant: str, *, count: int = 50) -> Sequence[AttemptShown]:
        """The newest sign-ins that somebody tried, with both values and the cause."""
        answer: list[AttemptShown] = self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/sign-on/attempts",
                list[AttemptShown],
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )
        return answer

    def renew_certificate(self, tenant: str, *, idempotency_key: str | None = None) -> CertificateMade:
        """Make a new certificate of ours: it signs from now on, and the metadata shows both until the old one
        goes.
        """
        answer: CertificateMade = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/sign-on/certificates",
                CertificateMade,
                path_values={"tenant": tenant},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def remove_certificate(
        self, tenant: str, certificate: str, *, idempotency_key: str | None = None
    ) -> None:
        """Remove an old certificate of ours; the only one stays."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/sign-on/certificates/{certificate}",
                None,
                path_values={"tenant": tenant, "certificate": certificate},
                idempotency_key=idempotency_key,
            )
        )


class AsyncSignOn:
    """How a tenant's people come in: identity provider, certificates, what came."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    async def show(self, tenant: str) -> SignOnShown:
        """A tenant's sign-on: our addresses, its identity provider, certificates, and what to see to."""
        answer: SignOnShown = await self._carrier.call(
            Ask("GET", "/tenants/{tenant}/sign-on", SignOnShown, path_values={"tenant": tenant})
        )
        return answer

    async def remove(self, tenant: str, *, idempotency_key: str | None = None) -> None:
        """Nobody of the tenant signs on any more, and all sessions end."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/sign-on",
                None,
                path_values={"tenant": tenant},
                idempotency_key=idempotency_key,
            )
        )

    async def set_saml(
        self,
        tenant: str,
        *,
        metadata_url: str = "",
        metadata: str = "",
        entity_id: str = "",
        sso_url: str = "",
        slo_url: str = "",
        certificate: str = "",
        own_addresses: bool | None = None,
        idempotency_key: str | None = None,
    ) -> SignOnShown:
        """Have people come in by a SAML identity provider; what was chosen before stays."""
        answer: SignOnShown = await self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/sign-on/saml",
                SignOnShown,
                path_values={"tenant": tenant},
                body={
                    "metadata_url": metadata_url,
                    "metadata": metadata,
                    "entity_id": entity_id,
                    "sso_url": sso_url,
                    "slo_url": slo_url,
                    "certificate": certificate,
                    "own_addresses": own_addresses,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def set_openid(
        self,
        tenant: str,
        *,
        issuer: str,
        client_id: str,
        client_secret: str = "",
        idempotency_key: str | None = None,
    ) -> SignOnShown:
        """Have people come in by an OpenID Connect provider; what was chosen before stays."""
        answer: SignOnShown = await self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/sign-on/openid",
                SignOnShown,
                path_values={"tenant": tenant},
                body={"issuer": issuer, "client_id": client_id, "client_secret": client_secret},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def choose(
        self,
        tenant: str,
        *,
        email_attribute: str | None = None,
        name_id_format: str | None = None,
        idp_initiated: bool | None = None,
        creates_people: bool | None = None,
        product_url: str | None = None,
        session_hours: int | None = None,
        own_addresses: bool | None = None,
        idempotency_key: str | None = None,
    ) -> SignOnShown:
        """Change what the tenant chose: the e-mail attribute, who may begin, where people go, for how long."""
        answer: SignOnShown = await self._carrier.call(
            Ask(
                "PATCH",
                "/tenants/{tenant}/sign-on/choices",
                SignOnShown,
                path_values={"tenant": tenant},
                body={
                    "email_attribute": email_attribute,
                    "name_id_format": name_id_format,
                    "idp_initiated": idp_initiated,
                    "creates_people": creates_people,
                    "product_url": product_url,
                    "session_hours": session_hours,
                    "own_addresses": own_addresses,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def test(self, tenant: str, *, idempotency_key: str | None = None) -> TestLinkMade:
        """Make a link that tests the sign-on: it shows the address that came beside the provisioned userName."""
        answer: TestLinkMade = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/sign-on/test",
                TestLinkMade,
                path_values={"tenant": tenant},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def attempts(self, tenant: str, *, count: int = 50) -> Sequence[AttemptShown]:
        """The newest sign-ins that somebody tried, with both values and the cause."""
        answer: list[AttemptShown] = await self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/sign-on/attempts",
                list[AttemptShown],
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )
        return answer

    async def renew_certificate(self, tenant: str, *, idempotency_key: str | None = None) -> CertificateMade:
        """Make a new certificate of ours: it signs from now on, and the metadata shows both until the old one
        goes.
        """
        answer: CertificateMade = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/sign-on/certificates",
                CertificateMade,
                path_values={"tenant": tenant},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def remove_certificate(
        self, tenant: str, certificate: str, *, idempotency_key: str | None = None
    ) -> None:
        """Remove an old certificate of ours; the only one stays."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/sign-on/certificates/{certificate}",
                None,
                path_values={"tenant": tenant, "certificate": certificate},
                idempotency_key=idempotency_key,
            )
        )
