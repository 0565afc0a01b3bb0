"""Tolerances that the engine grants by a switch of the dialect, rather than a quirk repairing what was sent.

They are counted as quirks are. The engine uses the names of this module, so that what is counted
is what is declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.findings import SEVERAL_PRIMARIES, UNKNOWN_ATTRIBUTES
from vestibule.scim.patch.draft import VALUE_OF_FILTER


@dataclass(frozen=True, slots=True)
class Habit:
    """A tolerance beside the quirks: ``has`` says whether a dialect grants it, ``without`` takes it away."""

    name: str
    facts: str
    recording: str
    told: str
    has: Callable[[Dialect], bool]
    without: Callable[[Dialect], Dialect]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a counted name means: the facts that make it necessary, and what was done, in words."""

    name: str
    facts: tuple[str, ...]
    told: str


def _refuses(dialect: Dialect) -> Dialect:
    return replace(dialect, strict=True)


def _is_tolerant(dialect: Dialect) -> bool:
    return not dialect.strict


HABITS: tuple[Habit, ...] = (
    Habit(
        "missing_schemas",
        "W125",
        "onelogin/template-without-schemas",
        "a resource or a PatchOp message came without schemas",
        lambda dialect: dialect.schemas_optional,
        lambda dialect: replace(dialect, schemas_optional=False),
    ),
    Habit(
        VALUE_OF_FILTER,
        "W109, K19",
        "entra/paths-that-create",
        "a path with a filter found no value, and one was made as the filter says",
        lambda dialect: dialect.upsert_on_no_target,
        lambda dialect: replace(dialect, upsert_on_no_target=False),
    ),
    Habit(
        "member_by_external_id",
        "W96, K45",
        "okta/group-member-by-external-id",
        "a member was named by externalId",
        lambda dialect: dialect.match_people,
        lambda dialect: replace(dialect, match_people=False),
    ),
    Habit(
        "member_by_user_name",
        "W96, K45",
        "okta/group-member-by-user-name",
        "a member was named by userName",
        lambda dialect: dialect.match_people,
        lambda dialect: replace(dialect, match_people=False),
    ),
    Habit(
        "member_unresolved",
        "W96, K12, K45",
        "okta/group-unknown-member",
        "a member named nobody known yet, and waits",
        _is_tolerant,
        _refuses,
    ),
    Habit(
        UNKNOWN_ATTRIBUTES,
        "W32, W98, W105",
        "okta/unknown-attributes",
        "attributes or schemas that nobody declared were left out",
        _is_tolerant,
        _refuses,
    ),
    Habit(
        SEVERAL_PRIMARIES,
        "W72",
        "okta/selectors-two-primaries",
        "several values were primary; the last one is",
        _is_tolerant,
        _refuses,
    ),
)


def tolerances_of(dialects: Iterable[Dialect]) -> Mapping[str, Tolerance]:
    """Everything that these dialects count, by the name it is counted under, sorted by it.

    Quirks of one name are one tolerance: their facts are put together, and the first says what it is.
    """
    found: dict[str, Tolerance] = {}
    for dialect in dialects:
        for one in (*dialect.quirks, *(habit for habit in HABITS if habit.has(dialect))):
            known = found.get(one.name, Tolerance(one.name, (), one.told))
            facts = dict.fromkeys((*known.facts, *filter(None, one.facts.split(", "))))
            found[one.name] = replace(known, facts=tuple(facts))
    return dict(sorted(found.items()))
