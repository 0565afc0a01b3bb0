"""The application role of a person, and why it is that one.

A profile names the sources in order of precedence ("userType", "roles[primary eq true].value",
"roles.value"). The first that has a value decides; what the others say is noted, not obeyed
(W80, W201: a stray ``roles`` beside the User type). Values compare without letter case and are
stored in their canonical spelling. An unknown value is an error only where it decides, and
never a silent downgrade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vestibule.directory.changed import Changes, concerns
from vestibule.directory.facts import TenantRoles
from vestibule.directory.refusal import Refusal
from vestibule.directory.situation import Situation
from vestibule.profiles.profile import Role
from vestibule.profiles.role_source import RoleSource, parse_role_source
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidValue
from vestibule.scim.fold import fold


@dataclass(frozen=True, slots=True)
class RoleDecision:
    """The role (None where the product has none), the document in canonical spelling, and the story."""

    role: str | None
    document: Document
    story: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()


def touches_role(situation: Situation, changes: Changes) -> bool:
    """Whether any source of the role is among what changed."""
    sources = _sources(situation.profile.role_sources)
    return any(concerns(changes, source.attribute) for _, source in sources)


def decide_role(
    situation: Situation, document: Document, before: Document | None, role_before: str | None
) -> RoleDecision:
    """Which role the document means. Refusal (400) for an unknown deciding value that the request brought.

    A deciding value that was there before and is no role (any more) leaves the role as it was.
    """
    sources = _sources(situation.profile.role_sources)
    if not sources:
        return RoleDecision(None, document)
    roles: Sequence[Role] = situation.facts[TenantRoles()]
    said = [(text, source, values) for text, source in sources if (values := _values(source, document))]
    sent = {text: values for text, _, values in said}
    if not said:
        role = next((role.name for role in roles if role.default), None)
        return RoleDecision(role, document, _story(sent, "default role", "Nothing was sent.", role))
    text, source, values = said[0]
    ignored, notes = _ignored(said)
    by_name = {fold(role.name): role.name for role in roles}
    meant = {by_name.get(fold(value)) for value in values}
    role = meant.pop() if len(meant) == 1 else None
    if role is not None:
        story = _story(sent, f"{text} decides", "It is the first source that has a value.", role, ignored)
        return RoleDecision(role, _spelled(source, document, role), story, notes)
    if before is None or values != _values(source, before):
        raise _undecidable(text, values, roles, by_name)
    why = f"{text} decides, holds what is no role, and was not changed by this request."
    story = _story(sent, "kept as it was", why, role_before, ignored)
    return RoleDecision(role_before, document, story, (*notes, f"the role stays as it was: {why}"))


@lru_cache(maxsize=256)
def _sources(texts: tuple[str, ...]) -> tuple[tuple[str, RoleSource], ...]:
    parsed = ((text, parse_role_source(text)) for text in texts)
    return tuple((text, source) for text, source in parsed if source is not None)


def _values(source: RoleSource, document: Document) -> list[str]:
    """The texts that the document has there."""
    found = document.get(source.attribute)
    if source.leaf is None:
        return [found] if isinstance(found, str) and found else []
    return [value[source.leaf] for value in _elements(source, found) if value.get(source.leaf)]


def _spelled(source: RoleSource, document: Document, role: str) -> Document:
    """The document with the canonical spelling there; the same document where it had it."""
    if all(value == role for value in _values(source, document)):
        return document
    if source.leaf is None:
        return {**document, source.attribute: role}
    found = document[source.attribute]
    meant = {id(value) for value in _elements(source, found)}
    spelled = [
        {**v, source.leaf: role} if id(v) in meant and v.get(source.leaf) else v for v in _listed(found)
    ]
    return {**document, source.attribute: spelled if isinstance(found, list) else spelled[0]}


def _elements(source: RoleSource, found: Any) -> list[Mapping[str, Any]]:
    return [
        value
        for value in _listed(found)
        if isinstance(value, dict) and (not source.primary_only or value.get("primary") is True)
    ]


def _ignored(said: Sequence[tuple[str, RoleSource, list[str]]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Why the later sources were not obeyed, and a note where one of them says otherwise."""
    deciding, decisive, decided = said[0]
    ignored: dict[str, str] = {}
    notes: list[str] = []
    for text, source, values in said[1:]:
        if source.attribute == decisive.attribute and len(values) == 1:
            continue  # the very value that decided, found by a wider source
        ignored[text] = f"{deciding} comes first"
        if {fold(value) for value in values} != {fold(value) for value in decided}:
            notes.append(
                f"{text} was ignored for the role, as {deciding} decides it. To be rid of it, remove the attribute "
                f"{source.attribute} from the application's profile in the identity provider."
            )
    return ignored, tuple(notes)


def _story(
    sent: Mapping[str, list[str]],
    rule: str,
    why: str,
    role: str | None,
    ignored: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    return {"sent": sent, "rule": rule, "why": why, "role": role, "ignored": ignored or {}}


def _undecidable(
    text: str, values: Sequence[str], roles: Sequence[Role], by_name: Mapping[str, str]
) -> Refusal:
    allowed = ", ".join(f'"{role.name}"' for role in roles)
    unknown = next((value for value in values if fold(value) not in by_name), None)
    if unknown is not None:
        return Refusal(
            InvalidValue(
                f'{text} has the value "{_short(unknown)}", which is no role here. Allowed are {allowed}, '
                "in any letter case."
            ),
            "role.unknown",
            f"{text} decides the role, and its value is no role here.",
        )
    given = ", ".join(f'"{_short(value)}"' for value in values[:10])
    return Refusal(
        InvalidValue(f"{text} has several roles: {given}. A person has one role: send one of {allowed}."),
        "role.several",
        f"{text} decides the role, and has several values.",
    )


def _listed(found: Any) -> list[Any]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
