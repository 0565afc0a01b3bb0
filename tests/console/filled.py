"""A tenant in which everything has happened once: for looking at pages, and for the gallery."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import ClassVar

from tests.console.okta import Okta
from tests.console.serving import Served
from tests.webhooks.receiver import OK, Came, answer, receiving
from vestibule.directory.change import AuditEntry
from vestibule.linking.linked_account import Member, Wanted
from vestibule.linking.matching import CONFLICT, match
from vestibule.linking.service_connection import ConnectionState, ServiceConnection, Workspace
from vestibule.security_events.desk import StreamDesk
from vestibule.security_events.polling import poll
from vestibule.security_events.streams import add_stream
from vestibule.tenancy.tenant import Tenant
from vestibule.webhooks.deliveries import history, send_test
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.endpoints import add_endpoint

_PEOPLE = (
    ("Mika", "Laine", "User"),
    ("花子", "佐藤", "Manager"),
    ("Zoë", "Brontë", "Administrator"),
    ("Seán", "O’Brien", "User"),
    ("ليلى", "حدّاد", "Manager"),
    ("Ana", "Silva", "Administrator"),
    ("Tom", "Berg", "User"),
    ("Inês", "Costa", "Manager"),
    ("Jurō", "Katō", "User"),
    ("Eva", "Nováková", "User"),
)
_ADDRESSES = (
    "mika.laine",
    "hanako.sato",
    "zoe.bronte",
    "sean.obrien",
    "layla.haddad",
    "ana.silva",
    "tom.berg",
    "ines.costa",
    "juro.kato",
    "eva.novakova",
)

PAGES_OF_OPERATORS = (
    "/operator/health",
    "/operator/customers",
    "/operator/customers/new",
    "/operator/customers/example-sales",
    "/operator/requests",
    "/operator/webhooks",
    "/operator/operators",
    "/operator/audit",
    "/you",
)


@dataclass(frozen=True, slots=True)
class Filled:
    """The tenant, and the ids of what its pages are about."""

    NAMES: ClassVar[tuple[str, ...]] = (
        "overview",
        "people",
        "existed",
        "person",
        "erase",
        "review",
        "preview",
        "teams",
        "team",
        "pending",
        "activity",
        "story",
        "integrations",
        "scim",
        "guides",
        "guide",
        "trial",
        "sign-on",
        "roles",
        "tokens",
        "administrators",
        "audit",
        "streams",
        "stream",
        "webhooks",
        "webhook",
        "webhook-failing",
        "service",
        "service-paused",
    )

    tenant: Tenant
    #: A tenant of the product that names accounts at services, beside it.
    office: Tenant
    person: str
    team: str
    story: str
    stream: str
    #: One that takes events, and one that does not.
    webhook: str
    webhook_failing: str
    #: Where both listen.
    room: AsyncExitStack

    def path(self, name: str) -> str:
        """The address of a page."""
        below = {
            "existed": "/people?show=unclaimed",
            "person": f"/people/{self.person}",
            "erase": f"/people/{self.person}/erase",
            "review": "/people/review",
            "preview": "/people/preview",
            "team": f"/teams/{self.team}",
            "pending": "/teams/pending",
            "story": f"/activity/{self.story}",
            "integrations": "/settings/integrations",
            "scim": "/settings/integrations/scim",
            "guides": "/settings/integrations/scim/guide",
            "guide": "/settings/integrations/scim/guide/okta-catalog",
            "trial": "/settings/integrations/scim/test",
            "sign-on": "/settings/sign-on",
            "roles": "/settings/roles?try=1&s0=Manager&s1=Administrator&edit=1&source=userType&value=User&instead=Manager",
            "tokens": "/settings/tokens",
            "administrators": "/settings/administrators",
            "audit": "/settings/audit",
            "streams": "/settings/integrations/streams",
            "stream": f"/settings/integrations/streams/{self.stream}",
            "webhooks": "/settings/integrations/webhooks",
            "webhook": f"/settings/integrations/webhooks/{self.webhook}",
            "webhook-failing": f"/settings/integrations/webhooks/{self.webhook_failing}",
        }
        if name.startswith("service"):
            service = "google" if name == "service-paused" else "slack"
            return f"/tenants/{self.office.slug}/settings/integrations/services/{service}"
        return f"/tenants/{self.tenant.slug}{below.get(name, f'/{name}')}"


def filled(server: Served) -> Filled:
    """Everything comes over the wire, as Okta sends it."""
    tenant = server.tenant("Example Sales", "getaccept", account="Example Group")
    server.existing(
        tenant,
        "userName,givenName,familyName,email\nguest@mail.example,Guillaume,Guest,guest@mail.example\n"
        "old.hand@mail.example,Old,Hand,old.hand@mail.example\n",
    )
    okta = Okta(server.base(tenant), server.token(tenant))
    stream = server.do(add_stream(_streams(server), tenant.id, description="Audit at Example Sales"))
    room = AsyncExitStack()
    webhook, failing = server.do(_endpoints(server, tenant, room))
    ids = []
    for at, (given, family, role) in enumerate(_PEOPLE):
        more = {"roles": [{"value": "Administrator", "primary": True}]} if at == 3 else {}
        answer = okta.provision(f"{_ADDRESSES[at]}@example.com", given, family, userType=role, **more)
        ids.append(answer.json()["id"])
    okta.provision(f"{_ADDRESSES[1]}@example.com", userType="Administrator")
    okta.deactivate(ids[4])
    okta.send("DELETE", f"/Users/{ids[9]}")
    team = okta.push_group("Sales EMEA", *ids[:5], "00unobody").json()["id"]
    okta.push_group("Sales EMEA")
    okta.provision("kim.mj")
    okta.provision("boss@example.com", userType="Boss")
    refused = okta.provision("guest@mail.example")
    Okta(server.base(tenant), "vst_scim_short").test_api_credentials()
    server.do(_polled(server, tenant, stream))
    server.do(_delivered(server, webhook, failing))
    office = server.tenant("Example Office", "acall", account="Example Group")
    _linked(server, office)
    story = refused.json()["detail"].rpartition("/")[2]
    return Filled(tenant, office, ids[1], team, story, stream.id, webhook.id, failing.id, room)


def _streams(server: Served) -> StreamDesk:
    return server.application.premises.stream_desk("administrator:mia@example.com")


async def _polled(server: Served, tenant: Tenant, stream: Endpoint) -> None:
    """A receiver has taken some tokens and refused one."""
    premises = server.application.premises
    desk, wait = _streams(server), premises.wait_for_events
    given = list((await poll(desk, stream, tenant.slug, wait, most=4, at_once=True)).sets)
    fault = ("invalid_request", "The audience is not ours")
    again = await desk.stream(stream.id)
    await poll(desk, again, tenant.slug, wait, taken=given[1:], errors={given[0]: fault}, at_once=True)


async def _endpoints(server: Served, tenant: Tenant, room: AsyncExitStack) -> tuple[Endpoint, Endpoint]:
    """One that takes what comes but one event at first, and one that is down; both listen as long as the room is open."""
    desk = server.application.premises.webhook_desk("administrator:mia@example.com")
    came_here: list[Came] = []

    def says(came: Came) -> bytes:
        if came.path.startswith("/badges"):
            return answer(503, b"Badges is closed for maintenance until Monday.")
        came_here.append(came)
        if len(came_here) == 5:
            return answer(500, b'{"error": "no such table: people"}')
        return OK

    receiver = await room.enter_async_context(receiving(says))
    base = receiver.url.removesuffix("/hook")
    payroll = await add_endpoint(desk, f"{base}/hook", tenant=tenant.id, description="Payroll")
    badges = await add_endpoint(
        desk,
        f"{base}/badges/api/v2/incoming/people-and-teams?source=vestibule&environment=production",
        tenant=tenant.id,
        types=["user.created", "user.deactivated", "team.*", "access.*"],
    )
    return payroll.endpoint, badges.endpoint


async def _delivered(server: Served, payroll: Endpoint, badges: Endpoint) -> None:
    """Until the one has taken most, and the other is known to fail."""
    desk = server.application.premises.webhook_desk("administrator:mia@example.com")
    async with asyncio.timeout(60):
        while not (
            await history(desk, payroll, failed=True)
            and len(await desk.store.delivered(payroll)) > 5
            and (await desk.endpoint(badges.id)).shown_state == "failing"
        ):
            await asyncio.sleep(0.05)
    await send_test(desk, payroll)


def _linked(server: Served, office: Tenant) -> None:
    """Slack as a run has left it, and Google paused."""
    okta = Okta(f"{server.url}/scim/v2", server.token(office))
    addresses = [f"{name}@example.com" for name in _ADDRESSES[:5]]
    ids = [
        okta.provision(address, given, family, accounts=_accounts(address)).json()["id"]
        for address, (given, family, _) in zip(addresses, _PEOPLE, strict=False)
    ]

    async def kept() -> None:
        store, premises = server.application.store.linking, server.application.premises
        connecting, now = premises.connecting, premises.clock()
        wanted = [Wanted(id, address, address) for id, address in zip(ids, addresses, strict=True)]
        found = [
            Member("U1", "Mika Laine", addresses[0], (addresses[0],)),
            Member("U3", "Zoë Brontë", addresses[2], (addresses[2],), ended="deactivated"),
            Member("U4", "Seán O’Brien", addresses[3], (addresses[3],), is_guest=True),
        ]
        for service, label in (("slack", "Slack"), ("google", "Google Workspace")):
            workspace = Workspace("W1", "Example Office", "example.com")
            connection = ServiceConnection(
                office.id, service, ConnectionState.CONNECTED, workspace, "admin@example.com", now
            )
            entry = AuditEntry("administrator:mia@example.com", "integration.connect", "Integration", service)
            await store.put_connection(connection, b"sealed", entry, now)
            await store.want(office.id, service, wanted, now)
            outcomes = [
                match(one, [member for member in found if one.key in member.keys], label) for one in wanted
            ]
            await store.settle(office.id, service, outcomes, CONFLICT.format(service=label), now)
        await connecting.pause(office.id, "google", "administrator:mia@example.com")

    server.do(kept())


def _accounts(address: str) -> list[dict[str, str]]:
    return [{"type": service, "value": address} for service in ("slack", "google")]
