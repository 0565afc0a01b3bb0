"""Where the database is, how to connect to it, and in words why that did not work.

A password never gets into a message: what is shown is made of host, port, database and user alone.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import asyncpg

from vestibule.refused import Refused
from vestibule.stores.postgresql.connection import Raw
from vestibule.stores.url import without_password

#: The oldest PostgreSQL that we run on.
_OLDEST = 15
_CONNECT_SECONDS = 15.0
#: Every connection of ours. A request takes no unbounded time, and nobody waits for ever for a row.
#: Statements say themselves in which order to join, and each step has its index: they are planned once
#: for each connection, and a plan that was made while tables were small must not read them whole once
#: they have grown. What has to look at all rows of a tenant does so along an index of the tenant.
SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "join_collapse_limit": "1",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "application_name": "vestibule",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
    "timezone": "UTC",
}
#: By SQLSTATE or its class.
_CURES = {
    "28P01": "Check the password in the database URL.",
    "28": "Check the user in the database URL, and what pg_hba.conf allows this host.",
    "3D": "Check the name, or make the database: CREATE DATABASE … ENCODING 'UTF8'.",
    "42501": "Have an administrator: GRANT CONNECT ON DATABASE … TO …",
    "53300": "Raise max_connections, or end what holds them; a Vestibule process takes up to 9.",
    "57P03": "It is starting or stopping: try again in a moment.",
}


class DatabaseRefused(Refused):
    """The PostgreSQL database cannot be used as it is."""


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A PostgreSQL URL, as its driver takes it, and the schema in which everything lives."""

    url: str
    schema: str

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    def __str__(self) -> str:
        """Host, port and database, without user and password."""
        return f"PostgreSQL at {self._host}, database {self.database!r}"

    @property
    def database(self) -> str:
        """The name of the database."""
        return unquote(self._shown.path.lstrip("/")) or self._option("dbname") or self.user

    @property
    def user(self) -> str:
        """Who connects; empty where the URL leaves it to the system."""
        return unquote(self._shown.netloc.rpartition("@")[0].partition(":")[0]) or self._option("user")

    async def connect(self) -> Raw:
        """A new connection. ``DatabaseRefused`` says why there is none."""
        try:
            raw: Raw = await asyncpg.connect(
                self.url,
                timeout=_CONNECT_SECONDS,
                statement_cache_size=256,
                max_cached_statement_lifetime=0,
                server_settings={**SETTINGS, "search_path": f'"{self.schema}"'},
            )
            return raw
        except (OSError, TimeoutError, ssl.SSLError) as error:
            raise self._unreachable(error) from error
        except asyncpg.PostgresError as error:
            raise self._refused(error) from error
        except (asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError):
            # Its message may quote the address, password and all.
            raise DatabaseRefused(
                f"The address of {self} is not understood. It is "
                "postgresql://user:password@host:5432/database, special characters in the password as %XX."
            ) from None

    async def examine(self, raw: Raw) -> None:
        """DatabaseRefused where the server is too old, does not speak UTF-8 or is read-only."""
        if raw.get_server_version().major < _OLDEST:
            raise DatabaseRefused(
                f"{self} is version {raw.get_server_version().major}: version {_OLDEST} or newer is needed."
            )
        [(encoding, path)] = await raw.fetch(
            "SELECT current_setting('server_encoding'), current_setting('search_path')"
        )
        if encoding != "UTF8":
            raise DatabaseRefused(
                f"{self} keeps text as {encoding}, and names of people need UTF8. "
                f"Make one with: CREATE DATABASE {self.database} ENCODING 'UTF8' TEMPLATE template0"
            )
        if path.strip('"') != self.schema:
            raise DatabaseRefused(
                f"{self}: the search_path is {path!r} although {self.schema!r} was asked for, so a pooler in "
                f"between leaves it out. Have it pass search_path on, or: ALTER ROLE … SET search_path = {self.schema}"
            )

    def without_rights(self, error: asyncpg.PostgresError) -> DatabaseRefused:
        """For a user who may not make the schema or its tables."""
        return DatabaseRefused(
            f"{self}: {error.message}. Vestibule's tables live in the schema {self.schema!r}, which its user must own. "
            f"Have it made by an administrator: CREATE SCHEMA {self.schema} AUTHORIZATION {self.user or '…'}"
        )

    def _unreachable(self, error: Exception) -> DatabaseRefused:
        reason = getattr(error, "strerror", None) or str(error) or "no answer in time"
        return DatabaseRefused(
            f"{self} cannot be reached: {reason}. Is the server running, and are host and port right?"
        )

    def _refused(self, error: asyncpg.PostgresError) -> DatabaseRefused:
        cure = _CURES.get(error.sqlstate or "") or _CURES.get((error.sqlstate or "")[:2], "")
        return DatabaseRefused(f"{self} refuses us: {error.message or type(error).__name__}. {cure}".rstrip())

    @property
    def _shown(self) -> SplitResult:
        try:
            return urlsplit(without_password(self.url))
        except ValueError:
            return urlsplit("postgresql://?")

    @property
    def _host(self) -> str:
        return self._shown.netloc.rpartition("@")[2] or self._option("host") or "the default socket"

    def _option(self, name: str) -> str:
        return dict(parse_qsl(self._shown.query)).get(name, "")
