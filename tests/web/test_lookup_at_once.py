"""The shortest way of a lookup gives what the general way gives, to the byte, and goes it no longer once anything has changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from tests.database import STORES, new_database
from tests.installation import Site, Tenant, installation
from tests.served import GROUP, USER
from vestibule.app import Vestibule
from vestibule.clock import utc_clock
from vestibule.directory.store import Recorded
from vestibule.recordings.format import Setup
from vestibule.stores.sqlite.directory import SqliteDirectory
from vestibule.tenancy.access_tokens import issue_token, only_live_token, revoke_token
from vestibule.tenancy.tenant import Provisioning
from vestibule.tenancy.tenants import change_profile, suspend, switch_provisioning
from vestibule.web.lookup_at_once import Head

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True)
class Ways:
    """Both ways to one tenant."""

    site: Site
    tenant: Tenant

    @property
    def application(self) -> Vestibule:
        """Who is asked."""
        return self.site.application

    def head(self, **further: str) -> Head:
        """What a client says each time."""
        said = {
            "authorization": f"Bearer {self.tenant.token}",
            "user-agent": "Okta SCIM Client 1.0.0",
            **further,
        }
        return Head({name.replace("_", "-").encode(): value.encode() for name, value in said.items()}, 0)

    async def short(self, url: str, head: Head) -> tuple[str, bytes] | None:
        """Request id and the rest of the answer, without the id."""
        looked_up = self.application.lookup(url.encode(), head)
        answer = looked_up if looked_up is None or isinstance(looked_up, bytes) else await looked_up
        if answer is None:
            return None
        first, _, rest = answer.partition(b"\r\n")
        name, _, id = first.partition(b": ")
        assert name == b"x-request-id"
        return id.decode(), rest

    async def general(self, url: str, head: Head) -> tuple[str, bytes]:
        """The same by the general way."""
        path, _, query = url.encode().partition(b"?")
        begun = self.application.begin("GET", path.decode(), query, head.headers, b"")
        assert begun is not None
        exchange, reply = await begun
        lines = [b"%b: %b\r\n" % header for header in self.application.head(exchange, reply)[1:]]
        return exchange.request_id, b"".join(lines) + b"\r\n" + bytes(reply.body)

    async def log_row(self, id: str) -> Recorded:
        """What the request log says of it, less what differs between two requests."""
        row = await self.application.store.log.request(id)
        assert row is not None
        return replace(row, id="", at="", duration_us=0)

    async def holds(self, url: str, head: Head | None = None) -> bytes:
        """Both ways were gone, with one answer and one row in the log."""
        head = head or self.head()
        short, general = await self.short(url, head), await self.general(url, head)
        assert short is not None, url
        assert short[1] == general[1], url
        assert await self.log_row(short[0]) == await self.log_row(general[0])
        return short[1]


@pytest.fixture(params=STORES)
async def ways(request: pytest.FixtureRequest) -> AsyncIterator[Ways]:
    """A tenant with some people, one of whom is in a group, and the manager of another."""
    async with installation(new_database(store=request.param)) as site:
        tenant = await site.tenant(slug="corp")
        made = {}
        for name in ("anna@corp.example", "Ben+x@corp.example", "token@corp.example", "team"):
            answer = await tenant.post(
                "/Users", {"schemas": [USER], "userName": name, "externalId": f"x-{name}"}
            )
            assert answer.status == 201
            made[name] = answer.json["id"]
        led = {"schemas": [USER, ENTERPRISE], "userName": "led@corp.example"}
        led[ENTERPRISE] = {"manager": {"value": made["anna@corp.example"]}}  # type: ignore[assignment]
        assert (await tenant.post("/Users", led)).status == 201
        group = {"schemas": [GROUP], "displayName": "team", "members": [{"value": made["anna@corp.example"]}]}
        assert (await tenant.post("/Groups", group)).status == 201
        yield Ways(site, tenant)


def lookup(name: str, *, base: str = "/scim/v2", rest: str = "") -> str:
    """The URL of a lookup."""
    return f"{base}/Users?filter=" + quote(f'userName eq "{name}"', safe="") + rest


@pytest.mark.requirement("R83")
@pytest.mark.parametrize(
    "url",
    [
        pytest.param(lookup("anna@corp.example"), id="in a group"),
        pytest.param(lookup("ANNA@corp.example"), id="in capitals"),
        pytest.param(lookup("ben+x@corp.example"), id="with a plus"),
        pytest.param(lookup("nobody@corp.example"), id="nobody"),
        pytest.param(lookup("team"), id="named like a group"),
        pytest.param(lookup("token@corp.example"), id="what may be a secret"),
        pytest.param(lookup("anna@corp.example", rest="&startIndex=1&count=100"), id="as Okta asks"),
        pytest.param(lookup("anna@corp.example").replace("%20", "+"), id="spaces as plus"),
        pytest.param(lookup("anna@corp.example", base="/t/corp/scim/v2"), id="by the Tenant URL"),
    ],
)
async def test_both_ways_answer_alike(ways: Ways, url: str) -> None:
    await ways.holds(url)


@pytest.mark.parametrize("accept", ["application/json", "application/scim+json", "*/*"])
async def test_the_media_type_is_what_was_asked_for(ways: Ways, accept: str) -> None:
    await ways.holds(lookup("anna@corp.example"), ways.head(accept=accept))


async def test_somebody_who_existed_before_is_found(ways: Ways) -> None:
    await ways.site.prepare(ways.tenant, Setup(existing=({"userName": "old@corp.example"},)))
    assert b'"totalResults":1' in await ways.holds(lookup("old@corp.example"))


async def test_what_was_written_is_seen_by_the_next_lookup(ways: Ways) -> None:
    head = ways.head()
    assert b'"totalResults":0' in await ways.holds(lookup("new@corp.example"), head)
    assert (
        await ways.tenant.post("/Users", {"schemas": [USER], "userName": "new@corp.example"})
    ).status == 201
    assert b'"totalResults":1' in await ways.holds(lookup("new@corp.example"), head)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(lookup("led@corp.example"), id="a person with a manager"),
        pytest.param(lookup("änna@corp.example"), id="beyond ASCII"),
        pytest.param(lookup('a"b'), id="a quote"),
        pytest.param(lookup("anna@corp.example", rest="&attributes=userName"), id="a projection"),
        pytest.param(lookup("anna@corp.example", rest="&count=0"), id="no person wanted"),
        pytest.param(lookup("anna@corp.example", rest="&startIndex=2"), id="behind the first"),
        pytest.param("/scim/v2/Users?filter=externalId%20eq%20%22x%22", id="another attribute"),
        pytest.param(lookup("anna@corp.example", base="/t/other/scim/v2"), id="another tenant's URL"),
        pytest.param(lookup("anna@corp.example").replace("Users", "Groups"), id="another type"),
    ],
)
async def test_whatever_is_not_plain_goes_the_general_way(ways: Ways, url: str) -> None:
    assert await ways.short(url, ways.head()) is None


@pytest.mark.parametrize(
    "head",
    [
        pytest.param({"authorization": "Bearer vst_scim_nothing"}, id="an unknown token"),
        pytest.param({"authorization": ""}, id="no token"),
        pytest.param({"vestibule_dry_run": "true"}, id="a dry run"),
    ],
)
async def test_whoever_is_not_let_in_hears_it_the_general_way(ways: Ways, head: dict[str, str]) -> None:
    assert await ways.short(lookup("anna@corp.example"), ways.head(**head)) is None


async def _revoke(ways: Ways) -> Any:
    await revoke_token(ways.site.desk, await only_live_token(ways.site.desk, ways.tenant.record))


async def _suspend(ways: Ways) -> Any:
    await suspend(ways.site.desk, ways.tenant.record)


async def _pause(ways: Ways) -> Any:
    await switch_provisioning(ways.site.desk, ways.tenant.record, Provisioning.PAUSED)


@pytest.mark.requirement("R183")
@pytest.mark.parametrize("end", [_revoke, _suspend, _pause])
async def test_what_was_settled_ends_with_what_it_was_settled_by(
    ways: Ways, end: Callable[[Ways], Awaitable[Any]]
) -> None:
    """The next request after it goes the general way, which refuses."""
    head = ways.head()
    await ways.holds(lookup("anna@corp.example"), head)
    await end(ways)
    assert await ways.short(lookup("anna@corp.example"), head) is None
    assert b'"status":"40' in (await ways.general(lookup("anna@corp.example"), head))[1]


async def test_another_profile_is_answered_by_it(ways: Ways) -> None:
    head = ways.head()
    await ways.holds(lookup("anna@corp.example"), head)
    await change_profile(ways.site.desk, ways.tenant.record, "getaccept", accept=True)
    short, general = (
        await ways.short(lookup("anna@corp.example"), head),
        await ways.general(lookup("anna@corp.example"), head),
    )
    assert short is None or short[1] == general[1]


async def test_a_token_ends_at_its_time() -> None:
    now = [utc_clock()()]
    async with installation("sqlite://", clock=lambda: now[0]) as site:
        tenant = await site.tenant(slug="corp")
        issued = await issue_token(site.desk, tenant.record, lifetime=timedelta(days=1))
        ways = Ways(site, replace(tenant, token=issued.secret))
        head = ways.head()
        await ways.holds(lookup("anna@corp.example"), head)
        assert issued.record.expires_at is not None
        now[0] = issued.record.expires_at
        assert await ways.short(lookup("anna@corp.example"), head) is None


async def test_nobody_is_answered_once_the_server_stops(ways: Ways) -> None:
    head = ways.head()
    assert await ways.short(lookup("anna@corp.example"), head) is not None
    await ways.application.stop()
    assert await ways.short(lookup("anna@corp.example"), head) is None


async def test_where_tokens_are_counted_every_request_is() -> None:
    async with installation("sqlite://", requests_per_second=25) as site:
        ways = Ways(site, await site.tenant(slug="corp"))
        assert await ways.short(lookup("anna@corp.example"), ways.head()) is None


async def test_an_answer_goes_out_although_it_cannot_be_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, row: Recorded) -> None:
        raise RuntimeError("no log")

    monkeypatch.setattr(SqliteDirectory, "record", broken)
    async with installation("sqlite://") as site:
        ways = Ways(site, await site.tenant(slug="corp"))
        with capture_logs() as told:
            assert await ways.short(lookup("anna@corp.example"), ways.head()) is not None
        assert "no log" in str(told)
