"""Webhooks as the console shows them: their card, whose endpoints a page is about, and the events to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from vestibule.directory.telling import EVENT_MEANINGS
from vestibule.web.console.forms import Form
from vestibule.web.console.languages import message
from vestibule.web.console.receiving.cards import Card
from vestibule.web.console.receiving.endpoint_states import state_of_all
from vestibule.web.console.receiving.tenant_visit import OperatorVisit, TenantVisit
from vestibule.webhooks.desk import WebhookDesk
from vestibule.webhooks.endpoint import INSTALLATION, Endpoint

#: Somebody who looks after a tenant's endpoints, or after the installation's own.
EndpointVisit = TenantVisit | OperatorVisit

#: Where the pages are, below a tenant's and below the operators'.
OF_TENANTS = "/settings/integrations/webhooks"
OF_OPERATORS = "/webhooks"
#: Longer than any that is taken: what is too long is refused in words, not cut.
_LONGEST_URL = 2100
_LONGEST_DESCRIPTION = 300


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form about an endpoint had when it was sent, or has before."""

    url: str = ""
    description: str = ""
    types: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, form: Form) -> Typed:
        """As it was sent."""
        return cls(
            form.line("url", _LONGEST_URL),
            form.line("description", _LONGEST_DESCRIPTION),
            [type[:60] for type in form.every("type")[:100]],
        )

    @classmethod
    def as_it_is(cls, endpoint: Endpoint) -> Typed:
        """Before anything is changed."""
        return cls(endpoint.url, endpoint.description, list(endpoint.types))


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with what was typed, by field; and with no field."""

    url: str = ""
    edit: str = ""
    name: str = ""
    resend: str = ""
    roll: str = ""
    other: str = ""


def event_families() -> Mapping[str, Mapping[str, str]]:
    """The types of events by family (``user.*``), each with what it means, as the message files have it."""
    families: dict[str, dict[str, str]] = {}
    for type, meaning in EVENT_MEANINGS.items():
        family = f"{type.partition('.')[0]}.*"
        families.setdefault(family, {})[type] = meaning
    return families


def desk_of(visit: EndpointVisit) -> WebhookDesk:
    """Where they work."""
    return visit.premises.webhook_desk(visit.actor)


def whose(visit: EndpointVisit) -> int:
    """The tenant whose endpoints these pages are about; the installation's own for operators."""
    return visit.tenant.id if isinstance(visit, TenantVisit) else INSTALLATION


def list_address(visit: EndpointVisit) -> str:
    """Where they are listed, as ``go`` takes it."""
    return visit.below(OF_TENANTS) if isinstance(visit, TenantVisit) else f"/operator{OF_OPERATORS}"


def address_of(visit: EndpointVisit, endpoint: Endpoint) -> str:
    """The address of its page."""
    return f"{list_address(visit)}/{endpoint.id}"


def called(endpoint: Endpoint) -> str:
    """What it is called: what it is for, else where it is."""
    return endpoint.description or endpoint.url


def edition(endpoint: Endpoint) -> str:
    """A mark of what can be edited: another one means that somebody else has changed it meanwhile."""
    edited = "\0".join((endpoint.url, endpoint.description, *endpoint.types))
    return sha256(edited.encode()).hexdigest()[:16]


async def webhooks_card(visit: TenantVisit) -> Card:
    """Webhooks, in the state of the endpoint that is worst off."""
    state, kind = state_of_all(await desk_of(visit).endpoints(visit.tenant.id))
    return Card(
        title=visit.say("Webhooks"),
        text=visit.say(
            "Every change of people, roles and teams, posted to your own systems and signed as Standard Webhooks says."
        ),
        state=visit.say(state),
        kind=kind,
        path=OF_TENANTS,
        action=message("Endpoints"),
    )
