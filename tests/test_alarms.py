"""Alarms are told once each, on their day, and not about those who may not come in anyway."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from tests.installation import Site, Tenant, installation
from vestibule.alarms import Alarms, days_to_tell
from vestibule.clock import as_text
from vestibule.settings import Settings
from vestibule.tenancy.access_tokens import issue_token, revoke_token
from vestibule.tenancy.connections import choose_dialect, connection_named
from vestibule.tenancy.tenants import suspend
from vestibule.tenancy.token import Token

DAY = 86_400.0
NOW = 1_800_000_000.0


def token(lifetime: float, left: float, **more: Any) -> Token:
    ends = NOW + left * DAY
    return Token("abcdefgh", 1, 1, "okta", as_text(ends - lifetime * DAY), as_text(ends), **more)


@pytest.mark.parametrize(
    ("lifetime", "left", "days"),
    [
        (365, 61, None),
        (365, 60, 60),
        (365, 31, 60),
        (365, 30, 30),
        (365, 8, 14),
        (365, 7, 7),
        (365, 1.5, 7),
        (365, 1, 1),
        (365, 0.01, 1),
        (365, 0, None),
        (365, -3, None),
        pytest.param(30, 29.9, None, id="issued for thirty days, not told of at once"),
        pytest.param(30, 14, 14, id="issued for thirty days, later"),
        pytest.param(0.5, 0.4, None, id="issued for half a day"),
    ],
)
def test_the_day_on_which_a_token_is_told_of(lifetime: float, left: float, days: int | None) -> None:
    assert days_to_tell(token(lifetime, left), NOW) == days


def test_a_token_that_never_ends_or_has_ended_is_no_news() -> None:
    assert days_to_tell(Token("abcdefgh", 1, 1, "okta", as_text(NOW)), NOW) is None
    assert days_to_tell(token(365, 5, revoked_at=as_text(NOW)), NOW) is None


def alarms(site: Site, in_days: float, **settings: Any) -> Alarms:
    return Alarms(
        site.application.store,
        Settings(database="sqlite://", **settings),
        lambda: time.time() + in_days * DAY,
    )


async def told(site: Site, tenant: Tenant, type: str) -> list[Any]:
    page = await site.application.store.feed.events(0, tenant=tenant.record.id, types=(type,))
    return [(event.subject_id, dict(event.fields)) for event in page.events]


async def test_a_token_is_told_of_once_for_each_day_by_whichever_process(each_store: None) -> None:
    async with installation() as site:
        tenant = await site.tenant()
        issued = await issue_token(site.desk, tenant.record, lifetime=timedelta(days=50))
        ended = await issue_token(site.desk, tenant.record, lifetime=timedelta(days=50))
        await revoke_token(site.desk, ended.record)
        for in_days in (0, 21, 21, 43.5, 49.5, 60):
            for _ in range(2):
                await alarms(site, in_days).round()
        found = [
            fields for id, fields in await told(site, tenant, "token.expiring") if id == issued.record.id
        ]
        assert [fields["days"] for fields in found] == [30, 7, 1]
        assert found[0]["expires_at"] == issued.record.expires_at
        assert ended.record.id not in [id for id, _ in await told(site, tenant, "token.expiring")]


async def test_a_provider_that_used_to_come_and_does_not_is_told_of_once_each_silence(
    each_store: None,
) -> None:
    async with installation() as site:
        tenant, never, shut = await site.tenant(), await site.tenant(), await site.tenant()
        await tenant.get("/Users")
        await shut.get("/Users")
        await suspend(site.desk, shut.record)
        await site.application.store.tenancy.flush()  # type: ignore[attr-defined]
        for in_days in (13, 15, 15, 30):
            await alarms(site, in_days).round()
        assert len(await told(site, tenant, "connection.silent")) == 1
        assert await told(site, never, "connection.silent") == []
        assert await told(site, shut, "connection.silent") == []


async def test_entra_is_silent_after_a_day_and_nobody_where_it_is_switched_off(each_store: None) -> None:
    async with installation() as site:
        entra, off = await site.tenant(), await site.tenant()
        connection = await connection_named(site.desk, entra.record)
        await choose_dialect(site.desk, entra.record, connection, "entra", ["entra"])
        for tenant in (entra, off):
            await tenant.get("/Users")
        await site.application.store.tenancy.flush()  # type: ignore[attr-defined]
        await alarms(site, 15, silent_days=0).round()
        assert await told(site, entra, "connection.silent") == []
        await alarms(site, 1.1).round()
        assert len(await told(site, entra, "connection.silent")) == 1
        assert await told(site, off, "connection.silent") == []
