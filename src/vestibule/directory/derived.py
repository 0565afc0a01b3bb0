"""What a row keeps beside the served form: folded columns, search form, label, keys.

One class derives all of it from a document, on every write and whenever the folding or
the profile has changed.
"""

from __future__ import annotations

from typing import Any

import orjson

from vestibule.directory.change import ResourceWrite, UniqueKey
from vestibule.directory.places import keys_of, values_at
from vestibule.directory.resource import Resource
from vestibule.profiles.profile import ApplicationProfile, TypeRules
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document


class Derived:
    """What follows from one document, which has ``schemas`` and ``id``. ``columns`` are fields of ``Resource``.

    With the row it was ``before``: where the document holds what the profile does not declare any more,
    ``profile_version`` is negative, and the row is projected whenever it is shown.
    """

    __slots__ = ("_email", "_found", "_profile", "_type", "columns", "find", "label")

    def __init__(
        self,
        type: CompiledType,
        profile: ApplicationProfile,
        document: Document,
        before: Resource | None = None,
    ) -> None:
        # No request brings what is not declared, so only rows of another profile can hold it.
        is_older = before is not None and before.profile_version != profile.version
        hides = is_older and not type.declares(document)
        found = type.search_form(document)
        rules = profile.declared.get(type.name)
        email = principal_email(found.get("emails")) if rules is None else None
        self._type, self._profile, self._found, self._email = type, profile, found, email
        self.find = orjson.dumps(found)
        shown = shown_name(document) if rules is None else key_value(rules, document)
        self.label = orjson.dumps(shown).decode()
        self.columns: dict[str, Any] = {
            "doc": orjson.dumps(document),
            "profile_version": -profile.version if hides else profile.version,
            "user_name": found.get("userName") if rules is None else None,
            "display_name": found.get("displayName") if rules is None else None,
            "email": email,
        }

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Key rows: e-mails beyond the principal one, and attributes declared indexed or unique."""
        keys: dict[tuple[str, str], None] = {}
        emails = self._found.get("emails") if self._email else None
        if emails and len(emails) > 1:
            for further in emails:
                value = further.get("value")
                if value and value != self._email:
                    keys["emails.value", value] = None
        for path in self._profile.keyed(self._type):
            for value in values_at(self._found, keys_of(path)):
                keys[path, _as_text(value)] = None
        return tuple(keys)

    def unique_keys(self) -> tuple[UniqueKey, ...]:
        """Those of the key rows that no other resource of the type may have (R74)."""
        return tuple(
            UniqueKey(self._type.name, path, _as_text(value))
            for path in self._type.unique
            for value in values_at(self._found, keys_of(path))
        )

    def write(self, resource: Resource, before: Resource | None, *, with_keys: bool = True) -> ResourceWrite:
        """``resource``, made with ``columns``, in place of ``before``; without ``with_keys`` its key rows stay."""
        return ResourceWrite(
            resource,
            self.find,
            self.label,
            before.version if before else None,
            before.state if before else None,
            self.keys() if with_keys else None,
            before.active if before else False,
        )


def key_value(rules: TypeRules, document: Document) -> str:
    """The value by which a resource of a declared type is known to people, "" where it has none."""
    return str(next(values_at(document, keys_of(rules.key)), "")) if rules.key else ""


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


def has_keys(profile: ApplicationProfile, type: CompiledType, attribute: str) -> bool:
    """Whether a change of that path may change key rows of a person."""
    return attribute == "emails" or any(
        path == attribute or path.startswith(attribute + ".") for path in profile.keyed(type)
    )


def _as_text(value: Any) -> str:
    return value if type(value) is str else orjson.dumps(value).decode()
