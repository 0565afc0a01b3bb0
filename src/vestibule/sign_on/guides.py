"""How each identity provider's screens call what we ask for: the set-up guide, as rows, in its own words."""

from __future__ import annotations

from dataclasses import dataclass

from vestibule.sign_on.service_provider import ServiceProvider


@dataclass(frozen=True, slots=True)
class Guide:
    """One identity provider: where to click, which field takes which of our values, where its metadata is."""

    name: str
    label: str
    begin: str
    #: (field over there, one of our values, note)
    fields: tuple[tuple[str, str, str], ...]
    email: str
    metadata: str


def guides(us: ServiceProvider) -> tuple[Guide, ...]:
    """Those we know, Okta first."""
    return (
        Guide(
            "okta",
            "Okta",
            "Applications → Create App Integration → SAML 2.0",
            (
                ("Single sign-on URL", us.acs_url, "tick Use this for Recipient URL and Destination URL"),
                ("Audience URI (SP Entity ID)", us.entity_id, ""),
                ("Name ID format", "EmailAddress", ""),
                ("Application username", "Email", "the same as under Provisioning → To App → userName"),
                ("Attribute Statements", "email → user.email", ""),
                ("Single Logout URL (optional)", us.slo_url, "SP Issuer is our entity id"),
            ),
            "Application username and the attribute email must give what Provisioning → To App maps to userName.",
            "Sign On → SAML 2.0 → Metadata details → Metadata URL",
        ),
        Guide(
            "entra",
            "Microsoft Entra ID",
            "Enterprise applications → New application → Create your own → Single sign-on → SAML",
            (
                ("Identifier (Entity ID)", us.entity_id, ""),
                ("Reply URL (Assertion Consumer Service URL)", us.acs_url, ""),
                ("Logout URL (optional)", us.slo_url, ""),
                ("Unique User Identifier (Name ID)", "user.mail, format Email address", ""),
            ),
            "The claim emailaddress (user.mail) must give what Provisioning → Attribute mapping maps to userName.",
            "Single sign-on → SAML Certificates → App Federation Metadata Url",
        ),
        Guide(
            "google",
            "Google Workspace",
            "Apps → Web and mobile apps → Add app → Add custom SAML app",
            (
                ("ACS URL", us.acs_url, ""),
                ("Entity ID", us.entity_id, ""),
                ("Name ID format", "EMAIL", ""),
                ("Name ID", "Basic Information > Primary email", ""),
                ("Signed response", "ticked", ""),
            ),
            "Name ID must be the address that provisioning sends as userName.",
            "Option 1: Download IdP metadata",
        ),
        Guide(
            "other",
            "Another SAML 2.0 identity provider",
            "Add a service provider by our metadata, or enter:",
            (
                ("Entity id, audience", us.entity_id, ""),
                ("Assertion consumer service (HTTP-POST), recipient", us.acs_url, ""),
                ("Single logout (HTTP-Redirect)", us.slo_url, ""),
                ("Metadata", us.metadata_url, ""),
            ),
            "Send the e-mail address as the attribute email, or as the NameID in the format emailAddress; sign with SHA-256.",
            "its metadata address or file",
        ),
    )
