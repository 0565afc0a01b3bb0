"""What a database URL names."""

from __future__ import annotations

from pathlib import Path

import pytest

from vestibule.stores.url import (
    DatabaseUrlError,
    PostgresUrl,
    SqliteUrl,
    parse_database_url,
    without_password,
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////var/lib/vestibule.db", SqliteUrl(Path("/var/lib/vestibule.db"))),
        ("sqlite:////with space/ü.db", SqliteUrl(Path("/with space/ü.db"))),
        ("sqlite:///vestibule.db", SqliteUrl(Path("vestibule.db"))),
        ("sqlite://", SqliteUrl(None)),
        ("sqlite:///:memory:", SqliteUrl(None)),
        ("postgresql://me@host/db", PostgresUrl("postgresql://me@host/db")),
    ],
)
def test_urls(url: str, expected: object) -> None:
    assert parse_database_url(url) == expected


@pytest.mark.parametrize("url", ["", "vestibule.db", "sqlite:vestibule.db", "sqlite://file.db", "mysql://x"])
def test_refused(url: str) -> None:
    """In a sentence that shows what is allowed."""
    with pytest.raises(DatabaseUrlError, match="sqlite:////"):
        parse_database_url(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:s3cret@host/db", "postgresql://me:…@host/db"),
        ("postgresql://me:s3/cr@t@host/db", "postgresql://me:…@host/db"),
        ("postgresql://:s3cret@/db", "postgresql://:…@/db"),
        ("postgresql://host/db?user=me&password=s3cret&x=1", "postgresql://host/db?user=me&password=…&x=1"),
        ("postgresql://me@host:5432/db", "postgresql://me@host:5432/db"),
        ("sqlite:////var/lib/vestibule.db", "sqlite:////var/lib/vestibule.db"),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_a_refusal_shows_no_password() -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        parse_database_url("postgresql+asyncpg://me:s3cret@host/db")
    assert "s3cret" not in str(refused.value)
    assert "s3cret" not in repr(parse_database_url("postgresql://me:s3cret@host/db"))
