"""A SQLite installation with something in every table, made by using it."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.process import python
from tests.cast import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from tests.installation import Site, Tenant, installation
from tests.postgresql import Place
from vestibule.stores.move import Moved, Progress, move_installation
from vestibule.tenancy.domains import add_domain

PEOPLE = 30
_REPOSITORY = Path(__file__).resolve().parents[2]
#: Nobody makes these over HTTP in a few requests.
_RARE = """
INSERT INTO token_request (tenant, asked_at, asked_by) VALUES (1, '2026-01-01T00:00:00.000Z', 'admin');
INSERT INTO tenant_role VALUES (1, 'scout', 'Scout', '["read"]');
INSERT INTO profile VALUES ('own', 1, '# 日本', '2026-01-01T00:00:00.000Z');
INSERT INTO profile_current VALUES ('own', 1);
INSERT INTO external_id VALUES (1, 77, 1, 'User', 'as another connection has it');
INSERT INTO key VALUES (1, 1, 'title', 'straße');
INSERT INTO job (tenant, kind, payload, not_before) VALUES (1, 'never', '{}', '2999-01-01T00:00:00.000Z');
INSERT INTO tolerance_day VALUES (1, 1, 'a quirk', '2026-01-01', 3, '2026-01-01T00:00:00.000Z');
INSERT INTO review_candidate VALUES (1, 'somebody', 1);
INSERT INTO review (tenant, id, connection, user_name, candidates, reason, asked_at)
    VALUES (1, 'r1', 1, 'who@corp.test', '["a"]', 'two of them', '2026-01-01T00:00:00.000Z');
INSERT INTO request_log (id, tenant, at, method, path, status, duration_us, dialect, token_name, subject_type,
    subject_id, rule, reason) VALUES ('zz', NULL, '2026-01-01T00:00:00.000Z', 'GET', '/a' || char(0) || 'b', 401, 1,
    '', '', '', '', '', 'nobody');
INSERT INTO event (seq, tenant, at, type, subject_type, subject_id) VALUES (5000, 1, '', 'never', '', '');
DELETE FROM event WHERE seq = 5000;
UPDATE resource SET find = json_set(find, '$.odd', json('[1e2, 1.50, -0.0, 12345678901234567890, 1e-7]'));
"""


#: A value for a column of that type; 1 is the tenant that is there.
_ANY = {"INTEGER": 1, "TEXT": "anything", "BLOB": b"any"}


@dataclass(frozen=True, slots=True)
class Filled:
    """The file, and what an identity provider knows of it."""

    path: Path
    slug: str
    token: str
    people: list[str]
    group: str

    @property
    def url(self) -> str:
        """As --database takes it."""
        return f"sqlite:///{self.path}"

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What the file holds, read from outside."""
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def dump(self) -> list[str]:
        """The whole file as SQL."""
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            return list(connection.iterdump())
        finally:
            connection.close()

    def fill_what_is_empty(self, tables: Sequence[str]) -> None:
        """A row in each of these tables that has none: a table made since is in no other way in this file."""
        connection = sqlite3.connect(self.path)
        for table in tables:
            if not connection.execute(f"SELECT 1 FROM {table}").fetchone():
                columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
                values = {row[1]: _ANY[row[2]] for row in columns if row[3] or row[5]}
                named, marks = ", ".join(values), ", ".join("?" * len(values))
                connection.execute(f"INSERT INTO {table} ({named}) VALUES ({marks})", list(values.values()))
        connection.commit()
        connection.close()

    async def move(self, place: Place, tell: Callable[[Progress], None] = lambda _: None) -> Moved:
        """Move it there. ``tell`` is told the progress."""
        return await move_installation(self.url, place.url, schema=place.schema, progress=tell)


def child(filled: Filled, place: Place, stage: str, rows: int) -> subprocess.Popen[str]:
    """A move in a process of its own; it kills itself at that stage, after so many rows."""
    command = python("-m", "tests.moving.killed", filled.url, place.url, place.schema, stage, str(rows))
    return subprocess.Popen(
        command, cwd=_REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


async def people_of(tenant: Tenant) -> list[str]:
    """Some people; one of them deleted, one inactive, one known by a name from far away. Their ids."""
    ids = []
    for number in range(PEOPLE):
        body = {
            "schemas": [CORE_USER, ENTERPRISE_USER],
            "userName": f"person{number}@corp.test" if number else "Ελένη.Straße@corp.test",
            "name": {"givenName": "Ñandú 花", "familyName": f"Number {number}"},
            "externalId": f"00u{number}",
            "emails": [
                {"value": f"person{number}@corp.test", "type": "work", "primary": True},
                {"value": f"home{number}@corp.test", "type": "home"},
            ],
            ENTERPRISE_USER: {"department": "R&D"},
        }
        answer = await tenant.post("/Users", body)
        assert answer.status == 201, answer
        ids.append(str(answer.json["id"]))
    assert (await tenant.delete(f"/Users/{ids[-1]}")).status == 204
    return ids[:-1]


async def fill(site: Site) -> tuple[Tenant, list[str], str]:
    """A tenant with people, a group with unresolved members, a proven domain, the log of it all."""
    tenant = await site.tenant(slug="corp")
    ids = await people_of(tenant)
    members = [{"value": value} for value in [*ids[:20], "nobody-yet"]]
    body = {"schemas": [CORE_GROUP], "displayName": "Everybody", "members": members}
    group = str((await tenant.post("/Groups", body)).json["id"])
    await tenant.get("/Users?count=5&cursor")
    await add_domain(site.desk, tenant.record, "corp.test")
    return tenant, ids, group


@pytest.fixture
async def filled(tmp_path: Path) -> Filled:
    """Stopped, so that nobody else has the file open."""
    path = tmp_path / "vestibule.db"
    async with installation(f"sqlite:///{path}") as site:
        tenant, ids, group = await fill(site)
    connection = sqlite3.connect(path)
    connection.executescript(_RARE)
    connection.close()
    return Filled(path, tenant.slug, tenant.token, ids, group)
