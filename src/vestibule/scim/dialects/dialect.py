"""A dialect: the ways one identity provider departs from the RFCs, each single one a quirk.

A quirk repairs what was sent before the engine sees it. It is a pure function, it changes
nothing in place, and it gives back the very object it got where there is nothing to repair.
Each names the facts (W, K) and the recording under ``tests/recordings/`` that make it necessary;
``told`` says what was done, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vestibule.scim.attribute import Attribute
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.filter.tree import Filter


@dataclass(frozen=True, slots=True)
class ValueQuirk:
    """Another form of one attribute's value, in documents and in PATCH values alike.

    ``repair(attribute, raw, many)``: ``many`` where an array is due. ``told`` finishes the
    sentence that begins with the attribute's path.
    """

    name: str
    facts: str
    recording: str
    told: str
    repair: Callable[[Attribute, Any, bool], Any]


@dataclass(frozen=True, slots=True)
class DocumentQuirk:
    """Another form of a resource, or of the value of a PATCH without path (``partial``).

    ``repair(document, type, partial)``.
    """

    name: str
    facts: str
    recording: str
    told: str
    repair: Callable[[Document, CompiledType, bool], Document]


@dataclass(frozen=True, slots=True)
class OperationQuirk:
    """Another form of one PATCH operation; ``repair(operation, type)`` gives those that say the same.

    Keys of the operation are in lower case.
    """

    name: str
    facts: str
    recording: str
    told: str
    repair: Callable[[Document, CompiledType], list[Document]]


@dataclass(frozen=True, slots=True)
class FilterQuirk:
    """Another form of a query's filter, once it has parsed."""

    name: str
    facts: str
    recording: str
    told: str
    repair: Callable[[Filter, CompiledType], Filter]


@dataclass(frozen=True, slots=True)
class FilterTextQuirk:
    """Another form of a query's filter that the grammar refuses: the text that it stands for."""

    name: str
    facts: str
    recording: str
    told: str
    repair: Callable[[str], str]


Quirk = ValueQuirk | DocumentQuirk | OperationQuirk | FilterQuirk | FilterTextQuirk


@dataclass(frozen=True, slots=True)
class Sign:
    """What only one client sends: by it the dialect is recognised where User-Agent names nobody.

    ``shows(query, body)`` looks at a write: the query string's parameters and the JSON as it came.
    """

    client: str
    facts: str
    told: str
    shows: Callable[[Mapping[str, str], Document], bool]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One identity provider's dialect, or the strict lack of any."""

    name: str
    #: Whether the client that calls itself so (User-Agent) speaks it.
    recognises: Callable[[str], bool]
    document_quirks: tuple[DocumentQuirk, ...] = ()
    value_quirks: tuple[ValueQuirk, ...] = ()
    operation_quirks: tuple[OperationQuirk, ...] = ()
    filter_quirks: tuple[FilterQuirk, ...] = ()
    filter_text_quirks: tuple[FilterTextQuirk, ...] = ()
    signs: tuple[Sign, ...] = field(default=())
    #: A PATCH message may lack its ``schemas`` (W125).
    schemas_optional: bool = False
    #: A value filter of ``eq``s that finds nothing makes the value (K19).
    upsert_on_no_target: bool = False
    #: Member values may name a person by externalId or userName.
    match_people: bool = True
    #: What is unknown is refused rather than dropped (K44).
    strict: bool = False

    @property
    def quirks(self) -> tuple[Quirk, ...]:
        """All of them."""
        return (
            *self.document_quirks,
            *self.value_quirks,
            *self.operation_quirks,
            *self.filter_quirks,
            *self.filter_text_quirks,
        )


def nobody(user_agent: str) -> bool:
    """Recognises no client: such a dialect is chosen, or what is left."""
    return False
