"""What the webhooks of the API take and give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from vestibule.tenancy.tenant import Tenant
from vestibule.web.api.message import Field, message
from vestibule.webhooks.attempt import Held
from vestibule.webhooks.deliveries import Happened
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.gap import Gap
from vestibule.webhooks.store import Counts

WebhookId = Annotated[
    str, Field(min_length=4, max_length=40, pattern="^we_[0-9a-f]+$", description="The endpoint's id.")
]
Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description="https://… on the public Internet; redirects are not followed.",
    ),
]
Types = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=60)]],
    Field(max_length=100, description="Event types, or families such as `user.*`; all if empty."),
]
Description = Annotated[str, Field(max_length=200, description="What it is for, in one line.")]
SigningSecret = Annotated[
    str | None,
    Field(max_length=200, description="One that is in use already, `whsec_…`; one is made if left out."),
]


@message
class GapShown:
    """Events that were forgotten (`VESTIBULE_EVENT_DAYS`) before they were delivered: these never come."""

    first: Annotated[int, Field(description="The number of the first of them.")]
    last: Annotated[int, Field(description="And of the last.")]
    events: Annotated[int, Field(description="How many would have been delivered.")]
    since: Annotated[str, Field(description="When the first of them happened.")]
    until: Annotated[str, Field(description="And the last.")]


Gaps = Annotated[
    list[GapShown], Field(description="What was forgotten before it was delivered, the newest gap first.")
]


@message
class WebhookShown:
    """An endpoint, and how it stands."""

    id: str
    tenant: Annotated[str | None, Field(description="Whose events it gets; null for those of all tenants.")]
    url: str
    types: list[str]
    description: str
    state: Annotated[str, Field(description="on, failing, paused, or disabled.")]
    why: Annotated[str, Field(description="Why it is disabled.")]
    created: str
    delivered_up_to: Annotated[
        int, Field(description="Every event up to this number was taken, or waits below.")
    ]
    last_delivered: str | None
    failures: Annotated[int, Field(description="Since the last success.")]
    failing_since: str | None
    next_attempt: str | None
    waiting: Annotated[int, Field(description="Events held back after a failure.")]
    dead_letters: Annotated[int, Field(description="Events that were given up.")]
    old_secret_until: Annotated[
        str | None, Field(description="Until then the secret before this one signs too.")
    ]
    forgotten: Gaps


@message
class WebhookMade:
    """A new endpoint or secret. The secret is shown this once."""

    webhook: WebhookShown
    secret: Annotated[str, Field(description="`whsec_…`: what verifies the signatures.")]


@message
class NewWebhook:
    """An endpoint to be added."""

    url: Url
    tenant: Annotated[
        str | None,
        Field(max_length=63, description="The tenant whose events go there; all tenants' if left out."),
    ] = None
    types: Types = Field(default_factory=list)
    description: Description = ""
    secret: SigningSecret = None


@message
class WebhookChanged:
    """What shall be different; what is left out stays."""

    url: Annotated[str | None, Field(min_length=1, max_length=2000)] = None
    types: Annotated[list[str] | None, Field(max_length=100)] = None
    description: Annotated[str | None, Field(max_length=200)] = None


@message
class SecretRolled:
    """A new signing secret."""

    overlap_hours: Annotated[
        float, Field(ge=0, le=720, description="So long the old secret signs too; 0 ends it at once.")
    ] = 24
    secret: SigningSecret = None


@message
class WebhookResumed:
    """From where it goes on."""

    from_now: Annotated[bool, Field(description="Leave out what happened while it got nothing.")] = False


@message
class ResendAsked:
    """One of: `event`; `first`, perhaps with `last`; `since`; `deadLetters`."""

    event: Annotated[int | None, Field(ge=1, le=2**62, description="The number of one event.")] = None
    first: Annotated[int | None, Field(ge=1, le=2**62, description="All from this one …")] = None
    last: Annotated[
        int | None, Field(ge=1, le=2**62, description="… to this one; to the newest if left out.")
    ] = None
    since: Annotated[
        str | None,
        Field(
            max_length=30,
            pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$",
            description="All since that moment.",
        ),
    ] = None
    dead_letters: Annotated[bool, Field(description="What was given up.")] = False


@message
class DeliveryShown:
    """One attempt."""

    at: str
    event: Annotated[int, Field(description="The number of the event; 0 for a test.")]
    type: str
    taken: bool
    status: Annotated[int | None, Field(description="Null where no answer came.")]
    milliseconds: int
    attempt: Annotated[int, Field(description="Which one for this event.")]
    fault: Annotated[str, Field(description="Why it was not taken, where no status says it.")]
    answer: Annotated[str, Field(description="The beginning of the answer, without secrets.")]


@message
class DeliveriesShown:
    """Attempts, newest first."""

    deliveries: list[DeliveryShown]
    forgotten: Gaps


@message
class DeadLetterShown:
    """An event that was given up."""

    event: int
    subject_type: str
    subject_id: str
    attempts: int


def shown(
    endpoint: Endpoint, tenants: Mapping[int, Tenant | None], counts: Counts | None, gaps: Sequence[Gap]
) -> WebhookShown:
    """An endpoint as the API shows it; ``tenants`` are those that the token sees."""
    standing, tenant = endpoint.standing, tenants.get(endpoint.tenant)
    return WebhookShown(
        id=endpoint.id,
        tenant=tenant.slug if tenant is not None else None,
        url=endpoint.url,
        types=list(endpoint.types),
        description=endpoint.description,
        state=endpoint.shown_state,
        why=endpoint.why,
        created=endpoint.created_at,
        delivered_up_to=endpoint.cursor,
        last_delivered=standing.delivered_at or None,
        failures=standing.failures,
        failing_since=standing.failing_since or None,
        next_attempt=standing.retry_at or None,
        waiting=counts.waiting if counts else 0,
        dead_letters=counts.dead if counts else 0,
        old_secret_until=endpoint.old_secret_until or None,
        forgotten=gaps_shown(gaps),
    )


def gaps_shown(gaps: Sequence[Gap]) -> list[GapShown]:
    """Gaps as the API shows them."""
    return [
        GapShown(first=gap.first, last=gap.last, events=gap.events, since=gap.since, until=gap.until)
        for gap in gaps
    ]


def delivery(happened: Happened) -> DeliveryShown:
    """An attempt as the API shows it."""
    attempt = happened.attempt
    return DeliveryShown(
        at=attempt.at,
        event=attempt.event,
        type=attempt.type,
        taken=happened.taken,
        status=attempt.status,
        milliseconds=attempt.milliseconds,
        attempt=attempt.number,
        fault=attempt.fault,
        answer=attempt.answer,
    )


def dead_letter(held: Held) -> DeadLetterShown:
    """A dead letter as the API shows it."""
    _, subject_type, subject_id = held.subject.split("/", 2)
    return DeadLetterShown(
        event=held.event, subject_type=subject_type, subject_id=subject_id, attempts=held.attempts
    )
