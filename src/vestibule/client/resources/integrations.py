"""Slack and Google Workspace: connections, and people's accounts there."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class IntegrationShown:
    """A service that the product names accounts at, and how it stands."""

    service: str
    #: connected, reconnect_needed, paused or disconnected.
    state: str
    #: Why it is not connected, or waits, in words.
    reason: str | None
    workspace: str | None
    workspace_id: str | None
    domain: str | None
    connected_by: str | None
    connected: str | None
    #: Who connected, paused, resumed or disconnected it; what noticed that it broke.
    changed_by: str | None
    #: When it came into its state.
    changed: str | None
    #: It waits: the service is asked again then.
    not_before: str | None
    #: When everybody was looked at last.
    last_full: str | None
    #: Everybody is looked at now.
    under_way: bool
    #: How many accounts are in each state.
    accounts: dict[str, int]


LinkState = Literal[
    "pending", "linked", "not_found", "deactivated", "conflict", "invalid", "stale", "not_connected"
]


@dataclass(frozen=True, slots=True)
class AccountShown:
    """A person's account at a service: how it was named, and what was found."""

    person: str
    service: str
    #: As the identity provider sent it.
    value: str
    state: LinkState
    reason: str | None
    member_id: str | None
    name: str | None
    email: str | None
    is_guest: bool
    is_alias: bool
    #: Whether the person has access here.
    is_active: bool
    since: str
    checked: str | None
    #: When it was last found there, usable or not.
    seen: str | None
    #: Active there since, although access here has ended.
    outlives: str | None


@dataclass(frozen=True, slots=True)
class ConsentBegun:
    """Where an administrator of the workspace consents."""

    #: To be opened in a browser, within ten minutes.
    url: str


@dataclass(frozen=True, slots=True)
class OfferShown:
    """What was granted, before it is kept."""

    #: `confirm` takes it, once, within ten minutes.
    code: str
    workspace: str
    workspace_id: str
    domain: str | None
    granted_by: str
    #: The workspace that was connected until now.
    differs_from: str | None


class Integrations:
    """Slack and Google Workspace: connections, and people's accounts there."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str) -> Sequence[IntegrationShown]:
        """The services that the tenant's product has, and how each one stands."""
        answer: list[IntegrationShown] = self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/integrations",
                list[IntegrationShown],
                path_values={"tenant": tenant},
            )
        )
        return answer

    def show(self, tenant: str, service: str) -> IntegrationShown:
        """One service: the workspace, who connected it, and how many accounts are in each state."""
        answer: IntegrationShown = self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/integrations/{service}",
                IntegrationShown,
                path_values={"tenant": tenant, "service": service},
            )
        )
        return answer

    def disconnect(self, tenant: str, service: str, *, idempotency_key: str | None = None) -> None:
        """Forget the credentials, here and at the service; what was linked is shown as not connected."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/integrations/{service}",
                None,
                path_values={"tenant": tenant, "service": service},
                idempotency_key=idempotency_key,
            )
        )

    def accounts(
        self,
        tenant: str,
        service: str,
        *,
        state: LinkState | None = None,
        outliving: bool = False,
        person: str | None = None,
        count: int = 100,
    ) -> Iterator[AccountShown]:
        """People's accounts at a service, by person: how each was named, what was found, and why not."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/integrations/{service}/accounts",
                page_of(AccountShown),
                path_values={"tenant": tenant, "service": service},
                query={"state": state, "outliving": outliving, "person": person, "count": count},
            )
        )

    def connect(self, tenant: str, service: str, *, idempotency_key: str | None = None) -> ConsentBegun:
        """Begin connecting: the page after the consent shows the workspace, and the code that `confirm` takes."""
        answer: ConsentBegun = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/connect",
                ConsentBegun,
                path_values={"tenant": tenant, "service": service},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def offer_key(
        self, tenant: str, service: str, *, key: str, acting_as: str, idempotency_key: str | None = None
    ) -> OfferShown:
        """See which workspace a key opens. Nothing is kept before `confirm`."""
        answer: OfferShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/key",
                OfferShown,
                path_values={"tenant": tenant, "service": service},
                body={"key": key, "acting_as": acting_as},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def confirm(
        self, tenant: str, service: str, *, code: str, idempotency_key: str | None = None
    ) -> IntegrationShown:
        """Keep a connection that was granted to this token; everybody's account is looked up from now on."""
        answer: IntegrationShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/confirm",
                IntegrationShown,
                path_values={"tenant": tenant, "service": service},
                body={"code": code},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def sync(self, tenant: str, service: str, *, idempotency_key: str | None = None) -> IntegrationShown:
        """Have everybody's account looked at again, as soon as may be."""
        answer: IntegrationShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/sync",
                IntegrationShown,
                path_values={"tenant": tenant, "service": service},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def pause(self, tenant: str, service: str, *, idempotency_key: str | None = None) -> IntegrationShown:
        """Ask nothing more of the service until it is resumed: its credentials stay, accounts stay as they
        were found.
        """
        answer: IntegrationShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/pause",
                IntegrationShown,
                path_values={"tenant": tenant, "service": service},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def resume(self, tenant: str, service: str, *, idempotency_key: str | None = None) -> IntegrationShown:
        """Go on after a pause: everybody's account is looked at again."""
        answer: IntegrationShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/resume",
                IntegrationShown,
                path_values={"tenant": tenant, "service": service},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncIntegrations:
    """Slack and Google Workspace: connections, and people's accounts there."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    async def list(self, tenant: str) -> Sequence[IntegrationShown]:
        """The services that the tenant's product has, and how each one stands."""
        answer: list[IntegrationShown] = await self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/integrations",
                list[IntegrationShown],
                path_values={"tenant": tenant},
            )
        )
        return answer

    async def show(self, tenant: str, service: str) -> IntegrationShown:
        """One service: the workspace, who connected it, and how many accounts are in each state."""
        answer: IntegrationShown = await self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/integrations/{service}",
                IntegrationShown,
                path_values={"tenant": tenant, "service": service},
            )
        )
        return answer

    async def disconnect(self, tenant: str, service: str, *, idempotency_key: str | None = None) -> None:
        """Forget the credentials, here and at the service; what was linked is shown as not connected."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/integrations/{service}",
                None,
                path_values={"tenant": tenant, "service": service},
                idempotency_key=idempotency_key,
            )
        )

    def accounts(
        self,
        tenant: str,
        service: str,
        *,
        state: LinkState | None = None,
        outliving: bool = False,
        person: str | None = None,
        count: int = 100,
    ) -> AsyncIterator[AccountShown]:
        """People's accounts at a service, by person: how each was named, what was found, and why not."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/integrations/{service}/accounts",
                page_of(AccountShown),
                path_values={"tenant": tenant, "service": service},
                query={"state": state, "outliving": outliving, "person": person, "count": count},
            )
        )

    async def connect(self, tenant: str, service: str, *, idempotency_key: str | None = None) -> ConsentBegun:
        """Begin connecting: the page after the consent shows the workspace, and the code that `confirm` takes."""
        answer: ConsentBegun = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/connect",
                ConsentBegun,
                path_values={"tenant": tenant, "service": service},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def offer_key(
        self, tenant: str, service: str, *, key: str, acting_as: str, idempotency_key: str | None = None
    ) -> OfferShown:
        """See which workspace a key opens. Nothing is kept before `confirm`."""
        answer: OfferShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/key",
                OfferShown,
                path_values={"tenant": tenant, "service": service},
                body={"key": key, "acting_as": acting_as},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def confirm(
        self, tenant: str, service: str, *, code: str, idempotency_key: str | None = None
    ) -> IntegrationShown:
        """Keep a connection that was granted to this token; everybody's account is looked up from now on."""
        answer: IntegrationShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/confirm",
                IntegrationShown,
                path_values={"tenant": tenant, "service": service},
                body={"code": code},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def sync(
        self, tenant: str, service: str, *, idempotency_key: str | None = None
    ) -> IntegrationShown:
        """Have everybody's account looked at again, as soon as may be."""
        answer: IntegrationShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/sync",
                IntegrationShown,
                path_values={"tenant": tenant, "service": service},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def pause(
        self, tenant: str, service: str, *, idempotency_key: str | None = None
    ) -> IntegrationShown:
        """Ask nothing more of the service until it is resumed: its credentials stay, accounts stay as they
        were found.
        """
        answer: IntegrationShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/pause",
                IntegrationShown,
                path_values={"tenant": tenant, "service": service},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def resume(
        self, tenant: str, service: str, *, idempotency_key: str | None = None
    ) -> IntegrationShown:
        """Go on after a pause: everybody's account is looked at again."""
        answer: IntegrationShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/integrations/{service}/resume",
                IntegrationShown,
                path_values={"tenant": tenant, "service": service},
                idempotency_key=idempotency_key,
            )
        )
        return answer
