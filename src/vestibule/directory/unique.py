"""Attributes that a profile declares unique: no two resources of a type share a value (R74)."""

from __future__ import annotations

from vestibule.directory.change import UniqueKey
from vestibule.directory.derived import Derived
from vestibule.directory.facts import ByKey
from vestibule.directory.refusal import Refusal
from vestibule.directory.resource import Resource
from vestibule.directory.situation import Situation
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import Uniqueness

_MOST_SHOWN = 80


def keys_taken(
    situation: Situation, type: CompiledType, document: Document, before: Document | None
) -> tuple[UniqueKey, ...]:
    """The unique values that ``document`` has and ``before`` had not, to be free when the Change is applied.

    Refusal (409) where another resource of the type has one; deleted ones have none (R163). A value
    that was there before is never an error, even where a profile made it unique since.
    """
    if not type.unique:
        return ()
    keys = Derived(type, situation.profile, document).unique_keys()
    if before is not None:
        held = Derived(type, situation.profile, before).unique_keys()
        keys = tuple(key for key in keys if key not in held)
    asked = {ByKey(key.type, key.attribute, key.value, situation.connection): key for key in keys}
    situation.facts.demand(*asked)
    for fact, key in asked.items():
        holders: tuple[Resource, ...] = situation.facts[fact]
        for holder in holders:
            if holder.id != document["id"]:
                raise _taken(type, key, holder)
    return keys


def _taken(type: CompiledType, key: UniqueKey, holder: Resource) -> Refusal:
    return Refusal(
        Uniqueness(
            f'{key.attribute} "{key.value[:_MOST_SHOWN]}" is taken by the {type.name} with the id {holder.id}. '
            f"Choose another value, or change that {type.name}."
        ),
        f"unique.{key.attribute.rpartition(':')[2]}",
        f"Another {type.name} of this tenant has that {key.attribute}.",
    )
