"""What a person cannot be without, and what a userName must be. Only what a request changes is checked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vestibule.directory.places import keys_of, values_at
from vestibule.directory.refusal import Refusal
from vestibule.directory.situation import Situation
from vestibule.profiles.profile import ApplicationProfile, UserNameRule
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidValue

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def refuse_missing(
    situation: Situation, type: CompiledType, document: Document, before: Document | None
) -> None:
    """Refusal (400) naming the first required attribute without a value; what was missing before is no error."""
    missing = missing_paths(situation.profile, type, document)
    if missing and before is not None:
        known = missing_paths(situation.profile, type, before)
        missing = [path for path in missing if path not in known]
    if missing:
        profile, path = situation.profile, _most_telling(missing)
        raise Refusal(
            InvalidValue(
                f"{path} is required by {profile.product.name} and has no value. {_cure(profile, type, path)}"
            ),
            "required",
            f"The required attribute {path} has no value.",
        )


def refuse_no_user_name(document: Document) -> None:
    """Refusal (400) without a userName: nobody can be known by nothing (R37)."""
    if "userName" not in document:
        raise Refusal(
            InvalidValue(
                "userName is required and has no value. See that it is mapped in the identity provider."
            ),
            "required",
            "The required attribute userName has no value.",
        )


def refuse_user_name(situation: Situation, document: Document, before: Document | None) -> None:
    """Refusal (400) where the product wants an e-mail address as userName and a new one is none."""
    if before is not None and before.get("userName") == document["userName"]:
        return
    if email_is_missing(situation.profile, document):
        shown = document["userName"][:80]
        raise Refusal(
            InvalidValue(
                f'userName "{shown}" is not an e-mail address, and {situation.profile.product.name} signs people in by '
                "e-mail address. In Okta: Sign On → Application username format → Email; then provision again."
            ),
            "user_name.email",
            "The product wants an e-mail address as userName.",
        )


def email_is_missing(profile: ApplicationProfile, document: Document) -> bool:
    """Whether the product wants an e-mail address as userName, and this is none."""
    wants = profile.user_name is UserNameRule.EMAIL
    return wants and _EMAIL.fullmatch(document.get("userName", "")) is None


def missing_paths(profile: ApplicationProfile, type: CompiledType, document: Document) -> list[str]:
    """Paths of what schemas and rules require and the document has no value for."""
    missing = type.missing(document)
    if type.name == "User" and profile.required:
        missing += (
            path
            for path in profile.required
            if path not in missing and not any(value != "" for value in values_at(document, keys_of(path)))
        )
    return missing


def _most_telling(missing: Sequence[str]) -> str:
    """The first, or the first of its parts: an administrator maps ``name.familyName``, not ``name``."""
    return next((path for path in missing if path.startswith(f"{missing[0]}.")), missing[0])


def _cure(profile: ApplicationProfile, type: CompiledType, path: str) -> str:
    """What to do, in the words of the identity provider's screen where the profile knows them."""
    for attribute in profile.attributes if type.name == "User" else ():
        if attribute.external_name == path and attribute.okta_default:
            return (
                f"In Okta it is mapped from {attribute.okta_default} ({attribute.label}): fill that in for this "
                "person, or correct the mapping."
            )
    return "Give it a value in the identity provider, and see that it is mapped."
