"""Whom identity providers sent, and those who existed before."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of

State = Literal["managed", "unclaimed", "tombstone"]


Access = Literal["granted", "ended", "held"]


@dataclass(frozen=True, slots=True)
class PersonShown:
    """A person: what the identity provider said, and what the product applies."""

    id: str
    user_name: str | None
    #: The primary work address.
    email: str | None
    #: managed by an identity provider; unclaimed; tombstone: deleted.
    state: State
    #: What the identity provider said.
    active: bool
    #: What the product applies.
    access: Access
    role: str | None
    #: The connection that manages them.
    managed_by: str | None
    version: int
    #: The SCIM resource, as its identity provider gets it.
    resource: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A group that names somebody of this person's id, userName or externalId as a member, not resolved yet."""

    group: str
    value: str


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """A person with the reason of the role, and what waits for them."""

    person: PersonShown
    #: What was sent, which rule decided, what was ignored, and why.
    role_explanation: dict[str, Any] | None
    unresolved_in: list[Unresolved]
    open_reviews: list[str]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened: a request with its events, an event, or what was done by hand."""

    #: request, event or operator.
    kind: str
    at: str
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ErasurePreview:
    """What erasing a person would do."""

    id: str
    #: What has to be said to erase them: their userName.
    name: str
    #: The attributes that are kept of them.
    attributes: list[str]
    #: How many of what would go.
    goes: dict[str, int]
    #: Ids under which they were here before and were deleted: erased with them.
    earlier: list[str]
    #: What stays, in words.
    stays: list[str]
    #: An identity provider manages them still, and its next request makes them anew.
    comes_back: bool
    was_erased: bool
    #: Erased: so many entries about others were looked through; null once they all were, or before.
    looked_through: int | None
    #: Of so many.
    to_look_through: int | None


class People:
    """Whom identity providers sent, and those who existed before."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(
        self, tenant: str, *, filter: str | None = None, unclaimed: bool = False, count: int = 100
    ) -> Iterator[PersonShown]:
        """The people of a tenant in order of creation, those that a SCIM filter fits."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/people",
                page_of(PersonShown),
                path_values={"tenant": tenant},
                query={"filter": filter, "unclaimed": unclaimed, "count": count},
            )
        )

    def show(self, tenant: str, id: str) -> PersonDetails:
        """One person, deleted ones too. The ETag is what If-Match of a change names."""
        answer: PersonDetails = self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/people/{id}",
                PersonDetails,
                path_values={"tenant": tenant, "id": id},
            )
        )
        return answer

    def timeline(self, tenant: str, id: str) -> Sequence[TimelineEntry]:
        """All that happened to a person, oldest first: requests with their events, and what was done by hand."""
        answer: list[TimelineEntry] = self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/people/{id}/timeline",
                list[TimelineEntry],
                path_values={"tenant": tenant, "id": id},
            )
        )
        return answer

    def deactivate(
        self, tenant: str, id: str, *, if_match: object = None, idempotency_key: str | None = None
    ) -> PersonShown:
        """End a person's access, as if their identity provider had said `active=false`.

        The identity provider is not told: if it sends `active=true` later, they are active again.
        """
        answer: PersonShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/people/{id}/deactivate",
                PersonShown,
                path_values={"tenant": tenant, "id": id},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def reactivate(
        self, tenant: str, id: str, *, if_match: object = None, idempotency_key: str | None = None
    ) -> PersonShown:
        """Give a person who is inactive their access back."""
        answer: PersonShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/people/{id}/reactivate",
                PersonShown,
                path_values={"tenant": tenant, "id": id},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def restore(
        self, tenant: str, id: str, *, if_match: object = None, idempotency_key: str | None = None
    ) -> PersonShown:
        """Bring a deleted person back under the same id, with their data, where the profile keeps them so."""
        answer: PersonShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/people/{id}/restore",
                PersonShown,
                path_values={"tenant": tenant, "id": id},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def preview_erasure(self, tenant: str, id: str) -> ErasurePreview:
        """What erasing a person would take away, and what would stay. Nothing is changed."""
        answer: ErasurePreview = self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/people/{id}/erasure",
                ErasurePreview,
                path_values={"tenant": tenant, "id": id},
            )
        )
        return answer

    def erase(self, tenant: str, id: str, *, name: str, idempotency_key: str | None = None) -> None:
        """Erase a person: nothing personal of them stays, in no log either. It cannot be undone.

        What is kept of themselves is gone with the answer; what others' entries say of them is looked for
        within some seconds afterwards. Whoever follows the log is told by `user.erased`.
        """
        self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/people/{id}/erase",
                None,
                path_values={"tenant": tenant, "id": id},
                body={"name": name},
                idempotency_key=idempotency_key,
            )
        )


class AsyncPeople:
    """Whom identity providers sent, and those who existed before."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(
        self, tenant: str, *, filter: str | None = None, unclaimed: bool = False, count: int = 100
    ) -> AsyncIterator[PersonShown]:
        """The people of a tenant in order of creation, those that a SCIM filter fits."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/people",
                page_of(PersonShown),
                path_values={"tenant": tenant},
                query={"filter": filter, "unclaimed": unclaimed, "count": count},
            )
        )

    async def show(self, tenant: str, id: str) -> PersonDetails:
        """One person, deleted ones too. The ETag is what If-Match of a change names."""
        answer: PersonDetails = await self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/people/{id}",
                PersonDetails,
                path_values={"tenant": tenant, "id": id},
            )
        )
        return answer

    async def timeline(self, tenant: str, id: str) -> Sequence[TimelineEntry]:
        """All that happened to a person, oldest first: requests with their events, and what was done by hand."""
        answer: list[TimelineEntry] = await self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/people/{id}/timeline",
                list[TimelineEntry],
                path_values={"tenant": tenant, "id": id},
            )
        )
        return answer

    async def deactivate(
        self, tenant: str, id: str, *, if_match: object = None, idempotency_key: str | None = None
    ) -> PersonShown:
        """End a person's access, as if their identity provider had said `active=false`.

        The identity provider is not told: if it sends `active=true` later, they are active again.
        """
        answer: PersonShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/people/{id}/deactivate",
                PersonShown,
                path_values={"tenant": tenant, "id": id},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def reactivate(
        self, tenant: str, id: str, *, if_match: object = None, idempotency_key: str | None = None
    ) -> PersonShown:
        """Give a person who is inactive their access back."""
        answer: PersonShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/people/{id}/reactivate",
                PersonShown,
                path_values={"tenant": tenant, "id": id},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def restore(
        self, tenant: str, id: str, *, if_match: object = None, idempotency_key: str | None = None
    ) -> PersonShown:
        """Bring a deleted person back under the same id, with their data, where the profile keeps them so."""
        answer: PersonShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/people/{id}/restore",
                PersonShown,
                path_values={"tenant": tenant, "id": id},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def preview_erasure(self, tenant: str, id: str) -> ErasurePreview:
        """What erasing a person would take away, and what would stay. Nothing is changed."""
        answer: ErasurePreview = await self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/people/{id}/erasure",
                ErasurePreview,
                path_values={"tenant": tenant, "id": id},
            )
        )
        return answer

    async def erase(self, tenant: str, id: str, *, name: str, idempotency_key: str | None = None) -> None:
        """Erase a person: nothing personal of them stays, in no log either. It cannot be undone.

        What is kept of themselves is gone with the answer; what others' entries say of them is looked for
        within some seconds afterwards. Whoever follows the log is told by `user.erased`.
        """
        await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/people/{id}/erase",
                None,
                path_values={"tenant": tenant, "id": id},
                body={"name": name},
                idempotency_key=idempotency_key,
            )
        )
