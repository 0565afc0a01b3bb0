"""A product, as a declaration."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class PlanShown:
    """A plan of the product."""

    name: str
    label: str
    #: Whether it includes user provisioning.
    provisioning: bool


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """A profile in a list."""

    name: str
    product: str
    version: int
    plans: list[PlanShown]
    #: In the database, and not (only) built in.
    kept: bool
    #: What a new tenant takes where none is named.
    default: bool


@dataclass(frozen=True, slots=True)
class ProfileRole:
    """A role of the product."""

    name: str
    rights: list[str]
    default: bool


@dataclass(frozen=True, slots=True)
class ProfileShown:
    """What a profile declares."""

    name: str
    product: str
    version: int
    plans: list[PlanShown]
    default_plan: str
    roles: list[ProfileRole]
    role_sources: list[str]
    teams: bool
    address: str
    sso_first: str
    user_name: str
    delete: str
    required: list[str]
    types: list[str]
    #: The rows of the attribute table.
    attributes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class CheckExample:
    """A resource that does not fit."""

    id: str
    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """An attribute that does not fit, or would be hidden."""

    type: str
    path: str
    hides: bool
    count: int
    examples: list[CheckExample]


@dataclass(frozen=True, slots=True)
class ProfileChecked:
    """Whom a profile would not fit. Nothing was changed."""

    tenant: str
    profile: str
    version: int
    #: How many were looked at, by type.
    resources: dict[str, int]
    unfit: int
    findings: list[CheckFinding]
    unmapped_required: list[str]


class Profiles:
    """A product, as a declaration."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, *, count: int = 100) -> Iterator[ProfileSummary]:
        """Every profile a tenant can have, with its plans."""
        return self._carrier.items(Ask("GET", "/profiles", page_of(ProfileSummary), query={"count": count}))

    def keep(self, *, text: str, accept: bool = False, idempotency_key: str | None = None) -> ProfileShown:
        """Copy a profile into the database; its name means it from now on, for every tenant that has it.

        Refused where people would not fit it any more, unless that is accepted.
        """
        answer: ProfileShown = self._carrier.call(
            Ask(
                "PUT",
                "/profiles",
                ProfileShown,
                body={"text": text, "accept": accept},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def show(self, name: str) -> ProfileShown:
        """What a profile declares, with its attribute table."""
        answer: ProfileShown = self._carrier.call(
            Ask("GET", "/profiles/{name}", ProfileShown, path_values={"name": name})
        )
        return answer

    def set_default(self, *, profile: str, idempotency_key: str | None = None) -> ProfileShown:
        """What a new tenant takes where no profile is named."""
        answer: ProfileShown = self._carrier.call(
            Ask(
                "PUT",
                "/default-profile",
                ProfileShown,
                body={"profile": profile},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def check(
        self,
        tenant: str,
        *,
        profile: str | None = None,
        text: str | None = None,
        idempotency_key: str | None = None,
    ) -> ProfileChecked:
        """Say whom of a tenant a profile does not fit, with counts and examples. Nothing is changed."""
        answer: ProfileChecked = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/profile/check",
                ProfileChecked,
                path_values={"tenant": tenant},
                body={"profile": profile, "text": text},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncProfiles:
    """A product, as a declaration."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, *, count: int = 100) -> AsyncIterator[ProfileSummary]:
        """Every profile a tenant can have, with its plans."""
        return self._carrier.items(Ask("GET", "/profiles", page_of(ProfileSummary), query={"count": count}))

    async def keep(
        self, *, text: str, accept: bool = False, idempotency_key: str | None = None
    ) -> ProfileShown:
        """Copy a profile into the database; its name means it from now on, for every tenant that has it.

        Refused where people would not fit it any more, unless that is accepted.
        """
        answer: ProfileShown = await self._carrier.call(
            Ask(
                "PUT",
                "/profiles",
                ProfileShown,
                body={"text": text, "accept": accept},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def show(self, name: str) -> ProfileShown:
        """What a profile declares, with its attribute table."""
        answer: ProfileShown = await self._carrier.call(
            Ask("GET", "/profiles/{name}", ProfileShown, path_values={"name": name})
        )
        return answer

    async def set_default(self, *, profile: str, idempotency_key: str | None = None) -> ProfileShown:
        """What a new tenant takes where no profile is named."""
        answer: ProfileShown = await self._carrier.call(
            Ask(
                "PUT",
                "/default-profile",
                ProfileShown,
                body={"profile": profile},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def check(
        self,
        tenant: str,
        *,
        profile: str | None = None,
        text: str | None = None,
        idempotency_key: str | None = None,
    ) -> ProfileChecked:
        """Say whom of a tenant a profile does not fit, with counts and examples. Nothing is changed."""
        answer: ProfileChecked = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/profile/check",
                ProfileChecked,
                path_values={"tenant": tenant},
                body={"profile": profile, "text": text},
                idempotency_key=idempotency_key,
            )
        )
        return answer
