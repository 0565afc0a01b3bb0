"""What makes an operation of a bulk request different from a request of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.directory.change import Change
from vestibule.directory.facts import ById, FactKey, MemberTarget
from vestibule.directory.request import Standing
from vestibule.directory.resource import Resource
from vestibule.scim.errors import ScimError


@dataclass(slots=True)
class PartOfBulk:
    """Handed in with the operation's exchange; ``change`` is what became of it, None if nothing was decided.

    ``fault`` refuses it once the token is known. ``foreseen`` are resources that the bulk request
    would have made by then: a dry run takes them for real.
    """

    new_id: Callable[[], str]
    fault: ScimError | None = None
    foreseen: Sequence[Resource] = ()
    #: Whether the answer says the resource too; a client reads its location and version anyway.
    shows_resource: bool = False
    change: Change | None = None

    def facts(self, standing: Standing) -> Mapping[FactKey, Any]:
        """What a dry run knows beforehand of the resources foreseen."""
        known: dict[FactKey, Any] = {}
        for resource in self.foreseen:
            target = MemberTarget(resource.id, standing.connection, standing.match_people)
            known[target] = ("id", resource.id, resource.type)
            known[ById(resource.type, resource.id, standing.connection)] = resource
        return known
