"""What streams of security event tokens take and give in the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from vestibule.security_events.desk import StreamDesk
from vestibule.security_events.polling import DEFAULT_EVENTS, MOST_EVENTS
from vestibule.security_events.store import SetKey
from vestibule.tenancy.tenant import Tenant
from vestibule.web.api.message import Field, message
from vestibule.web.api.webhook_messages import Gaps, Types, gaps_shown
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.gap import Gap
from vestibule.webhooks.store import Counts

StreamId = Annotated[
    str, Field(min_length=4, max_length=40, pattern="^st_[0-9a-f]+$", description="The stream's id.")
]
Jti = Annotated[str, Field(min_length=1, max_length=100)]


@message
class StreamShown:
    """A stream, and how it stands."""

    id: str
    tenant: Annotated[str, Field(description="The slug of the tenant whose changes it tells.")]
    delivery: Annotated[str, Field(description="push or poll.")]
    url: Annotated[str, Field(description="Where tokens are pushed, or where they are polled.")]
    issuer: Annotated[str, Field(description="`iss` of its tokens.")]
    audience: Annotated[str, Field(description="`aud` of its tokens.")]
    key_set: Annotated[str, Field(description="Where the keys are that verify them.")]
    full: Annotated[bool, Field(description="Whether tokens hold values, or the names of attributes alone.")]
    types: Annotated[list[str], Field(description="The events of the log that it tells.")]
    description: str
    state: Annotated[
        str, Field(description="on, failing, paused, disabled; off while the preview is switched off.")
    ]
    why: Annotated[str, Field(description="Why it is disabled.")]
    created: str
    delivered_up_to: Annotated[
        int, Field(description="Every event up to this number was taken, or waits below.")
    ]
    last_delivered: str | None
    waiting: Annotated[
        int, Field(description="Given out and not acknowledged, or held back after a failure.")
    ]
    refused: Annotated[int, Field(description="Tokens that the receiver refused, or that were given up.")]
    forgotten: Gaps


@message
class NewStream:
    """A stream to be set up."""

    tenant: Annotated[
        str | None,
        Field(max_length=63, description="Whose changes it tells; the token's own tenant if left out."),
    ] = None
    url: Annotated[
        str,
        Field(max_length=2000, description="Where tokens are pushed (RFC 8935); polled (RFC 8936) if empty."),
    ] = ""
    types: Types = Field(default_factory=list)
    audience: Annotated[str, Field(max_length=500, description="`aud`; the address if left out.")] = ""
    full: Annotated[bool, Field(description="Tokens hold values; else the names of attributes alone.")] = (
        False
    )
    description: Annotated[str, Field(max_length=200, description="What it is for, in one line.")] = ""
    authorization: Annotated[
        str, Field(max_length=4000, description="The Authorization header that the receiver asks for.")
    ] = ""


@message
class SetFault:
    """Why a token was not liked (RFC 8936 §2.6)."""

    err: Annotated[str, Field(min_length=1, max_length=60, description="`invalid_request` and so on.")]
    description: Annotated[str, Field(max_length=1000)] = ""


@message
class PollAsked:
    """A poll (RFC 8936 §2.2)."""

    ack: Annotated[list[Jti], Field(max_length=MOST_EVENTS, description="Tokens that are kept there.")] = (
        Field(default_factory=list)
    )
    set_errs: Annotated[
        dict[Jti, SetFault], Field(max_length=MOST_EVENTS, description="Tokens that will not be taken.")
    ] = Field(default_factory=dict)
    max_events: Annotated[
        int, Field(ge=0, le=MOST_EVENTS, description="At most so many tokens; 0 acknowledges alone.")
    ] = DEFAULT_EVENTS
    return_immediately: Annotated[
        bool, Field(description="Do not wait up to 30 seconds for the first token.")
    ] = False


@message
class SetsGiven:
    """What a poll gives (RFC 8936 §2.3)."""

    sets: Annotated[dict[str, str], Field(description="Tokens by their `jti`, in order.")]
    more_available: Annotated[bool, Field(description="There are more right now.")]


@message
class KeyRotated:
    """When a new key begins to sign."""

    lead_minutes: Annotated[
        float, Field(ge=0, le=43_200, description="So long it is published before it signs.")
    ] = 60


@message
class KeyShown:
    """A key that signs, will sign, or has signed."""

    id: Annotated[str, Field(description="`kid`")]
    created: str
    signs_from: str
    published_until: str | None


def stream_shown(
    desk: StreamDesk,
    stream: Endpoint,
    tenants: Mapping[int, Tenant],
    counts: Counts | None,
    gaps: Sequence[Gap],
) -> StreamShown:
    """A stream as the API shows it; ``tenants`` are those that the token sees."""
    slug = tenants[stream.tenant].slug
    return StreamShown(
        id=stream.id,
        tenant=slug,
        delivery=stream.kind,
        url=stream.url or desk.poll_url(stream.id),
        issuer=desk.issuer.issuer(slug),
        audience=stream.audience,
        key_set=desk.key_set_url,
        full=stream.is_full,
        types=list(stream.types),
        description=stream.description,
        state=desk.shown_state(stream),
        why=stream.why,
        created=stream.created_at,
        delivered_up_to=stream.cursor,
        last_delivered=stream.standing.delivered_at or None,
        waiting=counts.waiting if counts else 0,
        refused=counts.dead if counts else 0,
        forgotten=gaps_shown(gaps),
    )


def key_shown(key: SetKey) -> KeyShown:
    """A key as the API shows it."""
    return KeyShown(
        id=key.id,
        created=key.created_at,
        signs_from=key.signs_from,
        published_until=key.published_until or None,
    )
