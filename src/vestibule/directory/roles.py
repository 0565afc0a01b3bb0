"""The application role of a person, and why it is that one.

A profile names the sources in order of precedence ("userType", "roles[primary eq true].value",
"roles.value"). The first that has a value decides; what the others say is noted, not obeyed
(W80, W201: a stray ``roles`` beside the User type). Values compare without letter case and are
stored in their canonical spelling. An unknown value is an error only where it decides, and
never a silent downgrade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from vestibule.directory import role_sentences as say
from vestibule.directory.changed import Changes, concerns
from vestibule.directory.facts import TenantRoles
from vestibule.directory.refusal import Refusal
from vestibule.directory.role_source import RoleSource, role_source
from vestibule.directory.situation import Situation
from vestibule.profiles.profile import Role
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidValue
from vestibule.scim.fold import fold
from vestibule.scim.frozen import frozen

#: So many values of one source are told of.
_MAX_TOLD = 10


@frozen
class RoleDecision:
    """The role (None where the product has none), the document in canonical spelling, and the story."""

    role: str | None
    document: Document
    story: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()


def touches_role(situation: Situation, changes: Changes) -> bool:
    """Whether any source of the role is among what changed."""
    sources = rules(situation.profile.role_sources)
    return any(concerns(changes, source.attribute) for source in sources)


def decide_role(
    situation: Situation, document: Document, before: Document | None, role_before: str | None
) -> RoleDecision:
    """Which role the document means. Refusal (400) for an unknown deciding value that the request brought.

    A deciding value that was there before and is no role (any more) leaves the role as it was.
    """
    sources = rules(situation.profile.role_sources)
    if not sources:
        return RoleDecision(None, document)
    roles = situation.profile.roles_with(situation.facts[TenantRoles()])
    return role_by(sources, roles, document, before, role_before)


def role_by(
    sources: Sequence[RoleSource],
    roles: Sequence[Role],
    document: Document,
    before: Document | None,
    role_before: str | None,
) -> RoleDecision:
    """The same by these rules, in order, among these roles: those in force, or what somebody thinks of."""
    if not sources:
        return RoleDecision(None, document)
    said = _said(sources, document)
    if not said:
        role = _default(roles)
        return RoleDecision(role, document, _story({}, say.DEFAULT_ROLE, say.NOTHING_SENT, role))
    by_name = {fold(role.name): role.name for role in roles}
    sent = {source.text: [_short(value) for value in values[:_MAX_TOLD]] for source, values in said}
    said_before = _said(sources, before or {})
    notes: tuple[str, ...] = ()
    for at, (source, values) in enumerate(said):
        ignored, strays = _ignored(said[at:])
        meant = {by_name.get(fold(value)) for value in values}
        role = meant.pop() if len(meant) == 1 else None
        if role is not None:
            story = _story(sent, say.DECIDES.format(source=source.text), say.FIRST, role, ignored)
            return RoleDecision(role, source.spelled(document, role), story, notes + strays)
        if before is None or values != source.values(before):
            raise _undecidable(source.text, values, roles, by_name)
        notes += (say.NOT_OBEYED.format(source=source.text),)
        if said_before[0][0] is source:
            why = say.NO_ROLE.format(source=source.text)
            return RoleDecision(
                role_before, document, _story(sent, say.KEPT, why, role_before, ignored), notes
            )
    role = _default(roles)
    return RoleDecision(role, document, _story(sent, say.DEFAULT_ROLE, say.NONE_HAS_A_ROLE, role), notes)


def _default(roles: Sequence[Role]) -> str | None:
    return next((role.name for role in roles if role.default), None)


@lru_cache(maxsize=256)
def rules(texts: tuple[str, ...]) -> tuple[RoleSource, ...]:
    """The sources that the texts name, in order; a text that names none is left out."""
    return tuple(source for source in map(role_source, texts) if source is not None)


def _said(sources: Sequence[RoleSource], document: Document) -> list[tuple[RoleSource, list[str]]]:
    """The sources that have a value, in order of precedence."""
    return [(source, values) for source in sources if (values := source.values(document))]


def _ignored(said: Sequence[tuple[RoleSource, list[str]]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Why the later sources were not obeyed, and a note where one of them says otherwise."""
    deciding, decided = said[0]
    ignored: dict[str, str] = {}
    notes: list[str] = []
    for source, values in said[1:]:
        if source.attribute == deciding.attribute and len(values) == 1:
            continue  # the very value that decided, found by a wider source
        ignored[source.text] = say.COMES_FIRST.format(source=deciding.text)
        if {fold(value) for value in values} != {fold(value) for value in decided}:
            notes.append(
                say.IGNORED.format(source=source.text, deciding=deciding.text, attribute=source.attribute)
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
            InvalidValue(say.UNKNOWN.format(source=text, value=_short(unknown), allowed=allowed)),
            "role.unknown",
            say.WHY_UNKNOWN.format(source=text),
        )
    given = ", ".join(f'"{_short(value)}"' for value in values[:_MAX_TOLD])
    return Refusal(
        InvalidValue(say.SEVERAL.format(source=text, given=given, allowed=allowed)),
        "role.several",
        say.WHY_SEVERAL.format(source=text),
    )


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
