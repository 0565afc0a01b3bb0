"""``LogoStore`` on SQLite."""

from __future__ import annotations

from vestibule.directory.change import AuditEntry
from vestibule.stores.sqlite.audit import write_audit
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.tenancy.logos import Logo


class SqliteLogos:
    """Few rows, read one by one."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def logo(self, profile: str) -> Logo | None:
        """The one kept for that profile."""
        row = self._database.read_row("SELECT media_type, content FROM logo WHERE profile = ?", (profile,))
        return Logo(*row) if row else None

    async def put_logo(self, profile: str, logo: Logo | None, audit: AuditEntry, at: str) -> None:
        """Keep it; None has the profile's own again."""

        def work(connection: SqliteConnection) -> None:
            connection.change("DELETE FROM logo WHERE profile = ?", (profile,))
            if logo is not None:
                connection.change(
                    "INSERT INTO logo (profile, media_type, content, stored_at) VALUES (?, ?, ?, ?)",
                    (profile, logo.media_type, logo.content, at),
                )
            write_audit(connection, None, audit, at)

        await self._database.write(work)
