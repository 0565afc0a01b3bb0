"""The timing class of a refusal, in statements asked of the database: the same for what exists and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from unittest.mock import patch

import pytest

from tests.installation import Site, Tenant, installation
from tests.served import GROUP, person
from tests.served import patch as patch_of
from vestibule.stores.postgresql.connection import Parameters, PostgresConnection, Row
from vestibule.stores.sqlite.database import SqliteDatabase

_UNKNOWN = "0b5e0000-0000-4000-8000-00000000beef"


#: Set where the request is made: what goes on beside it in the process asks in contexts of its own.
_ours: ContextVar[bool] = ContextVar("ours", default=False)

pytestmark = pytest.mark.usefixtures("each_store")


@contextmanager
def _statements(site: Site) -> Iterator[list[str]]:
    """What is asked of the database meanwhile; the log of reads is written in its own time."""
    store: Any = site.application.store
    asked: list[str] = []

    def keep(sql: str) -> None:
        asked.append(" ".join(sql.split()[:4]))

    if isinstance(store.database, SqliteDatabase):
        raw = store.database.reading.raw
        store.database.reading.read_before().clear()  # an admission that is remembered would ask nothing
        raw.set_trace_callback(keep)
        try:
            yield asked
        finally:
            raw.set_trace_callback(None)
        return

    rows = PostgresConnection.rows

    async def watched(self: PostgresConnection, sql: str, parameters: Parameters = ()) -> list[Row]:
        if _ours.get():
            keep(sql)
        return await rows(self, sql, parameters)

    token = _ours.set(True)
    try:
        with patch.object(PostgresConnection, "rows", watched):
            yield asked
    finally:
        _ours.reset(token)


async def _asked(site: Site, tenant: Tenant, method: str, path: str, body: Any) -> list[str]:
    with _statements(site) as asked:
        await tenant._ask(method, path, body, None)
    return list(asked)


@pytest.mark.requirement("R181")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("endpoint", ["Users", "Groups"])
async def test_anothers_id_costs_what_an_unknown_one_costs(method: str, endpoint: str) -> None:
    async with installation() as site:
        owner, stranger = await site.tenant(), await site.tenant()
        bodies = {"Users": person("a@people.example"), "Groups": {"schemas": [GROUP], "displayName": "Team"}}
        made = await owner.post(f"/{endpoint}", bodies[endpoint])
        assert made.status == 201
        body = {
            "PUT": bodies[endpoint],
            "PATCH": patch_of({"op": "replace", "path": "displayName", "value": "Other"}),
        }.get(method)
        for _ in range(2):  # the second time: whatever is remembered is
            existing = await _asked(site, stranger, method, f"/{endpoint}/{made.json['id']}", body)
            unknown = await _asked(site, stranger, method, f"/{endpoint}/{_UNKNOWN}", body)
        assert existing
        assert existing == unknown


@pytest.mark.requirement("R181")
async def test_anothers_tenant_url_costs_what_an_unknown_one_costs() -> None:
    async with installation() as site:
        owner, stranger = await site.tenant(), await site.tenant()
        at_owners = Tenant(site.application, owner.slug, stranger.token, base=f"/t/{owner.slug}/scim/v2")
        at_nobodys = Tenant(site.application, "nobody", stranger.token, base="/t/nobody/scim/v2")
        for _ in range(2):
            existing = await _asked(site, at_owners, "GET", "/Users", None)
            unknown = await _asked(site, at_nobodys, "GET", "/Users", None)
        assert existing
        assert existing == unknown
