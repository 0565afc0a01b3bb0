"""One directory each, kept apart from all others."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Literal

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of

Provisioning = Literal["draft", "on", "paused"]


@dataclass(frozen=True, slots=True)
class TenantShown:
    """A tenant as it is set up."""

    slug: str
    name: str
    #: The customer account that it belongs to.
    account: str
    #: The application profile: which product it is of.
    profile: str
    plan: str
    provisioning: Provisioning
    suspended: bool
    sso_confirmed: bool
    #: Advances with every change; the ETag.
    settings_version: int
    created: str


@dataclass(frozen=True, slots=True)
class SeatsShown:
    """The seats of a tenant's plan."""

    plan: str
    #: So many active people at most; null for as many as come.
    seats: int | None
    #: Active people whom an identity provider manages. May be more, where the plan came to have fewer:
    #: nobody loses a seat by that.
    taken: int


class Tenants:
    """One directory each, kept apart from all others."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def confirm_sign_on(
        self, tenant: str, *, confirmed: bool, if_match: object = None, idempotency_key: str | None = None
    ) -> TenantShown:
        """Confirm that sign-on is set up, or take that back."""
        answer: TenantShown = self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/sign-on",
                TenantShown,
                path_values={"tenant": tenant},
                body={"confirmed": confirmed},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def list(self, *, count: int = 100) -> Iterator[TenantShown]:
        """The tenants that the token may see, by slug."""
        return self._carrier.items(Ask("GET", "/tenants", page_of(TenantShown), query={"count": count}))

    def create(
        self,
        *,
        name: str,
        slug: str | None = None,
        account: str | None = None,
        plan: str | None = None,
        profile: str | None = None,
        idempotency_key: str | None = None,
    ) -> TenantShown:
        """Make a tenant, in draft.

        A token that is bound to an account makes tenants of that account.
        """
        answer: TenantShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants",
                TenantShown,
                body={"name": name, "slug": slug, "account": account, "plan": plan, "profile": profile},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def show(self, tenant: str) -> TenantShown:
        """One tenant. Its ETag is what If-Match of a change names."""
        answer: TenantShown = self._carrier.call(
            Ask("GET", "/tenants/{tenant}", TenantShown, path_values={"tenant": tenant})
        )
        return answer

    def seats(self, tenant: str) -> SeatsShown:
        """How many seats the tenant's plan has, and how many are taken."""
        answer: SeatsShown = self._carrier.call(
            Ask("GET", "/tenants/{tenant}/seats", SeatsShown, path_values={"tenant": tenant})
        )
        return answer

    def set_plan(
        self, tenant: str, *, plan: str, if_match: object = None, idempotency_key: str | None = None
    ) -> TenantShown:
        """Put a tenant on another plan, from the next request on.

        If-Match names the version that was read; where another one is there by now, nothing is changed.
        """
        answer: TenantShown = self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/plan",
                TenantShown,
                path_values={"tenant": tenant},
                body={"plan": plan},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def set_provisioning(
        self,
        tenant: str,
        *,
        provisioning: Provisioning,
        if_match: object = None,
        idempotency_key: str | None = None,
    ) -> TenantShown:
        """Switch provisioning on, pause it, or put it back to draft.

        On is refused where plan or sign-on would keep everybody out.
        """
        answer: TenantShown = self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/provisioning",
                TenantShown,
                path_values={"tenant": tenant},
                body={"provisioning": provisioning},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def set_suspended(
        self, tenant: str, *, suspended: bool, if_match: object = None, idempotency_key: str | None = None
    ) -> TenantShown:
        """Suspend a tenant, or end its suspension. Meanwhile every access token of it is refused."""
        answer: TenantShown = self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/suspension",
                TenantShown,
                path_values={"tenant": tenant},
                body={"suspended": suspended},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def set_profile(
        self,
        tenant: str,
        *,
        profile: str,
        accept: bool = False,
        if_match: object = None,
        idempotency_key: str | None = None,
    ) -> TenantShown:
        """Make a tenant one of another product.

        Its plan becomes that product's default where the product has none of its name. Refused where people
        would not fit, unless that is accepted; `profiles.check` tells whom.
        """
        answer: TenantShown = self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/profile",
                TenantShown,
                path_values={"tenant": tenant},
                body={"profile": profile, "accept": accept},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncTenants:
    """One directory each, kept apart from all others."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    async def confirm_sign_on(
        self, tenant: str, *, confirmed: bool, if_match: object = None, idempotency_key: str | None = None
    ) -> TenantShown:
        """Confirm that sign-on is set up, or take that back."""
        answer: TenantShown = await self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/sign-on",
                TenantShown,
                path_values={"tenant": tenant},
                body={"confirmed": confirmed},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def list(self, *, count: int = 100) -> AsyncIterator[TenantShown]:
        """The tenants that the token may see, by slug."""
        return self._carrier.items(Ask("GET", "/tenants", page_of(TenantShown), query={"count": count}))

    async def create(
        self,
        *,
        name: str,
        slug: str | None = None,
        account: str | None = None,
        plan: str | None = None,
        profile: str | None = None,
        idempotency_key: str | None = None,
    ) -> TenantShown:
        """Make a tenant, in draft.

        A token that is bound to an account makes tenants of that account.
        """
        answer: TenantShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants",
                TenantShown,
                body={"name": name, "slug": slug, "account": account, "plan": plan, "profile": profile},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def show(self, tenant: str) -> TenantShown:
        """One tenant. Its ETag is what If-Match of a change names."""
        answer: TenantShown = await self._carrier.call(
            Ask("GET", "/tenants/{tenant}", TenantShown, path_values={"tenant": tenant})
        )
        return answer

    async def seats(self, tenant: str) -> SeatsShown:
        """How many seats the tenant's plan has, and how many are taken."""
        answer: SeatsShown = await self._carrier.call(
            Ask("GET", "/tenants/{tenant}/seats", SeatsShown, path_values={"tenant": tenant})
        )
        return answer

    async def set_plan(
        self, tenant: str, *, plan: str, if_match: object = None, idempotency_key: str | None = None
    ) -> TenantShown:
        """Put a tenant on another plan, from the next request on.

        If-Match names the version that was read; where another one is there by now, nothing is changed.
        """
        answer: TenantShown = await self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/plan",
                TenantShown,
                path_values={"tenant": tenant},
                body={"plan": plan},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def set_provisioning(
        self,
        tenant: str,
        *,
        provisioning: Provisioning,
        if_match: object = None,
        idempotency_key: str | None = None,
    ) -> TenantShown:
        """Switch provisioning on, pause it, or put it back to draft.

        On is refused where plan or sign-on would keep everybody out.
        """
        answer: TenantShown = await self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/provisioning",
                TenantShown,
                path_values={"tenant": tenant},
                body={"provisioning": provisioning},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def set_suspended(
        self, tenant: str, *, suspended: bool, if_match: object = None, idempotency_key: str | None = None
    ) -> TenantShown:
        """Suspend a tenant, or end its suspension. Meanwhile every access token of it is refused."""
        answer: TenantShown = await self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/suspension",
                TenantShown,
                path_values={"tenant": tenant},
                body={"suspended": suspended},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def set_profile(
        self,
        tenant: str,
        *,
        profile: str,
        accept: bool = False,
        if_match: object = None,
        idempotency_key: str | None = None,
    ) -> TenantShown:
        """Make a tenant one of another product.

        Its plan becomes that product's default where the product has none of its name. Refused where people
        would not fit, unless that is accepted; `profiles.check` tells whom.
        """
        answer: TenantShown = await self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/profile",
                TenantShown,
                path_values={"tenant": tenant},
                body={"profile": profile, "accept": accept},
                if_match=if_match,
                idempotency_key=idempotency_key,
            )
        )
        return answer
