"""Addresses to which events are posted, signed as Standard Webhooks says: in order for each resource, at least once."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of
from vestibule.client.resources.streams import DeadLetterShown, DeliveriesShown, DeliveryShown, GapShown


@dataclass(frozen=True, slots=True)
class WebhookShown:
    """An endpoint, and how it stands."""

    id: str
    #: Whose events it gets; null for those of all tenants.
    tenant: str | None
    url: str
    types: list[str]
    description: str
    #: on, failing, paused, or disabled.
    state: str
    #: Why it is disabled.
    why: str
    created: str
    #: Every event up to this number was taken, or waits below.
    delivered_up_to: int
    last_delivered: str | None
    #: Since the last success.
    failures: int
    failing_since: str | None
    next_attempt: str | None
    #: Events held back after a failure.
    waiting: int
    #: Events that were given up.
    dead_letters: int
    #: Until then the secret before this one signs too.
    old_secret_until: str | None
    #: What was forgotten before it was delivered, the newest gap first.
    forgotten: list[GapShown]


@dataclass(frozen=True, slots=True)
class WebhookMade:
    """A new endpoint or secret. The secret is shown this once."""

    webhook: WebhookShown
    #: `whsec_…`: what verifies the signatures.
    secret: str


class Webhooks:
    """Addresses to which events are posted, signed as Standard Webhooks says: in order for each resource, at least once."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, *, tenant: str | None = None, count: int = 100) -> Iterator[WebhookShown]:
        """The endpoints that the token may see, by id."""
        return self._carrier.items(
            Ask("GET", "/webhooks", page_of(WebhookShown), query={"tenant": tenant, "count": count})
        )

    def create(
        self,
        *,
        url: str,
        types: Sequence[str] = (),
        tenant: str | None = None,
        description: str = "",
        secret: str | None = None,
        idempotency_key: str | None = None,
    ) -> WebhookMade:
        """Add an endpoint; it gets what happens from now on.

        The signing secret is in the answer, this once. A token bound to a tenant adds endpoints of that
        tenant.
        """
        answer: WebhookMade = self._carrier.call(
            Ask(
                "POST",
                "/webhooks",
                WebhookMade,
                body={
                    "types": list(types),
                    "url": url,
                    "tenant": tenant,
                    "description": description,
                    "secret": secret,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def show(self, webhook: str) -> WebhookShown:
        """One endpoint: where it is in the log, what waits, what fails and since when."""
        answer: WebhookShown = self._carrier.call(
            Ask("GET", "/webhooks/{webhook}", WebhookShown, path_values={"webhook": webhook})
        )
        return answer

    def change(
        self,
        webhook: str,
        *,
        url: str | None = None,
        types: Sequence[str] | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> WebhookShown:
        """Another address, other types, another description. A new address begins without failures."""
        answer: WebhookShown = self._carrier.call(
            Ask(
                "PATCH",
                "/webhooks/{webhook}",
                WebhookShown,
                path_values={"webhook": webhook},
                body={"url": url, "types": types, "description": description},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def remove(self, webhook: str, *, idempotency_key: str | None = None) -> None:
        """Send nothing there any more, for good."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/webhooks/{webhook}",
                None,
                path_values={"webhook": webhook},
                idempotency_key=idempotency_key,
            )
        )

    def roll_secret(
        self,
        webhook: str,
        *,
        overlap_hours: float = 24,
        secret: str | None = None,
        idempotency_key: str | None = None,
    ) -> WebhookMade:
        """Put a new signing secret in the place of the old one, which signs too for a while."""
        answer: WebhookMade = self._carrier.call(
            Ask(
                "POST",
                "/webhooks/{webhook}/secret",
                WebhookMade,
                path_values={"webhook": webhook},
                body={"overlap_hours": overlap_hours, "secret": secret},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def pause(self, webhook: str, *, idempotency_key: str | None = None) -> WebhookShown:
        """Send nothing there until it is resumed; nothing is lost."""
        answer: WebhookShown = self._carrier.call(
            Ask(
                "POST",
                "/webhooks/{webhook}/pause",
                WebhookShown,
                path_values={"webhook": webhook},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def resume(
        self, webhook: str, *, from_now: bool = False, idempotency_key: str | None = None
    ) -> WebhookShown:
        """Go on from where it stopped; one that fails is tried at once."""
        answer: WebhookShown = self._carrier.call(
            Ask(
                "POST",
                "/webhooks/{webhook}/resume",
                WebhookShown,
                path_values={"webhook": webhook},
                body={"from_now": from_now},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def test(self, webhook: str, *, idempotency_key: str | None = None) -> DeliveryShown:
        """Send a signed test event now, and say what came back."""
        answer: DeliveryShown = self._carrier.call(
            Ask(
                "POST",
                "/webhooks/{webhook}/test",
                DeliveryShown,
                path_values={"webhook": webhook},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def resend(
        self,
        webhook: str,
        *,
        event: int | None = None,
        first: int | None = None,
        last: int | None = None,
        since: str | None = None,
        dead_letters: bool = False,
        idempotency_key: str | None = None,
    ) -> None:
        """Send again, in order and with the ids they had: one event, a range, all since a moment, or the dead
        letters.
        """
        self._carrier.call(
            Ask(
                "POST",
                "/webhooks/{webhook}/resend",
                None,
                path_values={"webhook": webhook},
                body={
                    "event": event,
                    "first": first,
                    "last": last,
                    "since": since,
                    "dead_letters": dead_letters,
                },
                idempotency_key=idempotency_key,
            )
        )

    def deliveries(self, webhook: str, *, event: int | None = None, count: int = 100) -> DeliveriesShown:
        """What was tried, newest first, with the answers; and what never will be, as it was forgotten before."""
        answer: DeliveriesShown = self._carrier.call(
            Ask(
                "GET",
                "/webhooks/{webhook}/deliveries",
                DeliveriesShown,
                path_values={"webhook": webhook},
                query={"event": event, "count": count},
            )
        )
        return answer

    def dead_letters(self, webhook: str, *, count: int = 100) -> Iterator[DeadLetterShown]:
        """The events that were given up, in their order."""
        return self._carrier.items(
            Ask(
                "GET",
                "/webhooks/{webhook}/dead-letters",
                page_of(DeadLetterShown),
                path_values={"webhook": webhook},
                query={"count": count},
            )
        )


class AsyncWebhooks:
    """Addresses to which events are posted, signed as Standard Webhooks says: in order for each resource, at least once."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, *, tenant: str | None = None, count: int = 100) -> AsyncIterator[WebhookShown]:
        """The endpoints that the token may see, by id."""
        return self._carrier.items(
            Ask("GET", "/webhooks", page_of(WebhookShown), query={"tenant": tenant, "count": count})
        )

    async def create(
        self,
        *,
        url: str,
        types: Sequence[str] = (),
        tenant: str | None = None,
        description: str = "",
        secret: str | None = None,
        idempotency_key: str | None = None,
    ) -> WebhookMade:
        """Add an endpoint; it gets what happens from now on.

        The signing secret is in the answer, this once. A token bound to a tenant adds endpoints of that
        tenant.
        """
        answer: WebhookMade = await self._carrier.call(
            Ask(
                "POST",
                "/webhooks",
                WebhookMade,
                body={
                    "types": list(types),
                    "url": url,
                    "tenant": tenant,
                    "description": description,
                    "secret": secret,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def show(self, webhook: str) -> WebhookShown:
        """One endpoint: where it is in the log, what waits, what fails and since when."""
        answer: WebhookShown = await self._carrier.call(
            Ask("GET", "/webhooks/{webhook}", WebhookShown, path_values={"webhook": webhook})
        )
        return answer

    async def change(
        self,
        webhook: str,
        *,
        url: str | None = None,
        types: Sequence[str] | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> WebhookShown:
        """Another address, other types, another description. A new address begins without failures."""
        answer: WebhookShown = await self._carrier.call(
            Ask(
                "PATCH",
                "/webhooks/{webhook}",
                WebhookShown,
                path_values={"webhook": webhook},
                body={"url": url, "types": types, "description": description},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def remove(self, webhook: str, *, idempotency_key: str | None = None) -> None:
        """Send nothing there any more, for good."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/webhooks/{webhook}",
                None,
                path_values={"webhook": webhook},
                idempotency_key=idempotency_key,
            )
        )

    async def roll_secret(
        self,
        webhook: str,
        *,
        overlap_hours: float = 24,
        secret: str | None = None,
        idempotency_key: str | None = None,
    ) -> WebhookMade:
        """Put a new signing secret in the place of the old one, which signs too for a while."""
        answer: WebhookMade = await self._carrier.call(
            Ask(
                "POST",
                "/webhooks/{webhook}/secret",
                WebhookMade,
                path_values={"webhook": webhook},
                body={"overlap_hours": overlap_hours, "secret": secret},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def pause(self, webhook: str, *, idempotency_key: str | None = None) -> WebhookShown:
        """Send nothing there until it is resumed; nothing is lost."""
        answer: WebhookShown = await self._carrier.call(
            Ask(
                "POST",
                "/webhooks/{webhook}/pause",
                WebhookShown,
                path_values={"webhook": webhook},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def resume(
        self, webhook: str, *, from_now: bool = False, idempotency_key: str | None = None
    ) -> WebhookShown:
        """Go on from where it stopped; one that fails is tried at once."""
        answer: WebhookShown = await self._carrier.call(
            Ask(
                "POST",
                "/webhooks/{webhook}/resume",
                WebhookShown,
                path_values={"webhook": webhook},
                body={"from_now": from_now},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def test(self, webhook: str, *, idempotency_key: str | None = None) -> DeliveryShown:
        """Send a signed test event now, and say what came back."""
        answer: DeliveryShown = await self._carrier.call(
            Ask(
                "POST",
                "/webhooks/{webhook}/test",
                DeliveryShown,
                path_values={"webhook": webhook},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def resend(
        self,
        webhook: str,
        *,
        event: int | None = None,
        first: int | None = None,
        last: int | None = None,
        since: str | None = None,
        dead_letters: bool = False,
        idempotency_key: str | None = None,
    ) -> None:
        """Send again, in order and with the ids they had: one event, a range, all since a moment, or the dead
        letters.
        """
        await self._carrier.call(
            Ask(
                "POST",
                "/webhooks/{webhook}/resend",
                None,
                path_values={"webhook": webhook},
                body={
                    "event": event,
                    "first": first,
                    "last": last,
                    "since": since,
                    "dead_letters": dead_letters,
                },
                idempotency_key=idempotency_key,
            )
        )

    async def deliveries(
        self, webhook: str, *, event: int | None = None, count: int = 100
    ) -> DeliveriesShown:
        """What was tried, newest first, with the answers; and what never will be, as it was forgotten before."""
        answer: DeliveriesShown = await self._carrier.call(
            Ask(
                "GET",
                "/webhooks/{webhook}/deliveries",
                DeliveriesShown,
                path_values={"webhook": webhook},
                query={"event": event, "count": count},
            )
        )
        return answer

    def dead_letters(self, webhook: str, *, count: int = 100) -> AsyncIterator[DeadLetterShown]:
        """The events that were given up, in their order."""
        return self._carrier.items(
            Ask(
                "GET",
                "/webhooks/{webhook}/dead-letters",
                page_of(DeadLetterShown),
                path_values={"webhook": webhook},
                query={"count": count},
            )
        )
