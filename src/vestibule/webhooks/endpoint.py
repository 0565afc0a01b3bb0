"""An endpoint: where events go, which of them, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from vestibule.directory.events import WebhookEventsForgotten

#: The tenant of an endpoint that gets the events of all: the installation's own.
INSTALLATION = 0
#: Kinds of endpoint: by Standard Webhooks; security event tokens that are pushed; those that are fetched.
WEBHOOK, PUSH, POLL = "webhook", "push", "poll"


class State(StrEnum):
    """Whether events go there."""

    ON = "on"
    #: Somebody paused it; nothing is lost, it goes on from where it stopped.
    PAUSED = "paused"
    #: It said 410, or failed for days; likewise.
    DISABLED = "disabled"
    #: Gone; the row is there until every process has noticed.
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Standing:
    """How deliveries have been going. Times are UTC text, "" for never."""

    #: Failures since the last success.
    failures: int = 0
    failing_since: str = ""
    #: Nothing is sent before.
    retry_at: str = ""
    delivered_at: str = ""
    #: When it was told that the endpoint fails; "" while it does not.
    told_at: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A row. Secrets are sealed; ``types`` () takes every event."""

    id: str
    tenant: int
    url: str
    types: tuple[str, ...]
    description: str
    secret: bytes = field(repr=False)
    state: State
    created_at: str
    #: Every event up to here was delivered, or is held back.
    cursor: int
    #: The secret before this one, which signs too until then.
    old_secret: bytes | None = field(default=None, repr=False)
    old_secret_until: str = ""
    #: Why it is disabled.
    why: str = ""
    standing: Standing = Standing()
    #: Grows with every change by an operator, over all endpoints.
    changed: int = 0
    #: How often it began anew: what a courier finds out is about one beginning.
    begun: int = 0
    kind: str = WEBHOOK
    #: Of a stream of security event tokens: whom they are for, and whether they hold values.
    audience: str = ""
    is_full: bool = False

    @property
    def shown_state(self) -> str:
        """As it is shown: one that is on and takes nothing is failing."""
        is_failing = self.state is State.ON and self.standing.failing_since
        return "failing" if is_failing else self.state.value

    @property
    def types_read(self) -> tuple[str, ...]:
        """What is read of the log for it: a stream is told of its own gaps, whatever it tells."""
        return self.types if self.kind == WEBHOOK else (*self.types, WebhookEventsForgotten.type)

    def wants(self, type: str, subject_id: str) -> bool:
        """Whether an event of that type about that subject goes there (whose it is, the tenant says)."""
        if self.kind != WEBHOOK and type == WebhookEventsForgotten.type:
            return subject_id == self.id
        return not self.types or type in self.types or f"{type.partition('.')[0]}.*" in self.types


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What shall be different of an endpoint; None leaves it."""

    url: str | None = None
    types: tuple[str, ...] | None = None
    description: str | None = None
    secret: bytes | None = None
    old_secret: bytes | None = None
    old_secret_until: str | None = None
    state: State | None = None
    why: str | None = None
    cursor: int | None = None
    #: Failures are forgotten, and what waits is due now.
    begins_anew: bool = False
