"""What is there after a move: everything, under the same names and numbers, going on where it was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import CORE_USER
from tests.installation import Tenant, installation
from tests.moving.conftest import PEOPLE, Filled
from tests.postgresql import Place
from vestibule.stores.move import Progress
from vestibule.stores.shared_sql.tables import RECEIVING


async def there(place: Place, sql: str) -> list[tuple[Any, ...]]:
    """What PostgreSQL holds, read from outside."""
    connection = await place.connect()
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def test_every_table_has_the_same_rows(filled: Filled, postgresql: Place) -> None:
    seen: list[Progress] = []
    filled.fill_what_is_empty([table.name for table in RECEIVING])
    moved = await filled.move(postgresql, seen.append)
    assert [table.table for table in moved.tables] == [table.name for table in RECEIVING]
    for table in moved.tables:
        where = " WHERE name <> 'moved'" if table.table == "setting" else ""
        counted = filled.rows(f"SELECT count(*) FROM {table.table}{where}")[0][0]
        assert table.rows == counted, table
        assert counted, table
        assert await there(postgresql, f"SELECT count(*) FROM {table.table}") == [(counted,)]
        assert table.source_sha256 == table.target_sha256
        assert int(table.source_sha256, 16)
    assert [one.stage for one in seen][-2:] == ["copied", "marked"]
    copying = [one for one in seen if one.stage == "copying"]
    assert copying[-1].rows == copying[-1].total == sum(table.rows for table in moved.tables)


@pytest.mark.parametrize(
    ("here", "sql"),
    [
        ("", "SELECT seq, id, version, created, user_name, email, external_id, label FROM resource ORDER BY seq"),
        ("", "SELECT hash, id, tenant, connection, expires_at FROM token ORDER BY id"),
        ("", "SELECT seq, at, type, subject_id, payload FROM event ORDER BY seq"),
        ("", "SELECT grp, member FROM member ORDER BY grp, member"),
        ("", "SELECT seq, first_id, last_id, requests FROM request_batch ORDER BY seq"),
        ("", "SELECT tenant, type, managed, shifts FROM counter ORDER BY tenant, type"),
        ("", "SELECT name, value FROM setting WHERE name <> 'moved' ORDER BY name"),
        (
            "SELECT coalesce(tenant, 0), seq, actor, action, salt, chain FROM audit ORDER BY seq",
            "SELECT tenant, seq, actor, action, salt, chain FROM audit ORDER BY seq",
        ),
        (
            "SELECT replace(hex(path), '00', 'EFBFBD') FROM request_log WHERE tenant IS NULL AND id = 'zz'",
            "SELECT upper(encode(convert_to(path, 'UTF8'), 'hex')) FROM request_log WHERE tenant = 0 AND id = 'zz'",
        ),
    ],
)  # fmt: skip
async def test_rows_as_they_were(filled: Filled, postgresql: Place, here: str, sql: str) -> None:
    """Looked at without the hashes, which might be wrong on both sides alike."""
    before = filled.rows(here or sql)
    assert before
    await filled.move(postgresql)
    assert await there(postgresql, sql) == before


async def test_documents_are_served_byte_by_byte(filled: Filled, postgresql: Place) -> None:
    before = filled.rows("SELECT id, doc FROM resource ORDER BY id")
    await filled.move(postgresql)
    assert await there(postgresql, "SELECT id, doc FROM resource ORDER BY id") == before


async def test_numbers_go_on(filled: Filled, postgresql: Place) -> None:
    """After the highest ever given, were it forgotten since: a reader of events would not see a lower one."""
    last = {
        name: filled.rows(f"SELECT max(seq) FROM {name}")[0][0]
        for name in ("resource", "audit", "request_log")
    }
    await filled.move(postgresql)
    async with installation(postgresql) as site:
        tenant = Tenant(site.application, (await site.desk.store.tenants_named(filled.slug))[0], filled.token)
        made = await tenant.post("/Users", {"schemas": [CORE_USER], "userName": "after@corp.test"})
        assert made.status == 201
        assert (await site.tenant(slug="second")).record.id == 2
        assert await site.application.store.log.events(after=5000)
    [(event,)] = await there(postgresql, "SELECT max(seq) FROM event")
    assert event > 5000
    for name, before in last.items():
        assert (await there(postgresql, f"SELECT max(seq) FROM {name}"))[0][0] > before


async def test_who_knew_the_old_one_goes_on_with_the_new_one(filled: Filled, postgresql: Place) -> None:
    """The same token, ids, ETags, members, totals; and a cursor of before leads on."""
    async with installation(filled.url) as site:
        tenant = Tenant(site.application, (await site.desk.store.tenants_named(filled.slug))[0], filled.token)
        asked = [f"/Users/{filled.people[3]}", "/Users?count=100", f"/Groups/{filled.group}", "/Groups"]
        asked += ["/Users?filter=userName%20eq%20%22ελένη.STRASSE@corp.test%22", "/Users?sortBy=userName"]
        asked += ["/Users?filter=externalId%20eq%20%2200u4%22", f"/Users/{filled.people[-1]}x"]
        before = [await tenant.get(path) for path in asked]
        page = (await tenant.get("/Users?count=10&cursor=&sortBy=userName")).json
        rest = (await tenant.get(f"/Users?count=10&cursor={page['nextCursor']}&sortBy=userName")).json
    await filled.move(postgresql)
    async with installation(postgresql) as site:
        tenant = Tenant(site.application, (await site.desk.store.tenants_named(filled.slug))[0], filled.token)
        after = [await tenant.get(path) for path in asked]
        for one, other in zip(before[:-1], after[:-1], strict=True):
            assert one.status == other.status == 200
            assert one.json == other.json
            assert one.headers.get("etag") == other.headers.get("etag")
        assert before[-1].status == after[-1].status == 404
        assert after[1].json["totalResults"] == PEOPLE - 1
        again = await tenant.get(f"/Users?count=10&cursor={page['nextCursor']}&sortBy=userName")
        assert again.status == 200
        assert [one["id"] for one in again.json["Resources"]] == [one["id"] for one in rest["Resources"]]
        # Who waited in the group comes in, and the one who was deleted is free to come again.
        made = await tenant.post(
            "/Users", {"schemas": [CORE_USER], "userName": "nobody-yet", "externalId": "nobody-yet"}
        )
        assert made.status == 201
        members = (await tenant.get(f"/Groups/{filled.group}")).json["members"]
        assert made.json["id"] in [member["value"] for member in members]


async def test_the_log_tells_of_before(filled: Filled, postgresql: Place) -> None:
    [(lone,)] = filled.rows("SELECT id FROM request_log WHERE method = 'DELETE'")
    await filled.move(postgresql)
    async with installation(postgresql) as site:
        log = site.application.store.log
        found = await log.request(str(lone))
        assert found is not None
        assert found.status == 204
        reads = [one for one in await log.requests(1) if one.method == "GET"]
        assert reads, "a batch of reads"
        story = await log.story_of(1, filled.people[0])
        assert story
