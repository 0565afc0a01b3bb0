"""The core User (RFC 7643 §4.1 and §8.7.1), with the verified errata 8471 and 8435.

Where §8.7.1 contradicts §2.3.6 and §2.3.7 (binaries and references are case exact), the text holds.
"""

from __future__ import annotations

from vestibule.scim.attribute import Attribute, Mutability, Returned, Type, Uniqueness
from vestibule.scim.schema import Schema
from vestibule.scim.schemas.plural import PRIMARY, plural

_READ_ONLY = Mutability.READ_ONLY

USER = Schema(
    id="urn:ietf:params:scim:schemas:core:2.0:User",
    name="User",
    description="A person's account",
    attributes=(
        Attribute(
            "userName",
            description="The name with which the person signs in, unique in any letter case.",
            required=True,
            uniqueness=Uniqueness.SERVER,
        ),
        Attribute(
            "name",
            Type.COMPLEX,
            description="The parts of the person's name.",
            sub_attributes=(
                Attribute("formatted", description="The full name, ready to be shown."),
                Attribute("familyName", description="Family name, or last name in most Western languages."),
                Attribute("givenName", description="Given name, or first name in most Western languages."),
                Attribute("middleName", description="Middle names."),
                Attribute("honorificPrefix", description="Title before the name, such as Dr."),
                Attribute("honorificSuffix", description="Suffix after the name, such as III."),
            ),
        ),
        Attribute("displayName", description="The name by which the person is shown to others."),
        Attribute("nickName", description="The casual name by which the person is addressed."),
        Attribute(
            "profileUrl",
            Type.REFERENCE,
            description="A page about the person.",
            case_exact=True,
            reference_types=("external",),
        ),
        Attribute("title", description="Job title, such as Vice President."),
        Attribute("userType", description="The person's relation to the organisation, such as Employee."),
        Attribute(
            "preferredLanguage",
            description="Language for talking to the person, as in the Accept-Language header: en-US.",
        ),
        Attribute("locale", description="Where the person is, for formats of dates and numbers: en-US."),
        Attribute("timezone", description="Time zone of the IANA database: Europe/Paris."),
        Attribute(
            "active",
            Type.BOOLEAN,
            description="Whether the person may use the product. An inactive person stays readable.",
            # A person is one or the other: the default stands in where it is not sent, and it cannot be removed.
            required=True,
            default=True,
        ),
        Attribute(
            "password",
            description="A password in clear text; it is never given back.",
            case_exact=True,
            mutability=Mutability.WRITE_ONLY,
            returned=Returned.NEVER,
        ),
        Attribute(
            "emails",
            Type.COMPLEX,
            multi_valued=True,
            description="E-mail addresses.",
            sub_attributes=plural(
                Attribute("value", description="The address (RFC 5321)."),
                "work",
                "home",
                "other",
                kind="address",
            ),
        ),
        Attribute(
            "phoneNumbers",
            Type.COMPLEX,
            multi_valued=True,
            description="Telephone numbers.",
            sub_attributes=plural(
                Attribute("value", description="The number, best as RFC 3966 has it: tel:+1-201-555-0123."),
                "work",
                "home",
                "mobile",
                "fax",
                "pager",
                "other",
                kind="number",
            ),
        ),
        Attribute(
            "ims",
            Type.COMPLEX,
            multi_valued=True,
            description="Addresses for instant messages.",
            sub_attributes=plural(
                Attribute("value", description="The address."),
                "aim",
                "gtalk",
                "icq",
                "xmpp",
                "msn",
                "skype",
                "qq",
                "yahoo",
                kind="address",
            ),
        ),
        Attribute(
            "photos",
            Type.COMPLEX,
            multi_valued=True,
            description="Pictures of the person.",
            sub_attributes=plural(
                Attribute(
                    "value",
                    Type.REFERENCE,
                    description="URI of an image file.",
                    case_exact=True,
                    reference_types=("external",),
                ),
                "photo",
                "thumbnail",
                kind="picture",
            ),
        ),
        Attribute(
            "addresses",
            Type.COMPLEX,
            multi_valued=True,
            description="Postal addresses.",
            sub_attributes=(
                Attribute(
                    "formatted", description="The full address, ready for a label; it may hold line breaks."
                ),
                Attribute("streetAddress", description="Street, house number, post-office box, floor."),
                Attribute("locality", description="City or town."),
                Attribute("region", description="State or region."),
                Attribute("postalCode", description="Postal code."),
                Attribute("country", description="Country, two letters of ISO 3166-1: US."),
                Attribute(
                    "type",
                    description="What the address is for.",
                    canonical_values=("work", "home", "other"),
                ),
                PRIMARY,
            ),
        ),
        Attribute(
            "groups",
            Type.COMPLEX,
            multi_valued=True,
            description="The groups the person belongs to; changed through the groups only.",
            mutability=_READ_ONLY,
            sub_attributes=(
                Attribute("value", description="The group's id.", case_exact=True, mutability=_READ_ONLY),
                Attribute(
                    "$ref",
                    Type.REFERENCE,
                    description="The group's URI.",
                    case_exact=True,
                    mutability=_READ_ONLY,
                    reference_types=("Group",),
                ),
                Attribute("display", description="The group's displayName.", mutability=_READ_ONLY),
                Attribute(
                    "type",
                    description="Whether the person is a member itself, or through another group.",
                    canonical_values=("direct", "indirect"),
                    mutability=_READ_ONLY,
                ),
            ),
        ),
        Attribute(
            "entitlements",
            Type.COMPLEX,
            multi_valued=True,
            description="Things the person is entitled to.",
            sub_attributes=plural(Attribute("value", description="The entitlement."), kind="entitlement"),
        ),
        Attribute(
            "roles",
            Type.COMPLEX,
            multi_valued=True,
            description="Roles the person has, such as Student.",
            sub_attributes=plural(Attribute("value", description="The role."), kind="role"),
        ),
        Attribute(
            "x509Certificates",
            Type.COMPLEX,
            multi_valued=True,
            description="Certificates issued to the person.",
            sub_attributes=plural(
                Attribute(
                    "value",
                    Type.BINARY,
                    description="One certificate in DER form, as base64.",
                    case_exact=True,
                ),
                kind="certificate",
            ),
        ),
    ),
)
