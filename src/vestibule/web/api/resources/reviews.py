"""Reviews: people who existed before, and wait for somebody to say *link* or *keep apart*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from vestibule.directory.request import Request
from vestibule.directory.reviewing import (
    ReviewRefused,
    UnknownReview,
    candidates_of,
    keep_apart_request,
    link_request,
    review_of,
    told_review,
)
from vestibule.directory.story import Review
from vestibule.scim.errors import Forbidden, NotFound, Uniqueness
from vestibule.tenancy.errors import UnknownTenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.api.parameters import ResourceId, Slug
from vestibule.web.api.rooms import room_of
from vestibule.web.tenant_room import TenantRoom

RESOURCE = Resource(
    "reviews", "Reviews", "Whether a person asked for is one who existed before: a human says."
)


@message
class Candidate:
    """Somebody who existed before and may be meant."""

    id: str
    user_name: str | None
    email: str | None
    display_name: str | None
    state: str | None


@message
class ReviewShown:
    """Who was asked for, who may be meant, why nobody knows, and the answer."""

    id: str
    user_name: Annotated[str, Field(description="Whom the identity provider asked for.")]
    candidates: list[Candidate]
    reason: str
    matched_by: str | None
    domains_held: list[str]
    domains_proven: list[str]
    request: Annotated[str | None, Field(description="The request that asked.")]
    connection: str | None
    asked_at: str
    outcome: Annotated[str, Field(description="open, linked or kept_apart.")]
    closed_at: str | None
    person: Annotated[str | None, Field(description="The id of whom the answer meant.")]


@message
class Answered:
    """The answer to a review."""

    person: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=512,
            description="Which candidate, where there are several: id, userName or e-mail.",
        ),
    ] = None


_ANSWER = (UnknownTenant, UnknownReview, ReviewRefused, Forbidden, NotFound, Uniqueness)


@RESOURCE.get("/tenants/{tenant}/reviews", name="list", scope="people:read", raises=(UnknownTenant,))
async def list_reviews(
    call: Call,
    tenant: Slug,
    closed: Annotated[bool, Field(description="Those that were answered too.")] = False,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[ReviewShown]:
    """Who waits for review in a tenant, oldest first."""
    room = await room_of(call, tenant)
    reviews = await room.log.reviews(room.tenant.id, closed=closed)
    place = await call.places(room.tenant.id, closed)
    page = page_by_key(reviews, lambda one: f"{one.asked_at} {one.id}", count, place, cursor)
    return Page([await _shown(room, review) for review in page.items], page.next)


@RESOURCE.post("/tenants/{tenant}/reviews/{id}/link", name="link", scope="people:write", raises=_ANSWER)
async def link(call: Call, tenant: Slug, id: ResourceId, body: Answered) -> ReviewShown:
    """Say that the person asked for is the one who existed before; the identity provider's next try links them."""
    return await _answered(call, tenant, id, lambda review, known: link_request(review, known, body.person))


@RESOURCE.post(
    "/tenants/{tenant}/reviews/{id}/keep-apart", name="keep_apart", scope="people:write", raises=_ANSWER
)
async def keep_apart(call: Call, tenant: Slug, id: ResourceId, body: Answered) -> ReviewShown:
    """Say that these are different people: whoever existed before stays untouched."""
    return await _answered(
        call, tenant, id, lambda review, known: keep_apart_request(review, known, body.person)
    )


async def _answered(call: Call, slug: str, id: str, answer: Callable[[Review, Any], Request]) -> ReviewShown:
    room = await room_of(call, slug)
    review = await review_of(room.log, room.tenant.id, id, slug)
    known = await candidates_of(room.directory, room.tenant.id, review)
    request = answer(review, known)
    call.about("User", getattr(request, "user_id", ""))
    await room.carry_out(request, review.connection)
    return await _shown(room, await review_of(room.log, room.tenant.id, id, slug))


async def _shown(room: TenantRoom, review: Review) -> ReviewShown:
    known = await candidates_of(room.directory, room.tenant.id, review)
    told = told_review(review, known, room.connection_name(review.connection))
    candidates = [
        Candidate(
            id=one["id"],
            user_name=one["userName"],
            email=one["email"],
            display_name=one["displayName"],
            state=one["state"],
        )
        for one in told["candidates"]
    ]
    return ReviewShown(
        id=review.id,
        user_name=review.user_name,
        candidates=candidates,
        reason=review.reason,
        matched_by=told["matchedBy"],
        domains_held=list(told["domainsHeld"]),
        domains_proven=list(told["domainsProven"]),
        request=told["request"],
        connection=told["connection"],
        asked_at=review.asked_at,
        outcome=review.outcome,
        closed_at=review.closed_at,
        person=review.user_id or None,
    )
