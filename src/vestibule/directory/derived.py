"""What a row keeps beside the served form: folded columns, search form, label, keys.

One function derives all of it from a document, on every write and whenever the folding or
the profile has changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from vestibule.directory.change import ResourceWrite
from vestibule.directory.places import keys_of, values_at
from vestibule.directory.resource import Resource, State
from vestibule.profiles.profile import ApplicationProfile
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document


def row(
    type: CompiledType,
    profile: ApplicationProfile,
    resource: Resource,
    document: Document,
    *,
    expected_version: int | None = None,
    state_before: State | None = None,
    with_keys: bool = True,
) -> ResourceWrite:
    """``resource`` with everything that is derived from ``document``, ready to be written.

    ``document`` has ``schemas`` and ``id``. Without ``with_keys`` the key rows stay as they are.
    """
    find = type.search_form(document)
    emails = find.get("emails")
    email = principal_email(emails)
    return ResourceWrite(
        replace(
            resource,
            doc=orjson.dumps(document),
            profile_version=profile.version,
            user_name=find.get("userName"),
            display_name=find.get("displayName"),
            email=email,
        ),
        orjson.dumps(find),
        orjson.dumps(shown_name(document)).decode(),
        expected_version,
        state_before,
        _keys(profile, find, emails, email) if with_keys else None,
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
    """What stands beside the id where a person or group is listed."""
    shown = document.get("displayName") or (document.get("name") or {}).get("formatted")
    return str(shown or document.get("userName") or "")


def has_keys(profile: ApplicationProfile, attribute: str) -> bool:
    """Whether a change of that path may change key rows."""
    return attribute == "emails" or any(
        path == attribute or path.startswith(attribute + ".") for path in profile.indexed
    )


def _keys(
    profile: ApplicationProfile, find: Document, emails: Any, email: str | None
) -> tuple[tuple[str, str], ...]:
    keys: dict[tuple[str, str], None] = {}
    if emails and len(emails) > 1:
        for further in emails:
            value = further.get("value")
            if value and value != email:
                keys["emails.value", value] = None
    for path in profile.indexed:
        for value in values_at(find, keys_of(path)):
            keys[path, value if type(value) is str else orjson.dumps(value).decode()] = None
    return tuple(keys)
