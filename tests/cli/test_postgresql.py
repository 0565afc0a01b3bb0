"""The command line over PostgreSQL: what it does there, and what it says where it cannot."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CommandLine, Said
from tests.postgresql import PASSWORD, Place
from vestibule.key_ring import new_key


@pytest.fixture
def on_postgresql(postgresql: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VESTIBULE_SCHEMA", postgresql.schema)
    return CommandLine(postgresql.url)


async def tables(place: Place, schema: str) -> int:
    connection = await place.connect()
    found: int = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = $1", schema)
    await connection.close()
    return found


def done(said: Said) -> Any:
    assert said.code == 0, said.err
    return said


def test_migrate_says_from_where_to_where(on_postgresql: CommandLine) -> None:
    first = done(on_postgresql("migrate", "--json")).json
    assert first["from"] == 0
    assert first["to"] > 0
    assert "already" in done(on_postgresql("migrate")).out


def test_everything_is_in_the_schema_that_was_named(on_postgresql: CommandLine, postgresql: Place) -> None:
    before = asyncio.run(tables(postgresql, "public"))
    done(on_postgresql("migrate"))
    assert asyncio.run(tables(postgresql, postgresql.schema)) > 15
    assert asyncio.run(tables(postgresql, "public")) == before


def test_an_operators_day(on_postgresql: CommandLine, tmp_path: Path) -> None:
    """Tenant, token, people who existed before, a role, a domain: each as on SQLite."""
    done(on_postgresql("tenant", "create", "Corp", "--profile", "getaccept"))
    done(on_postgresql("tenant", "sso", "corp", "--confirmed"))
    token = done(on_postgresql("token", "issue", "corp")).out.strip()
    assert token.startswith("vst_scim_")
    people = tmp_path / "people.csv"
    people.write_text(
        "userName,givenName,familyName,email,active\nmika@corp.test,Mika,Laine,mika@corp.test,true\n"
    )
    done(on_postgresql("user", "import", "corp", str(people)))
    [person] = done(on_postgresql("user", "list", "corp", "--all", "--json")).json
    assert person["userName"] == "mika@corp.test"
    done(on_postgresql("domain", "add", "corp", "corp.test"))
    assert [row["slug"] for row in done(on_postgresql("tenant", "list", "--json")).json] == ["corp"]
    story = done(on_postgresql("explain", "mika@corp.test", "--json")).json
    assert story


def test_a_server_that_is_not_there(on_postgresql: CommandLine, tmp_path: Path) -> None:
    said = on_postgresql("tenant", "list", "--database", f"postgresql://me:{PASSWORD}@/db?host={tmp_path}")
    assert said.code == 1
    assert "cannot be reached" in said.err
    assert PASSWORD not in said.err + said.out


def test_an_address_of_another_driver(on_postgresql: CommandLine) -> None:
    said = on_postgresql("migrate", "--database", f"postgresql+asyncpg://me:{PASSWORD}@host/db")
    assert said.code == 1
    assert "postgresql://user@host/database" in said.err
    assert PASSWORD not in said.err + said.out


def test_the_sending_side_is_kept_there_too_once_its_secrets_can_be_sealed(
    on_postgresql: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "directory"
    folder.mkdir()
    (folder / "people.csv").write_text(
        "login,email,firstName,lastName\nmika@corp.test,mika@corp.test,Mika,L\n"
    )
    said = on_postgresql("directory", "import", str(folder))
    assert said.code == 1
    assert "VESTIBULE_KEYS" in said.err
    monkeypatch.setenv("VESTIBULE_KEYS", new_key())
    said = on_postgresql("directory", "import", str(folder))
    assert said.code == 0, said.err
