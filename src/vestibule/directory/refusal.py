"""A request that is refused: the error for the client, and the rule and reason for the story.

``reason`` stands outside the erasable payloads, so it names attributes and rules, never a value.
"""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.change import Answer, AuditEntry, Change, Explanation, ReviewEntry
from vestibule.directory.situation import Situation
from vestibule.scim.errors import Forbidden, ScimError


class Refusal(Exception):
    """Raised by a rule and turned into a Change by ``decide`` alone; ``reviews`` are committed all the same."""

    def __init__(self, error: ScimError, rule: str, reason: str, reviews: Sequence[ReviewEntry] = ()) -> None:
        super().__init__(reason)
        self.error = error
        self.rule = rule
        self.reason = reason
        self.reviews = tuple(reviews)


def refused(situation: Situation, refusal: Refusal) -> Change:
    """The Change of a refusal: nothing but its review entries and the tolerance counts of the dialect."""
    standing = situation.standing
    audit = None
    if refusal.reviews:
        entry = refusal.reviews[0]
        audit = AuditEntry(
            standing.actor, "review.asked", "User", entry.candidates[0], {"userName": entry.user_name}
        )
    return Change(
        Answer(refusal.error.status, error=refusal.error),
        Explanation(refusal.rule, refusal.reason, standing.notes),
        reviews=refusal.reviews,
        audit=audit,
        tolerances=standing.tolerances,
    )


NOT_ADMITTED = "not_admitted"


def not_admitted(reason: str) -> Refusal:
    """The product itself does not want this person (admission hook); its reason is told as it is."""
    return Refusal(Forbidden(reason), NOT_ADMITTED, "The product's admission hook refused.")


def by_protocol(error: ScimError) -> Refusal:
    """The refusal that the protocol itself asks for: schema, path, value."""
    word = error.scim_type or type(error).__name__
    return Refusal(error, f"protocol.{word}", _PROTOCOL.get(word, "The request is not valid SCIM."))


_PROTOCOL = {
    "invalidValue": "A value is missing or not allowed by the schema.",
    "invalidSyntax": "The body is not what the message's schema asks for.",
    "invalidPath": "A path names nothing in the schema.",
    "invalidFilter": "A filter does not fit the schema.",
    "noTarget": "A path finds nothing to work on.",
    "mutability": "An attribute that clients cannot change was to be changed.",
    "CircularReference": "Operations of a bulk request name each other in a circle.",
    "NotFound": "There is no such resource.",
    "NotOffered": "The product does not offer this.",
}
