"""The cast: the same few people, groups and tenants everywhere, each with a purpose.

Documents are as an identity provider sends them: fresh dicts, safe to change.
"""

from __future__ import annotations

from typing import Any

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WSOS_USER = "urn:ietf:params:scim:schemas:extension:wsos:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

#: Tenants by slug: the one that acts, and the stranger who must never see any of it.
CORP = "corp"
STRANGERS = "strangers"

Document = dict[str, Any]


def _person(user_name: str, given: str, family: str, okta_id: str, **more: Any) -> Document:
    return {
        "schemas": [CORE_USER],
        "userName": user_name,
        "name": {"givenName": given, "familyName": family},
        "emails": [{"primary": True, "value": user_name, "type": "work"}],
        "displayName": f"{given} {family}",
        "externalId": okta_id,
        "active": True,
        **more,
    }


def _existing(user_name: str, given: str, family: str, **more: Any) -> Document:
    person = _person(user_name, given, family, "", **more)
    if "externalId" not in more:
        del person["externalId"]
    return person


def hanako(**more: Any) -> Document:
    """The owner: Japanese name, administrator where the product has one."""
    named = {"displayName": "佐藤 花子", "locale": "ja-JP"}
    return _person("hanako.sato@corp.test", "花子", "佐藤", "00u1hanako", **{**named, **more})


def zoe(**more: Any) -> Document:
    """A colleague with accents, whose address is sent in mixed case."""
    return _person("Zoë.Brontë@Corp.test", "Zoë", "Brontë", "00u2zoe", **more)


def obrien(**more: Any) -> Document:
    """An apostrophe that PRECIS would refuse, and a manager."""
    return _person("sean.o’brien@corp.test", "Seán", "O’Brien", "00u3obrien", **more)


def minjun(**more: Any) -> Document:
    """Korean name; the userName is no e-mail address, the work e-mail is another thing."""
    person = _person("kim.mj", "민준", "김", "00u4minjun", **more)
    person["emails"] = [
        {"primary": True, "value": "minjun.kim@corp.test", "type": "work"},
        {"primary": False, "value": "minjun@home.test", "type": "home"},
    ]
    return person


def layla(**more: Any) -> Document:
    """Who left: provisioned, then inactive."""
    return _person("layla.haddad@corp.test", "ليلى", "حدّاد", "00u5layla", **{"active": False, **more})


def prince(**more: Any) -> Document:
    """Somebody without a family name."""
    person = _person("prince@corp.test", "Prince", "", "00u6prince", **more)
    del person["name"]["familyName"]
    return person


def stranger(**more: Any) -> Document:
    """Of the other tenant, with a userName that the first tenant has too."""
    return _person("hanako.sato@corp.test", "Hana", "Stranger", "00u1hanako", **more)


def existing_mika(**more: Any) -> Document:
    """Who existed in the product before, as an operator imports them; the address is at a proven domain."""
    return _existing("mika.laine@corp.test", "Mika", "Laine", **more)


def existing_guest(**more: Any) -> Document:
    """Who existed before under an address that proves nothing."""
    return _existing("guest@mail.example", "Guillaume", "Étranger", **more)


PEOPLE = (hanako, zoe, obrien, minjun, layla, prince)


def group(display_name: str, *members: str, **more: Any) -> Document:
    """A pushed group with these member values."""
    return {
        "schemas": [CORE_GROUP],
        "displayName": display_name,
        "members": [{"value": value} for value in members],
        **more,
    }


def sales(*members: str, **more: Any) -> Document:
    """The team most tests use."""
    return group("Sales EMEA", *members, **more)


def patch(*operations: Document) -> Document:
    """A PatchOp message."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}
