"""A database that cannot be used is said to be so in words, with a cure and without the password."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import PASSWORD, USER, Server, running
from vestibule.stores.postgresql.address import Address, DatabaseRefused


@pytest.fixture(scope="module")
def asking_server() -> Iterator[Server]:
    """One that asks for passwords, on a port of loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with running(listen_addresses="'127.0.0.1'", port=str(port), asks_passwords=True) as server:
        yield server


async def tried(url: str) -> None:
    place = Address(url, "vestibule")
    raw = await place.connect()
    try:
        await place.examine(raw)
    finally:
        await raw.close()


async def refused(url: str) -> str:
    with pytest.raises(DatabaseRefused) as told:
        await tried(url)
    assert PASSWORD not in str(told.value)
    return str(told.value)


def address(server: Server, user: str = USER, password: str = PASSWORD, database: str = USER) -> str:
    return f"postgresql://{user}:{password}@127.0.0.1:{server.port}/{database}"


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        said = await refused(f"postgresql://me:{PASSWORD}@127.0.0.1:{free.getsockname()[1]}/db")
    assert "cannot be reached" in said
    assert "Is the server running" in said
    assert "'db'" in said


async def test_no_such_host() -> None:
    assert "nowhere.invalid" in await refused(f"postgresql://me:{PASSWORD}@nowhere.invalid/db")


async def test_no_such_socket(tmp_path: Path) -> None:
    assert "cannot be reached" in await refused(f"postgresql://me:{PASSWORD}@/db?host={tmp_path}")


async def test_a_wrong_password(asking_server: Server) -> None:
    said = await refused(address(asking_server, password=f"{PASSWORD}-wrong"))
    assert "password authentication failed" in said
    assert said.endswith("Check the password in the database URL.")


async def test_no_such_user(asking_server: Server) -> None:
    assert "password" in await refused(address(asking_server, user="nobody-here"))


async def test_no_such_database(postgresql_server: Server) -> None:
    said = await refused(postgresql_server.url.replace(f"/{USER}?", "/elsewhere?"))
    assert 'database "elsewhere" does not exist' in said
    assert "CREATE DATABASE" in said


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{PASSWORD}@host:port/db",
        f"postgresql://me:{PASSWORD}@[::1/db",
        f"postgresql://me:{PASSWORD}/@host/db",
        f"postgresql://me:{PASSWORD}@host:1:2/db",
        f"postgresql://me@host/db?password={PASSWORD}&port=x",
    ],
)
async def test_an_address_that_is_none(url: str) -> None:
    said = await refused(url)
    assert PASSWORD not in repr(Address(url, "vestibule"))
    assert "postgresql://user:password@host:5432/database" in said or "cannot be reached" in said


async def test_a_database_of_another_encoding(postgresql_server: Server) -> None:
    place = postgresql_server.place()
    administrator = await place.connect()
    await administrator.execute(
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
    )
    said = await refused(place.url.replace(f"/{USER}?", "/latin?"))
    assert "LATIN1" in said
    assert "ENCODING 'UTF8'" in said
    await administrator.close()


async def test_the_password_that_is_right(asking_server: Server) -> None:
    await tried(address(asking_server))
