"""The client and the server: over a socket and in one process, the same calls come to the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from bench.servers import Vestibule
from tests.api.conftest import hand
from tests.cast import hanako, zoe
from tests.installation import installation
from tests.served import HOST, hand_of, serving
from vestibule.client import (
    AsyncClient,
    ChangedMeanwhile,
    Client,
    Conflict,
    Forbidden,
    NotFound,
    Unauthenticated,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vestibule]:
    with serving(Path(tmp_path_factory.mktemp("served"))) as running:
        yield running


@pytest.fixture(scope="module")
def token(server: Vestibule) -> str:
    return server.command("api-token", "issue", "--scope", "*").strip()


def test_a_vendor_sets_up_a_customer_over_a_socket(server: Vestibule, token: str) -> None:
    with Client(f"http://{HOST}:{server.port}", token) as vestibule:
        tenant = vestibule.tenants.create(name="Acme GmbH", profile="acall", plan="basic")
        assert tenant.slug == "acme-gmbh"
        changed = vestibule.tenants.set_plan(tenant.slug, plan="enterprise", if_match=tenant.settings_version)
        with pytest.raises(ChangedMeanwhile):
            vestibule.tenants.set_plan(tenant.slug, plan="basic", if_match=tenant.settings_version)
        assert changed.plan == "enterprise"
        with pytest.raises(Conflict) as refused:
            vestibule.tenants.create(name="Again", slug="acme-gmbh")
        assert refused.value.slug == "slug-taken"
        link = vestibule.setup_links.make(tenant.slug)
        assert "/setup/" in link.url
        issued = vestibule.tokens.issue(tenant.slug, name="okta")
        assert issued.closed is None
        scim = httpx2.get(
            f"http://{HOST}:{server.port}/scim/v2/Users", headers={"Authorization": f"Bearer {issued.token}"}
        )
        assert scim.status_code == 200
        assert [one.id for one in vestibule.tokens.list(tenant.slug)] == [issued.id]
        vestibule.tokens.revoke(tenant.slug, issued.id)
        with pytest.raises(NotFound):
            vestibule.people.show(tenant.slug, "nobody")
    with Client(f"http://{HOST}:{server.port}", "vst_api_wrong") as stranger, pytest.raises(Unauthenticated):
        stranger.description.me()


def test_people_are_iterated_and_changed(server: Vestibule, token: str) -> None:
    idp = hand_of(server, "people", "--profile", "generic")
    for person in (hanako(), zoe()):
        assert idp("POST", "/Users", person).status == 201
    with Client(f"http://{HOST}:{server.port}", token) as vestibule:
        people = list(vestibule.people.list("people", count=1))
        assert [person.user_name for person in people] == ["hanako.sato@corp.test", "Zoë.Brontë@Corp.test"]
        ended = vestibule.people.deactivate("people", people[0].id, if_match=people[0].version)
        assert (ended.active, ended.access) == (False, "ended")
        (active,) = vestibule.people.list("people", filter="active eq true")
        assert active.id == people[1].id
        assert vestibule.people.timeline("people", people[0].id)[0].kind == "request"
        assert "people" in [tenant.slug for tenant in vestibule.tenants.list(count=1)]


def test_events_are_followed_from_a_cursor_on(server: Vestibule, token: str) -> None:
    idp = hand_of(server, "followed", "--profile", "generic")
    idp.create("first@corp.test")
    with Client(f"http://{HOST}:{server.port}", token) as vestibule:
        page = next(vestibule.follow(tenant="followed", wait=1))
        assert [event.type for event in page.events] == ["user.created"]
        id = idp.create("second@corp.test")
        rest = vestibule.follow(after=page.cursor, tenant="followed", wait=1)
        assert [event.subject_id for event in next(rest).events] == [id]


async def test_the_asynchronous_one_calls_an_application_in_its_own_process() -> None:
    async with installation() as site:
        tenant = await site.tenant("generic", "inside")
        await tenant.post("/Users", hanako())
        api = await hand(site, ["people:read"], tenant=tenant.record)
        transport = httpx2.ASGITransport(site.application)
        async with AsyncClient("https://vestibule.test", api.token, transport=transport) as vestibule:
            assert (await vestibule.description.me()).tenant == "inside"
            people = [person async for person in vestibule.people.list("inside")]
            assert [person.user_name for person in people] == ["hanako.sato@corp.test"]
            with pytest.raises(Forbidden) as refused:
                await vestibule.people.deactivate("inside", people[0].id)
            assert refused.value.slug == "scope-missing"
        follower = await hand(site, ["events:read"], tenant=tenant.record)
        async with AsyncClient("https://vestibule.test", follower.token, transport=transport) as vestibule:
            async for page in vestibule.follow(wait=1):
                assert "user.created" in [event.type for event in page.events]
                break
