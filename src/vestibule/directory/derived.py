"""What a row keeps beside the served form: folded columns, search form, label, keys.

One class derives all of it from a document, on every write and whenever the folding or
the profile has changed.
"""

from __future__ import annotations

from typing import Any

import orjson

from vestibule.directory.change import ResourceWrite
from vestibule.directory.places import keys_of, values_at
from vestibule.directory.resource import Resource
from vestibule.profiles.profile import ApplicationProfile
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document


class Derived:
    """What follows from one document, which has ``schemas`` and ``id``. ``columns`` are fields of ``Resource``."""

    __slots__ = ("_email", "_found", "_profile", "columns", "find", "label")

    def __init__(self, type: CompiledType, profile: ApplicationProfile, document: Document) -> None:
        found = type.search_form(document)
        email = principal_email(found.get("emails"))
        self._profile, self._found, self._email = profile, found, email
        self.find = orjson.dumps(found)
        self.label = orjson.dumps(shown_name(document)).decode()
        self.columns: dict[str, Any] = {
            "doc": orjson.dumps(document),
            "profile_version": profile.version,
            "user_name": found.get("userName"),
            "display_name": found.get("displayName"),
            "email": email,
        }

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Key rows: e-mails beyond the principal one, and attributes that the profile declares indexed."""
        keys: dict[tuple[str, str], None] = {}
        emails = self._found.get("emails")
        if emails and len(emails) > 1:
            for further in emails:
                value = further.get("value")
                if value and value != self._email:
                    keys["emails.value", value] = None
        for path in self._profile.indexed:
            for value in values_at(self._found, keys_of(path)):
                keys[path, value if type(value) is str else orjson.dumps(value).decode()] = None
        return tuple(keys)

    def write(self, resource: Resource, before: Resource | None, *, with_keys: bool = True) -> ResourceWrite:
        """``resource``, made with ``columns``, in place of ``before``; without ``with_keys`` its key rows stay."""
        return ResourceWrite(
            resource,
            self.find,
            self.label,
            before.version if before else None,
            before.state if before else None,
            self.keys() if with_keys else None,
        )


def principal_email(emails: Any) -> str | None:
    """The primary e-mail address; else the first of type work; else the first."""
    if not emails:
        return None
    work = first = None
    for email in emails:
        value: str | None = email.get("value")
        if not value:
            continue
        if email.get("primary"):
            return value
        first = first or value
        if work is None and str(email.get("type")).lower() == "work":
            work = value
    return work or first


def shown_name(document: Document) -> str:
    """The name that stands beside the id where a person or group is listed, or "".

    A userName is no name for people to read: without another one nothing stands there, as
    RFC 7643 §2.4 has it for ``display``.
    """
    return str(document.get("displayName") or (document.get("name") or {}).get("formatted") or "")


def has_keys(profile: ApplicationProfile, attribute: str) -> bool:
    """Whether a change of that path may change key rows."""
    return attribute == "emails" or any(
        path == attribute or path.startswith(attribute + ".") for path in profile.indexed
    )
