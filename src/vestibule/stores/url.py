"""What a database URL names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

#: Up to the last @, should somebody have written one of the password's as it is.
_PASSWORD = re.compile(r"(://[^:/@]*):.*@")
_PASSWORD_OPTION = re.compile(r"(?<=[?&]password=)[^&]*")


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

    def __repr__(self) -> str:
        return f"PostgresUrl({without_password(self.dsn)!r})"


def parse_database_url(url: str) -> SqliteUrl | PostgresUrl:
    """The database that ``url`` names. DatabaseUrlError says what is allowed."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme in ("postgresql", "postgres"):
        return PostgresUrl(url)
    if not separator or scheme != "sqlite":
        raise DatabaseUrlError(
            f"{without_password(url)!r} is no database URL: use sqlite:////absolute/path/vestibule.db (four slashes), "
            "sqlite:// for one in memory, or postgresql://user@host/database"
        )
    if rest in ("", "/", "/:memory:", ":memory:"):
        return SqliteUrl(None)
    if not rest.startswith("/"):
        raise DatabaseUrlError(
            f"{url!r} has too few slashes: a file is sqlite:////absolute/path (four slashes in all)"
        )
    return SqliteUrl(Path(rest[1:]))


def without_password(url: str) -> str:
    """The URL as it may be shown and logged."""
    return _PASSWORD_OPTION.sub("…", _PASSWORD.sub(r"\1:…@", url))
