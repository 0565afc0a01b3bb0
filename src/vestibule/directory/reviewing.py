"""Reviews answered by hand: which one is meant, which candidate, and the request that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.directory.facts import ById
from vestibule.directory.request import KeepApart, Link
from vestibule.directory.resource import Resource
from vestibule.directory.store import DirectoryStore
from vestibule.directory.story import DirectoryLog, Review
from vestibule.refused import Refused


class ReviewRefused(Refused):
    """It is not clear which candidate of a review is meant."""

    status = 409


class UnknownReview(ReviewRefused):
    """The tenant has no review of that id."""

    status = 404


async def review_of(log: DirectoryLog, tenant: int, id: str, slug: str) -> Review:
    """The review of that id; the last part of the link in the refusal is understood too. ``UnknownReview``."""
    wanted = id.rstrip("/").rpartition("/")[2]
    for review in await log.reviews(tenant, closed=True):
        if review.id == wanted:
            return review
    raise UnknownReview(
        f"There is no review {wanted!r} in tenant {slug!r}.",
        f"`vestibule review list {slug}` shows who waits.",
    )


async def candidates_of(store: DirectoryStore, tenant: int, review: Review) -> Sequence[Resource]:
    """The people who existed before that it may mean, as far as they are still there."""
    keys = [ById("User", id, review.connection) for id in review.candidates]
    facts = await store.facts(tenant, keys)
    return [facts[key] for key in keys if facts[key] is not None]


def link_request(review: Review, candidates: Sequence[Resource], person: str | None) -> Link:
    """What says that the person asked for is that candidate (the only one, where none is named). ``ReviewRefused``."""
    chosen = _chosen(review, candidates, person)
    if chosen is None:
        raise ReviewRefused(
            f"The review {review.id} has {len(review.candidates)} candidates, and one person is meant. Name them: "
            f"{', '.join(one.user_name or one.id for one in candidates)}.",
            "It is done with --person.",
        )
    return Link(review.id, chosen.id)


def keep_apart_request(review: Review, candidates: Sequence[Resource], person: str | None) -> KeepApart:
    """What says that they are different people: from that candidate, or from all. ``ReviewRefused``."""
    chosen = _chosen(review, candidates, person)
    if chosen is not None:
        return KeepApart(review.id, chosen.id)
    return KeepApart(review.id, review.candidates[0], from_all=True)


def told_review(review: Review, candidates: Sequence[Resource], connection: str | None) -> dict[str, Any]:
    """A review as it is told: who asked for whom, who may be meant, why nobody knows, and the answer."""
    known = {person.id: person for person in candidates}
    evidence = dict(review.evidence or {})
    return {
        "id": review.id,
        "userName": review.user_name,
        "candidates": [_told(id, known.get(id)) for id in review.candidates],
        "reason": review.reason,
        "matchedBy": evidence.get("matched_by"),
        "domainsHeld": evidence.get("domains_held", []),
        "domainsProven": evidence.get("domains_proven", []),
        "request": evidence.get("request"),
        "connection": connection,
        "askedAt": review.asked_at,
        "outcome": review.outcome,
        "closedAt": review.closed_at,
        "person": review.user_id or None,
    }


def _chosen(review: Review, candidates: Sequence[Resource], word: str | None) -> Resource | None:
    """The candidate meant: the one named, or the only one; None where there are several and none is named."""
    if word is None:
        return candidates[0] if len(review.candidates) == 1 and candidates else None
    wanted = word.casefold()
    for candidate in candidates:
        if wanted in (candidate.id, candidate.user_name, candidate.email):
            return candidate
    listed = ", ".join(candidate.user_name or candidate.id for candidate in candidates)
    raise ReviewRefused(f"{word!r} is no candidate of the review {review.id}; these are: {listed}.")


def _told(id: str, person: Resource | None) -> dict[str, Any]:
    document = person.document() if person else {}
    return {
        "id": id,
        "userName": document.get("userName"),
        "email": person.email if person else None,
        "displayName": document.get("displayName"),
        "state": person.state.value if person else None,
    }
