"""What an administrator answers to a review entry: link, or keep apart."""

from __future__ import annotations

from vestibule.directory.change import Answer, AuditEntry, Change, Explanation, ReviewClosure
from vestibule.directory.facts import ById, Reviews
from vestibule.directory.refusal import Refusal
from vestibule.directory.request import KeepApart, Link
from vestibule.directory.resource import State
from vestibule.directory.situation import Situation
from vestibule.scim.errors import NotFound, Uniqueness


def answer_review(situation: Situation, request: Link | KeepApart) -> Change:
    """The entry answered; the claim itself is the identity provider's next try.

    An answer can be changed until the person is claimed. NotFound for an entry that does not
    name the person, Uniqueness (409) once they are managed.
    """
    outcome = "linked" if isinstance(request, Link) else "kept_apart"
    meant = "" if isinstance(request, KeepApart) and request.from_all else request.user_id
    person_key = ById("User", request.user_id, situation.connection)
    reviews_key = Reviews(request.user_id, situation.connection)
    situation.facts.demand(person_key, reviews_key)
    entry = next((row for row in situation.facts[reviews_key] if row[0] == request.review_id), None)
    person = situation.facts[person_key]
    if entry is None or person is None:
        raise Refusal(
            NotFound(f"There is no review {request.review_id} about the person {request.user_id}."),
            "review.unknown",
            "No review entry of that id names that person.",
        )
    if (entry[1], entry[2]) == (outcome, meant):
        return Change(Answer(200), Explanation("review.unchanged", "The entry had this answer already."))
    if person.state is not State.UNCLAIMED:
        raise Refusal(
            Uniqueness(
                f"The person {request.user_id} is managed already, so the review {request.review_id} is moot."
            ),
            "review.moot",
            "The person is managed already.",
        )
    reason = (
        "An administrator linked the person; the next try of the identity provider claims them."
        if outcome == "linked"
        else "An administrator keeps the two people apart."
    )
    return Change(
        Answer(200),
        Explanation(f"review.{outcome}", reason),
        closures=(ReviewClosure(request.review_id, outcome, situation.now, meant),),
        audit=AuditEntry(
            situation.standing.actor,
            f"review.{outcome}",
            "User",
            request.user_id,
            {"userName": person.document().get("userName"), "asked": entry[3]},
        ),
    )
