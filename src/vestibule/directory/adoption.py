"""People who existed in the product before, and how they come to be managed (design: *Adopting*).

The first POST, PUT or PATCH on such a person is the claim. It is granted where the domain of the
address held on the person is proven by the tenant, or where a human approved it; otherwise it is
refused and waits for review. Never duplicated, never taken over unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Never

from vestibule.directory.change import ReviewClosure, ReviewEntry
from vestibule.directory.derived import principal_email
from vestibule.directory.facts import Domains, Reviews
from vestibule.directory.refusal import Refusal
from vestibule.directory.resource import Resource
from vestibule.directory.situation import Situation
from vestibule.scim.document import Document
from vestibule.scim.errors import Forbidden, ScimError, Uniqueness
from vestibule.scim.fold import fold_user_name
from vestibule.scim.frozen import frozen


class Verdict(StrEnum):
    """What is known about taking over one person for one userName."""

    PROVEN = "proven"
    APPROVED = "approved"
    KEPT_APART = "kept apart"
    UNDECIDED = "undecided"


@frozen
class Candidate:
    """A person who existed before, and what is known about taking them over."""

    person: Resource
    verdict: Verdict
    #: Review entries for this userName that wait for an answer.
    open_reviews: tuple[str, ...] = ()


@frozen
class Claim:
    """A person who may be taken over, the rule that allows it, and the reviews that this answers."""

    person: Resource
    rule: str
    reason: str
    closures: tuple[ReviewClosure, ...]


def claim_by_name(
    situation: Situation, people: Sequence[Resource], user_name: str, *, by_user_name: bool
) -> Claim | None:
    """The claim that a POST of ``user_name`` makes on people who existed before.

    None where a human keeps all of them apart and the name itself is free. Refusal (409) where
    it waits for review, or where the name belongs to somebody kept apart.
    """
    candidates = [judged(situation, person, user_name) for person in people]
    approved = [c for c in candidates if c.verdict is Verdict.APPROVED]
    possible = approved or [c for c in candidates if c.verdict is not Verdict.KEPT_APART]
    if not possible:
        if by_user_name:
            raise Refusal(
                Uniqueness(
                    f'The userName "{user_name}" belongs to a person who existed before, and an administrator '
                    "decided to keep the two apart. Give this person another userName, "
                    "or have the administrator link them."
                ),
                "adoption.kept_apart",
                "An administrator decided that the person of this userName is somebody else.",
            )
        return None
    if len(possible) == 1 and possible[0].verdict is not Verdict.UNDECIDED:
        return _claim(situation, possible[0])
    matched = "userName" if by_user_name else "e-mail address"
    _ask(situation, possible, user_name, matched, Uniqueness)


def claim_by_id(situation: Situation, person: Resource, document: Document) -> Claim:
    """The claim that a PUT or PATCH makes on the person it names. Refusal (403) where it waits for review."""
    user_name = str(document.get("userName", ""))
    candidate = judged(situation, person, user_name)
    if candidate.verdict is Verdict.KEPT_APART:
        raise Refusal(
            Forbidden(
                "This person existed before, and an administrator decided to keep them apart from the "
                "identity provider's. Have the administrator link them if that was a mistake."
            ),
            "adoption.kept_apart",
            "An administrator decided that this person is not the identity provider's.",
        )
    if candidate.verdict is Verdict.UNDECIDED:
        _ask(situation, [candidate], user_name, "id", Forbidden)
    return _claim(situation, candidate)


def refuse_delete(situation: Situation, person: Resource, document: Document) -> Never:
    """DELETE never claims: 403, with a review entry where a claim would wait for one."""
    user_name = str(document.get("userName", ""))
    candidate = judged(situation, person, user_name)
    if candidate.verdict is Verdict.UNDECIDED:
        _ask(situation, [candidate], user_name, "id", Forbidden)
    raise Refusal(
        Forbidden(
            "This person existed before and is not managed by an identity provider, so they cannot be "
            "deleted from there. Provision them first, or remove them in the product."
        ),
        "adoption.delete_never_claims",
        "A DELETE never takes over a person who existed before.",
    )


def judged(situation: Situation, person: Resource, user_name: str) -> Candidate:
    """What the tenant's domains and the answers given so far say about that person and that userName."""
    facts = situation.facts
    reviews, domains = Reviews(person.id, situation.connection), Domains()
    facts.demand(reviews, domains)
    asked = fold_user_name(user_name)
    mine = [row for row in facts[reviews] if fold_user_name(row[3]) == asked]
    open_reviews = tuple(id for id, outcome, _, _ in mine if outcome == "open")
    for _, outcome, chosen, _ in mine:
        if outcome == "linked":
            verdict = Verdict.APPROVED if chosen == person.id else Verdict.KEPT_APART
            return Candidate(person, verdict, open_reviews)
        if outcome == "kept_apart" and chosen in ("", person.id):
            return Candidate(person, Verdict.KEPT_APART, open_reviews)
    proven = held_domain(person) in facts[domains]
    return Candidate(person, Verdict.PROVEN if proven else Verdict.UNDECIDED, open_reviews)


def held_domain(person: Resource) -> str:
    """The domain of the address held on the person: the userName if it is one, else the principal e-mail; or ""."""
    document = person.document()
    address = str(document.get("userName", ""))
    if "@" not in address:
        address = principal_email(document.get("emails")) or ""
    return address.rpartition("@")[2].strip().rstrip(".").casefold() if "@" in address else ""


def _claim(situation: Situation, candidate: Candidate) -> Claim:
    if candidate.verdict is Verdict.APPROVED:
        rule, reason = "adoption.approved", "An administrator linked this person who existed before."
    else:
        rule = "adoption.proven_domain"
        reason = (
            "The person existed before, and the domain of the address held on them is proven by the tenant."
        )
    person = candidate.person
    closures = tuple(ReviewClosure(id, "linked", situation.now, person.id) for id in candidate.open_reviews)
    return Claim(person, rule, reason, closures)


def _ask(
    situation: Situation,
    candidates: Sequence[Candidate],
    user_name: str,
    matched_by: str,
    error: type[ScimError],
) -> Never:
    """Refuse for now, with a review entry: the open one refreshed, or a new one."""
    waiting = [id for candidate in candidates for id in candidate.open_reviews]
    review_id = waiting[0] if waiting else situation.new_id()
    if len(candidates) > 1:
        rule = "adoption.several_candidates"
        reason = f"{len(candidates)} people who existed before may be meant; a human has to say which."
        sentence = f"{len(candidates)} people who existed in the product before may be the one meant"
    else:
        rule = "adoption.domain_not_proven"
        reason = "The person existed before, and the domain of the address held on them is not proven."
        sentence = (
            "This person existed in the product before, and the domain of the address held on them is not "
            "proven by this tenant"
        )
    url = f"{situation.standing.public_url}/reviews/{review_id}"
    entry = ReviewEntry(
        review_id,
        user_name,
        tuple(candidate.person.id for candidate in candidates),
        situation.connection,
        reason,
        situation.now,
        _evidence(situation, candidates, matched_by),
    )
    raise Refusal(
        error(
            f"{sentence}. It is waiting for review at {url} ; once an administrator of the product has linked "
            "them, retry the task."
        ),
        rule,
        reason,
        (entry,),
    )


def _evidence(situation: Situation, candidates: Sequence[Candidate], matched_by: str) -> Mapping[str, Any]:
    return {
        "matched_by": matched_by,
        "domains_held": [held_domain(candidate.person) for candidate in candidates],
        "domains_proven": sorted(situation.facts[Domains()]),
        "request": situation.standing.request_id,
    }
