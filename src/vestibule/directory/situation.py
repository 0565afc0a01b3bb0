"""What a rule may look at: the facts, on whose behalf, the time, and where new ids come from."""

from __future__ import annotations

from collections.abc import Callable

from vestibule.directory.facts import Facts
from vestibule.directory.request import Standing
from vestibule.scim.checker import Checked, CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import NotOffered


class Situation:
    """One attempt to decide one request."""

    __slots__ = ("connection", "facts", "new_id", "now", "profile", "standing")

    def __init__(self, facts: Facts, standing: Standing, now: str, new_id: Callable[[], str]) -> None:
        self.facts = facts
        self.standing = standing
        self.now = now
        self.new_id = new_id
        self.profile = standing.profile
        self.connection = standing.connection

    def checked(self, type: CompiledType, document: Document) -> Checked:
        """The new document in canonical form; InvalidValue, InvalidSyntax as ``CompiledType.check``."""
        return self.facts.once("checked", lambda: type.check(document, strict=self.standing.strict))

    def resource_type(self, name: str) -> CompiledType:
        """The compiled type; NotOffered (501) where the product has no such thing."""
        profile = self.standing.profile
        found = profile.types.get(name)
        if found is None or (name == "Group" and not profile.teams):
            what = "teams" if name == "Group" else f"resources of the type {name}"
            advice = "Switch group push off for this application." if name == "Group" else ""
            raise NotOffered(
                f"{profile.product.name} has no {what}, so none can be written. {advice}".strip()
            )
        return found
