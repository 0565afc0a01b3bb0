"""A dialect: the ways one identity provider departs from the RFCs, each single one a quirk.

A quirk repairs what was sent before the engine sees it. It is a pure function, it changes
nothing in place, and it gives back the very object it got where there is nothing to repair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vestibule.scim.attribute import Attribute
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document


@dataclass(frozen=True, slots=True)
class ValueQuirk:
    """Another form of one attribute's value, in documents and in PATCH values alike.

    ``repair(attribute, raw, many)``: ``many`` where an array is due. ``told`` finishes the
    sentence that begins with the attribute's path.
    """

    name: str
    facts: str
    told: str
    repair: Callable[[Attribute, Any, bool], Any]


@dataclass(frozen=True, slots=True)
class DocumentQuirk:
    """Another form of a resource, or of the value of a PATCH without path (``partial``).

    ``repair(document, type, partial)``.
    """

    name: str
    facts: str
    told: str
    repair: Callable[[Document, CompiledType, bool], Document]


@dataclass(frozen=True, slots=True)
class OperationQuirk:
    """Another form of one PATCH operation; ``repair(operation, type)`` gives those that say the same.

    Keys of the operation are in lower case.
    """

    name: str
    facts: str
    told: str
    repair: Callable[[Document, CompiledType], list[Document]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One identity provider's dialect, or the strict lack of any."""

    name: str
    #: Whether the client that calls itself so (User-Agent) speaks it.
    recognises: Callable[[str], bool]
    document_quirks: tuple[DocumentQuirk, ...] = ()
    value_quirks: tuple[ValueQuirk, ...] = ()
    operation_quirks: tuple[OperationQuirk, ...] = ()
    #: A PATCH message may lack its ``schemas``.
    schemas_optional: bool = False
    #: A value filter of ``eq``s that finds nothing makes the value (K19).
    upsert_on_no_target: bool = False
    #: Member values may name a person by externalId or userName.
    match_people: bool = True
    #: What is unknown is refused rather than dropped (K44).
    strict: bool = False


def nobody(user_agent: str) -> bool:
    """Recognises no client: such a dialect is chosen, or what is left."""
    return False
