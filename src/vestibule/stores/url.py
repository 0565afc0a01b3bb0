"""What a database URL names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class DatabaseUrlError(ValueError):
    """The database URL is none of ``sqlite:////absolute/path``, ``sqlite://`` and ``postgresql://…``."""


@dataclass(frozen=True, slots=True)
class SqliteUrl:
    """A SQLite file; ``path`` None is a database that ends with the process (``sqlite://``)."""

    path: Path | None


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """A PostgreSQL database, as its driver takes it."""

    dsn: str


def parse_database_url(url: str) -> SqliteUrl | PostgresUrl:
    """The database that ``url`` names. DatabaseUrlError says what is allowed."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme in ("postgresql", "postgres"):
        return PostgresUrl(url)
    if not separator or scheme != "sqlite":
        raise DatabaseUrlError(
            f"{url!r} is no database URL: use sqlite:////absolute/path/vestibule.db (four slashes), "
            "sqlite:// for one in memory, or postgresql://user@host/database"
        )
    if rest in ("", "/", "/:memory:", ":memory:"):
        return SqliteUrl(None)
    if not rest.startswith("/"):
        raise DatabaseUrlError(
            f"{url!r} has too few slashes: a file is sqlite:////absolute/path (four slashes in all)"
        )
    return SqliteUrl(Path(rest[1:]))
