"""Review: accounts that existed before, with the evidence for a match; link, keep apart, one or many."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from vestibule.directory.facts import ById
from vestibule.directory.request import KeepApart, Link, Request
from vestibule.directory.resource import Resource
from vestibule.directory.story import Review
from vestibule.refused import Refused
from vestibule.scim.errors import ScimError
from vestibule.tenancy.domains import add_domain
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.pages.people import name_of, state_of
from vestibule.web.console.receiving.tenant_visit import TenantVisit

_MOST_AT_ONCE = 500

DONE = {
    "linked": message(
        "Linked. The next try of the identity provider succeeds; in Okta: Dashboard, Tasks, Retry Selected."
    ),
    "apart": message("Kept apart: whoever existed before stays untouched."),
    "domain": message("The domain is noted as proven: whoever existed under it is linked by the next try."),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who existed before and may be meant."""

    id: str
    name: str
    user_name: str
    state: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A review entry with the people it may mean."""

    review: Review
    candidates: tuple[Candidate, ...]
    matched_by: str
    held: tuple[str, ...]
    proven: tuple[str, ...]
    request: str


async def _review(visit: TenantVisit) -> Response:
    return await _shown(visit)


async def _shown(visit: TenantVisit, status: int = 200, fault: str = "") -> Response:
    closed = visit.query("show") == "all"
    reviews = await visit.premises.log.reviews(visit.tenant.id, closed=closed)
    pointed = visit.query("entry", 64)
    if pointed:
        reviews = [
            one for one in await visit.premises.log.reviews(visit.tenant.id, closed=True) if one.id == pointed
        ]
    return visit.show(
        "review.html",
        status,
        entries=[await _entry(visit, review) for review in reviews[:200]],
        total=len(reviews),
        closed=closed,
        pointed=pointed,
        fault=fault,
        sentences=DONE,
        domains=await visit.premises.tenancy.domains(visit.tenant.id),
    )


async def _entry(visit: TenantVisit, review: Review) -> Entry:
    keys = [ById("User", id, review.connection) for id in review.candidates]
    facts = await visit.premises.directory.facts(visit.tenant.id, keys)
    evidence = dict(review.evidence or {})
    people: list[Resource] = [facts[key] for key in keys if facts[key] is not None]
    return Entry(
        review,
        tuple(
            Candidate(
                one.id, name_of(one.document()), str(one.document().get("userName") or ""), state_of(one)
            )
            for one in people
        ),
        str(evidence.get("matched_by") or ""),
        tuple(evidence.get("domains_held") or ()),
        tuple(evidence.get("domains_proven") or ()),
        str(evidence.get("request") or ""),
    )


async def _answer(visit: TenantVisit) -> Response:
    """Link or keep apart what was chosen: ``entry`` values are REVIEW or REVIEW:PERSON."""
    chosen = visit.form.every("entry")[:_MOST_AT_ONCE]
    links = visit.form.line("answer") == "link"
    reviews = {one.id: one for one in await visit.premises.log.reviews(visit.tenant.id, closed=True)}
    if not chosen:
        return await _shown(visit, 422, visit.say("Choose at least one of them."))
    faults = []
    for word in chosen:
        id, _, person = word.partition(":")
        review = reviews.get(id)
        if review is None or (person and person not in review.candidates):
            raise nothing_there()
        request = _request(review, person, links)
        if request is None:
            faults.append(
                visit.say("{name}: several people may be meant. Choose one of them.", name=review.user_name)
            )
            continue
        try:
            await visit.room.carry_out(request, review.connection)
        except ScimError as refusal:
            faults.append(f"{review.user_name}: {refusal.detail}")
    if faults:
        return await _shown(visit, 409, " ".join(faults[:10]))
    return visit.go(visit.below("/people/review"), "linked" if links else "apart")


def _request(review: Review, person: str, links: bool) -> Request | None:
    if not links:
        return (
            KeepApart(review.id, person)
            if person
            else KeepApart(review.id, review.candidates[0], from_all=True)
        )
    if not person and len(review.candidates) != 1:
        return None
    return Link(review.id, person or review.candidates[0])


async def _prove(visit: TenantVisit) -> Response:
    """An operator notes that a domain is proven; administrators ask for it."""
    if not visit.administrator.is_operator:
        raise nothing_there()
    try:
        await add_domain(visit.room.desk, visit.tenant, visit.form.line("domain"))
    except Refused as refusal:
        return await _shown(visit, 422, str(refusal))
    return visit.go(visit.below("/people/review"), "domain")


PAGES = (
    Page("/people/review", shows=_review, does=_answer),
    Page("/people/review/domain", does=_prove),
)
