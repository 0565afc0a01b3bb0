"""Invented people with the attributes that an Okta app sends, as many as asked for."""

from __future__ import annotations

from typing import Any

_GIVEN = (
    "Amélie",
    "Jonas",
    "Mei",
    "Søren",
    "Zoë",
    "Omar",
    "Ines",
    "Haruka",
    "Piotr",
    "Grace",
    "Yusuf",
    "Lena",
)
_FAMILY = (
    "Okafor",
    "Lindqvist",
    "Tanaka",
    "García",
    "O’Brien",
    "Novák",
    "Haddad",
    "Kim",
    "Fontaine",
    "Weiß",
    "Silva",
)
_DEPARTMENTS = ("Sales", "Support", "Research", "Finance", "Legal", "Operations", "Design", "People")
_TITLES = ("Account Manager", "Engineer", "Analyst", "Team Lead", "Coordinator")

_CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def user_name(number: int) -> str:
    """The userName of the person of that number."""
    return f"person.{number:06d}@people.example"


def person(number: int) -> dict[str, Any]:
    """The body of a POST: about fifteen attributes, a kilobyte."""
    given = _GIVEN[number % len(_GIVEN)]
    family = _FAMILY[number // 7 % len(_FAMILY)]
    name = user_name(number)
    return {
        "schemas": [_CORE, _ENTERPRISE],
        "externalId": f"00p{number:017d}",
        "userName": name,
        "name": {"givenName": given, "familyName": family},
        "displayName": f"{given} {family}",
        "emails": [
            {"value": name, "type": "work", "primary": True},
            {"value": f"private.{number}@mail.example", "type": "other"},
        ],
        "phoneNumbers": [{"value": f"tel:+46-8-{number:07d}", "type": "work"}],
        "title": _TITLES[number % len(_TITLES)],
        "nickName": f"{given[:3].lower()}{number}",
        "preferredLanguage": "en-GB",
        "locale": "sv-SE",
        "timezone": "Europe/Stockholm",
        "active": True,
        _ENTERPRISE: {
            "employeeNumber": f"E{number:06d}",
            "department": _DEPARTMENTS[number % len(_DEPARTMENTS)],
            "costCenter": f"CC-{number % 23:02d}",
        },
    }
