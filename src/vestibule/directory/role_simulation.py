"""Who would have another role, were a rule another: looked through in small steps, and nobody is changed.

Roles follow with the next change of a person, by the rule that decides every request (``roles.role_by``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from vestibule.directory.derivation import DerivationStore
from vestibule.directory.derived import shown_name
from vestibule.directory.refusal import Refusal
from vestibule.directory.resource import Resource, State
from vestibule.directory.role_source import RoleSource
from vestibule.directory.roles import RoleDecision, role_by
from vestibule.profiles.profile import Role
from vestibule.scim.document import Document
from vestibule.scim.fold import fold
from vestibule.scim.frozen import frozen

#: So many people are named.
MOST_NAMED = 20
#: So many rows are looked at for a page; a command looks at all.
MOST_ROWS_FOR_A_PAGE = 20_000
#: Rows in one step: a few milliseconds of the loop's time.
_STEP = 100


@frozen
class RoleRules:
    """What decides: the sources in order, and the roles that there are."""

    sources: tuple[RoleSource, ...]
    roles: tuple[Role, ...]

    def of(self, document: Document, resource: Resource) -> RoleDecision:
        """The role that a person would have if ``document`` were sent. Refusal."""
        return role_by(self.sources, self.roles, document, resource.document(), resource.role)


@frozen
class SentOtherwise:
    """What the identity provider would send otherwise: ``instead`` where ``source`` says ``value``."""

    source: RoleSource
    value: str
    instead: str

    def edited(self, resource: Resource, document: Document) -> Document:
        """What would be sent of that person."""
        values = self.source.values(document)
        if not any(fold(value) == fold(self.value) for value in values):
            return document
        return self.source.with_role(document, self.instead)


@frozen
class SentForTeam:
    """What the identity provider would send otherwise: ``role`` in ``source`` for these people."""

    source: RoleSource
    people: frozenset[str]
    role: str

    def edited(self, resource: Resource, document: Document) -> Document:
        """What would be sent of that person."""
        return self.source.with_role(document, self.role) if resource.id in self.people else document


@frozen
class Move:
    """One person who would change: ``becomes`` None where they would have no role.

    ``refused`` says that what would be sent would be refused, and that they would keep theirs.
    """

    id: str
    name: str
    was: str | None
    becomes: str | None
    rule: str
    reason: str
    refused: bool = False

    @property
    def why(self) -> str:
        """Rule and reason in one."""
        return f"{self.rule}. {self.reason}" if self.rule else self.reason


@dataclass(slots=True)
class RoleOutlook:
    """Who would change: some by name, all by number. ``is_whole`` is whether everybody was looked at."""

    looked: int = 0
    changed: int = 0
    refused: int = 0
    people: list[Move] = field(default_factory=list)
    #: By (role now, role then), "" for none.
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    is_whole: bool = True

    def note(self, move: Move) -> None:
        """Count one, and name it where there is room."""
        if move.refused:
            self.refused += 1
        else:
            self.changed += 1
            kind = move.was or "", move.becomes or ""
            self.counts[kind] = self.counts.get(kind, 0) + 1
        if len(self.people) < MOST_NAMED:
            self.people.append(move)


@dataclass(slots=True)
class RoleComparison:
    """Rules as they are beside rules as somebody thinks of them; ``look`` at one resource after another."""

    now: RoleRules
    then: RoleRules
    sent: Sequence[SentOtherwise | SentForTeam] = ()
    outlook: RoleOutlook = field(default_factory=RoleOutlook)

    def look(self, resource: Resource) -> None:
        """Count a managed person for whom the edit makes another role of what is known of them."""
        if resource.type != "User" or resource.state is not State.MANAGED:
            return
        self.outlook.looked += 1
        held = resource.document()
        document = held
        for edit in self.sent:
            document = edit.edited(resource, document)
        name = shown_name(held) or str(held.get("userName") or "")
        try:
            then = self.then.of(document, resource)
        except Refusal as refusal:
            why = refusal.error.detail
            self.outlook.note(Move(resource.id, name, resource.role, resource.role, "", why, refused=True))
            return
        # Whoever waits for an earlier edit to take hold is not moved by this one.
        if then.role == resource.role or then.role == self.now.of(held, resource).role:
            return
        story = then.story or {}
        rule, why = str(story.get("rule") or ""), str(story.get("why") or "")
        self.outlook.note(Move(resource.id, name, resource.role, then.role, rule, why))


async def look_ahead(
    store: DerivationStore, tenant: int, comparison: RoleComparison, *, most_rows: int | None = None
) -> RoleOutlook:
    """Everybody of the tenant, or the first ``most_rows`` rows; others are served between two steps."""
    outlook, after, left = comparison.outlook, "", most_rows
    while rows := await store.rows_after(tenant, after, _STEP if left is None else min(_STEP, left)):
        for row in rows:
            comparison.look(row.resource)
        after = rows[-1].resource.id
        if left is not None:
            left -= len(rows)
            if left <= 0:
                outlook.is_whole = not await store.rows_after(tenant, after, 1)
                break
        await asyncio.sleep(0)
    return outlook
