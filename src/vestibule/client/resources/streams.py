"""A preview: changes of SCIM resources as signed tokens (RFC 9967), pushed (RFC 8935) or polled (RFC 8936). `VESTIBULE_SECURITY_EVENTS` switches it on."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class GapShown:
    """Events that were forgotten (`VESTIBULE_EVENT_DAYS`) before they were delivered: these never come."""

    #: The number of the first of them.
    first: int
    #: And of the last.
    last: int
    #: How many would have been delivered.
    events: int
    #: When the first of them happened.
    since: str
    #: And the last.
    until: str


@dataclass(frozen=True, slots=True)
class StreamShown:
    """A stream, and how it stands."""

    id: str
    #: The slug of the tenant whose changes it tells.
    tenant: str
    #: push or poll.
    delivery: str
    #: Where tokens are pushed, or where they are polled.
    url: str
    #: `iss` of its tokens.
    issuer: str
    #: `aud` of its tokens.
    audience: str
    #: Where the keys are that verify them.
    key_set: str
    #: Whether tokens hold values, or the names of attributes alone.
    full: bool
    #: The events of the log that it tells.
    types: list[str]
    description: str
    #: on, failing, paused, disabled; off while the preview is switched off.
    state: str
    #: Why it is disabled.
    why: str
    created: str
    #: Every event up to this number was taken, or waits below.
    delivered_up_to: int
    last_delivered: str | None
    #: Given out and not acknowledged, or held back after a failure.
    waiting: int
    #: Tokens that the receiver refused, or that were given up.
    refused: int
    #: What was forgotten before it was delivered, the newest gap first.
    forgotten: list[GapShown]


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """One attempt."""

    at: str
    #: The number of the event; 0 for a test.
    event: int
    type: str
    taken: bool
    #: Null where no answer came.
    status: int | None
    milliseconds: int
    #: Which one for this event.
    attempt: int
    #: Why it was not taken, where no status says it.
    fault: str
    #: The beginning of the answer, without secrets.
    answer: str


@dataclass(frozen=True, slots=True)
class SetsGiven:
    """What a poll gives (RFC 8936 §2.3)."""

    #: Tokens by their `jti`, in order.
    sets: dict[str, str]
    #: There are more right now.
    more_available: bool


@dataclass(frozen=True, slots=True)
class SetFault:
    """Why a token was not liked (RFC 8936 §2.6)."""

    #: `invalid_request` and so on.
    err: str
    description: str


@dataclass(frozen=True, slots=True)
class DeliveriesShown:
    """Attempts, newest first."""

    deliveries: list[DeliveryShown]
    #: What was forgotten before it was delivered, the newest gap first.
    forgotten: list[GapShown]


@dataclass(frozen=True, slots=True)
class DeadLetterShown:
    """An event that was given up."""

    event: int
    subject_type: str
    subject_id: str
    attempts: int


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A key that signs, will sign, or has signed."""

    #: `kid`
    id: str
    created: str
    signs_from: str
    published_until: str | None


class Streams:
    """A preview: changes of SCIM resources as signed tokens (RFC 9967), pushed (RFC 8935) or polled (RFC 8936). `VESTIBULE_SECURITY_EVENTS` switches it on."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, *, tenant: str | None = None, count: int = 100) -> Iterator[StreamShown]:
        """The streams that the token may see, by id."""
        return self._carrier.items(
            Ask("GET", "/streams", page_of(StreamShown), query={"tenant": tenant, "count": count})
        )

    def create(
        self,
        *,
        types: Sequence[str] = (),
        tenant: str | None = None,
        url: str = "",
        audience: str = "",
        full: bool = False,
        description: str = "",
        authorization: str = "",
        idempotency_key: str | None = None,
    ) -> StreamShown:
        """Set up a stream of what happens in a tenant from now on: pushed to `url`, or polled without one."""
        answer: StreamShown = self._carrier.call(
            Ask(
                "POST",
                "/streams",
                StreamShown,
                body={
                    "types": list(types),
                    "tenant": tenant,
                    "url": url,
                    "audience": audience,
                    "full": full,
                    "description": description,
                    "authorization": authorization,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def show(self, stream: str) -> StreamShown:
        """One stream: what a receiver enters, where it is in the log, what waits."""
        answer: StreamShown = self._carrier.call(
            Ask("GET", "/streams/{stream}", StreamShown, path_values={"stream": stream})
        )
        return answer

    def remove(self, stream: str, *, idempotency_key: str | None = None) -> None:
        """Give nothing out any more, for good."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/streams/{stream}",
                None,
                path_values={"stream": stream},
                idempotency_key=idempotency_key,
            )
        )

    def pause(self, stream: str, *, idempotency_key: str | None = None) -> StreamShown:
        """Give nothing out until it is resumed; nothing is lost."""
        answer: StreamShown = self._carrier.call(
            Ask(
                "POST",
                "/streams/{stream}/pause",
                StreamShown,
                path_values={"stream": stream},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def resume(self, stream: str, *, idempotency_key: str | None = None) -> StreamShown:
        """Go on from where it stopped."""
        answer: StreamShown = self._carrier.call(
            Ask(
                "POST",
                "/streams/{stream}/resume",
                StreamShown,
                path_values={"stream": stream},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def test(self, stream: str, *, idempotency_key: str | None = None) -> DeliveryShown:
        """Push a verification event now, and say what came back."""
        answer: DeliveryShown = self._carrier.call(
            Ask(
                "POST",
                "/streams/{stream}/test",
                DeliveryShown,
                path_values={"stream": stream},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def poll(
        self,
        stream: str,
        *,
        ack: Sequence[str] = (),
        set_errs: dict[str, SetFault] | None = None,
        max_events: int = 100,
        return_immediately: bool = False,
        idempotency_key: str | None = None,
    ) -> SetsGiven:
        """Acknowledge tokens and fetch the next ones (RFC 8936).

        A token is given with every poll until it stands in `ack` or `setErrs`; one in `setErrs` is listed
        as refused and not given again. An acknowledgement that is repeated does nothing; one of a token
        that was never given out refuses the whole request.
        """
        answer: SetsGiven = self._carrier.call(
            Ask(
                "POST",
                "/streams/{stream}/poll",
                SetsGiven,
                path_values={"stream": stream},
                body={
                    "ack": list(ack),
                    "set_errs": dict(set_errs or {}),
                    "max_events": max_events,
                    "return_immediately": return_immediately,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def resend(
        self,
        stream: str,
        *,
        event: int | None = None,
        first: int | None = None,
        last: int | None = None,
        since: str | None = None,
        dead_letters: bool = False,
        idempotency_key: str | None = None,
    ) -> None:
        """Give again: one event, the refused ones, or of a pushed stream a range, or all since a moment."""
        self._carrier.call(
            Ask(
                "POST",
                "/streams/{stream}/resend",
                None,
                path_values={"stream": stream},
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

    def deliveries(self, stream: str, *, event: int | None = None, count: int = 100) -> DeliveriesShown:
        """What was pushed or acknowledged, newest first, with the receiver's errors; and what was forgotten
        before.
        """
        answer: DeliveriesShown = self._carrier.call(
            Ask(
                "GET",
                "/streams/{stream}/deliveries",
                DeliveriesShown,
                path_values={"stream": stream},
                query={"event": event, "count": count},
            )
        )
        return answer

    def refused(self, stream: str, *, count: int = 100) -> Iterator[DeadLetterShown]:
        """The events whose tokens the receiver refused, or that were given up, in their order."""
        return self._carrier.items(
            Ask(
                "GET",
                "/streams/{stream}/refused",
                page_of(DeadLetterShown),
                path_values={"stream": stream},
                query={"count": count},
            )
        )

    def keys(self, *, count: int = 100) -> Iterator[KeyShown]:
        """What signs the tokens of all streams, by id; the public keys themselves stand in the key set."""
        return self._carrier.items(Ask("GET", "/stream-keys", page_of(KeyShown), query={"count": count}))

    def rotate_key(self, *, lead_minutes: float = 60, idempotency_key: str | None = None) -> KeyShown:
        """Publish a new key, which signs after a while; the old ones stay published for a week after that."""
        answer: KeyShown = self._carrier.call(
            Ask(
                "POST",
                "/stream-keys",
                KeyShown,
                body={"lead_minutes": lead_minutes},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncStreams:
    """A preview: changes of SCIM resources as signed tokens (RFC 9967), pushed (RFC 8935) or polled (RFC 8936). `VESTIBULE_SECURITY_EVENTS` switches it on."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, *, tenant: str | None = None, count: int = 100) -> AsyncIterator[StreamShown]:
        """The streams that the token may see, by id."""
        return self._carrier.items(
            Ask("GET", "/streams", page_of(StreamShown), query={"tenant": tenant, "count": count})
        )

    async def create(
        self,
        *,
        types: Sequence[str] = (),
        tenant: str | None = None,
        url: str = "",
        audience: str = "",
        full: bool = False,
        description: str = "",
        authorization: str = "",
        idempotency_key: str | None = None,
    ) -> StreamShown:
        """Set up a stream of what happens in a tenant from now on: pushed to `url`, or polled without one."""
        answer: StreamShown = await self._carrier.call(
            Ask(
                "POST",
                "/streams",
                StreamShown,
                body={
                    "types": list(types),
                    "tenant": tenant,
                    "url": url,
                    "audience": audience,
                    "full": full,
                    "description": description,
                    "authorization": authorization,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def show(self, stream: str) -> StreamShown:
        """One stream: what a receiver enters, where it is in the log, what waits."""
        answer: StreamShown = await self._carrier.call(
            Ask("GET", "/streams/{stream}", StreamShown, path_values={"stream": stream})
        )
        return answer

    async def remove(self, stream: str, *, idempotency_key: str | None = None) -> None:
        """Give nothing out any more, for good."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/streams/{stream}",
                None,
                path_values={"stream": stream},
                idempotency_key=idempotency_key,
            )
        )

    async def pause(self, stream: str, *, idempotency_key: str | None = None) -> StreamShown:
        """Give nothing out until it is resumed; nothing is lost."""
        answer: StreamShown = await self._carrier.call(
            Ask(
                "POST",
                "/streams/{stream}/pause",
                StreamShown,
                path_values={"stream": stream},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def resume(self, stream: str, *, idempotency_key: str | None = None) -> StreamShown:
        """Go on from where it stopped."""
        answer: StreamShown = await self._carrier.call(
            Ask(
                "POST",
                "/streams/{stream}/resume",
                StreamShown,
                path_values={"stream": stream},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def test(self, stream: str, *, idempotency_key: str | None = None) -> DeliveryShown:
        """Push a verification event now, and say what came back."""
        answer: DeliveryShown = await self._carrier.call(
            Ask(
                "POST",
                "/streams/{stream}/test",
                DeliveryShown,
                path_values={"stream": stream},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def poll(
        self,
        stream: str,
        *,
        ack: Sequence[str] = (),
        set_errs: dict[str, SetFault] | None = None,
        max_events: int = 100,
        return_immediately: bool = False,
        idempotency_key: str | None = None,
    ) -> SetsGiven:
        """Acknowledge tokens and fetch the next ones (RFC 8936).

        A token is given with every poll until it stands in `ack` or `setErrs`; one in `setErrs` is listed
        as refused and not given again. An acknowledgement that is repeated does nothing; one of a token
        that was never given out refuses the whole request.
        """
        answer: SetsGiven = await self._carrier.call(
            Ask(
                "POST",
                "/streams/{stream}/poll",
                SetsGiven,
                path_values={"stream": stream},
                body={
                    "ack": list(ack),
                    "set_errs": dict(set_errs or {}),
                    "max_events": max_events,
                    "return_immediately": return_immediately,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def resend(
        self,
        stream: str,
        *,
        event: int | None = None,
        first: int | None = None,
        last: int | None = None,
        since: str | None = None,
        dead_letters: bool = False,
        idempotency_key: str | None = None,
    ) -> None:
        """Give again: one event, the refused ones, or of a pushed stream a range, or all since a moment."""
        await self._carrier.call(
            Ask(
                "POST",
                "/streams/{stream}/resend",
                None,
                path_values={"stream": stream},
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

    async def deliveries(self, stream: str, *, event: int | None = None, count: int = 100) -> DeliveriesShown:
        """What was pushed or acknowledged, newest first, with the receiver's errors; and what was forgotten
        before.
        """
        answer: DeliveriesShown = await self._carrier.call(
            Ask(
                "GET",
                "/streams/{stream}/deliveries",
                DeliveriesShown,
                path_values={"stream": stream},
                query={"event": event, "count": count},
            )
        )
        return answer

    def refused(self, stream: str, *, count: int = 100) -> AsyncIterator[DeadLetterShown]:
        """The events whose tokens the receiver refused, or that were given up, in their order."""
        return self._carrier.items(
            Ask(
                "GET",
                "/streams/{stream}/refused",
                page_of(DeadLetterShown),
                path_values={"stream": stream},
                query={"count": count},
            )
        )

    def keys(self, *, count: int = 100) -> AsyncIterator[KeyShown]:
        """What signs the tokens of all streams, by id; the public keys themselves stand in the key set."""
        return self._carrier.items(Ask("GET", "/stream-keys", page_of(KeyShown), query={"count": count}))

    async def rotate_key(self, *, lead_minutes: float = 60, idempotency_key: str | None = None) -> KeyShown:
        """Publish a new key, which signs after a while; the old ones stay published for a week after that."""
        answer: KeyShown = await self._carrier.call(
            Ask(
                "POST",
                "/stream-keys",
                KeyShown,
                body={"lead_minutes": lead_minutes},
                idempotency_key=idempotency_key,
            )
        )
        return answer
