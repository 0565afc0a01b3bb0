"""People whom the other process writes are the same people, in every table, as those whom the writer writes itself."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.installation import Site, Tenant, installation
from tests.postgresql import Place
from tests.served import person
from vestibule.app import Vestibule
from vestibule.stores.receiving import open_receiving_store
from vestibule.stores.sqlite.appending.process import Answered
from vestibule.stores.sqlite.receiving import SqliteReceiving
from vestibule.stores.sqlite.writer import Writer

MANY = 24
_BODIES: dict[str, dict[str, Any]] = {
    "generic": {},
    "acall": {"userType": "general"},
    "getaccept": {"userType": "User"},
}
#: What differs by its nature: numbers drawn, moments, how long it took, and the seals that come later.
_DRAWN = frozenset(
    (
        "id",
        "seq",
        "resource",
        "subject_id",
        "request_id",
        "at",
        "created",
        "modified",
        "duration_us",
        "last_at",
    )
) | {"token_name", "salt", "payload_hash", "chain"}
_TOKEN = re.compile(r"token:\w{8}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def writer_of(application: Vestibule) -> Writer:
    store = application.store
    assert isinstance(store, SqliteReceiving)
    return store.database.writer


@asynccontextmanager
async def site(folder: Path, monkeypatch: pytest.MonkeyPatch, *, apart: bool) -> AsyncIterator[Site]:
    """An installation on a file, whose people another process writes, or not."""
    monkeypatch.setattr(
        "vestibule.app.open_receiving_store", partial(open_receiving_store, appends_apart=apart)
    )
    async with installation(Place(f"sqlite:///{folder}/x.db", "vestibule")) as found:
        process = writer_of(found.application).apart
        assert (process is not None) == apart
        ends = time.monotonic() + 20
        while process is not None and not process.is_free and time.monotonic() < ends:
            await asyncio.sleep(0.005)
        yield found


def body(profile: str, number: int) -> dict[str, Any]:
    further = [{"value": f"p{number}@private.example", "type": "home"}]
    name = f"person{number}@corp.example"
    emails = [{"value": name, "type": "work", "primary": True}, *further]
    return person(name, emails=emails, externalId=f"00u{number}", **_BODIES[profile])


async def create(tenant: Tenant, profile: str, numbers: range) -> list[str]:
    answers = await asyncio.gather(*(tenant.post("/Users", body(profile, number)) for number in numbers))
    assert [answer.status for answer in answers] == [201] * len(numbers), answers[0].json
    return [answer.json["id"] for answer in answers]


def tables(file: Path) -> dict[str, list[str]]:
    """Every row that these requests write, in no order: less what is drawn, and with userNames in place of ids."""
    found = {}
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        names = dict(connection.execute("SELECT id, user_name FROM resource").fetchall())
        for table in (
            "resource",
            "key",
            "event",
            "audit",
            "request_log",
            "counter",
            "external_id",
            "member",
            "job",
        ):
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
            kept = [row for row in rows if row.get("subject_type", "User") == "User"]
            found[table] = sorted(
                told({k: v for k, v in row.items() if k not in _DRAWN}, names) for row in kept
            )
    return found


def told(row: dict[str, Any], names: dict[str, str]) -> str:
    """A row as a text, without instants and the token's name."""
    text = _TOKEN.sub("a token", _INSTANT.sub("some time", str(row)))
    for id, name in names.items():
        text = text.replace(id, name)
    return text


@pytest.mark.parametrize("profile", list(_BODIES))
async def test_what_is_kept_is_the_same(
    profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []
    for apart in (True, False):
        folder = tmp_path / str(apart)
        folder.mkdir()
        async with site(folder, monkeypatch, apart=apart) as found:
            tenant = await found.tenant(profile, "example")
            await create(tenant, profile, range(MANY))
            writer = writer_of(found.application)
            assert (writer.groups_apart > 0) == apart
        kept.append(tables(folder / "x.db"))
    assert kept[0] == kept[1]
    assert len(kept[0]["resource"]) == len(kept[0]["event"]) == MANY


async def test_whoever_was_told_finds_them_by_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site(tmp_path, monkeypatch, apart=True) as found:
        tenant = await found.tenant()
        ids = await create(tenant, "generic", range(MANY))
        assert writer_of(found.application).groups_apart > 0
        for number, id in enumerate(ids):
            for filter in (
                f'userName eq "PERSON{number}@corp.example"',
                f'externalId eq "00u{number}"',
                f'emails.value eq "p{number}@private.example"',
            ):
                listed = (
                    await tenant.get("/Users?filter=" + filter.replace(" ", "%20").replace('"', "%22"))
                ).json
                assert [each["id"] for each in listed["Resources"]] == [id], filter
        assert (await tenant.get("/Users?count=0")).json["totalResults"] == MANY


async def test_of_many_posts_of_one_name_one_is_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site(tmp_path, monkeypatch, apart=True) as found:
        tenant = await found.tenant()
        names = ["Same@corp.example", "same@CORP.example", "SAME@corp.example"] * 8
        answers = await asyncio.gather(*(tenant.post("/Users", person(name)) for name in names))
        assert sorted(answer.status for answer in answers) == [201, *[409] * 23]
        refused = next(answer.json for answer in answers if answer.status == 409)
        assert refused["scimType"] == "uniqueness"
        await create(tenant, "generic", range(MANY))
        assert (await tenant.get("/Users?count=0")).json["totalResults"] == MANY + 1


async def test_a_group_that_begins_to_wait_between_decision_and_commit_gets_its_member(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must hold is asked in the transaction: somebody else writes while the rows are on their way."""
    async with site(tmp_path, monkeypatch, apart=True) as found:
        tenant = await found.tenant()
        await found.pin(tenant, "okta")
        group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All"}
        made = (await tenant.post("/Groups", group)).json["id"]
        process = writer_of(found.application).apart
        assert process is not None
        sends, sent = process.send, []

        def send(message: bytes, answered: Answered) -> None:
            if not sent:
                wait_for_one(tmp_path / "x.db", made, "person0@corp.example")
            sent.append(message)
            sends(message, answered)

        monkeypatch.setattr(process, "send", send)
        ids = await create(tenant, "generic", range(MANY))
        assert sent
        members = (await tenant.get(f"/Groups/{made}")).json["members"]
        assert [member["value"] for member in members] == [ids[0]]


def wait_for_one(file: Path, group: str, value: str) -> None:
    """As another process would leave it that was asked to add somebody who is not there yet."""
    with closing(sqlite3.connect(file, timeout=10)) as connection, connection:
        connection.execute(
            "INSERT INTO pending_member (tenant, grp, value, folded, connection, since) "
            "SELECT tenant, seq, ?, ?, connection, modified FROM resource WHERE id = ?",
            (value, value, group),
        )
