"""What a database URL names."""

from __future__ import annotations

from pathlib import Path

import pytest

from vestibule.stores.url import DatabaseUrlError, PostgresUrl, SqliteUrl, parse_database_url


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
