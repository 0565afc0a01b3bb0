"""``LogoStore`` on PostgreSQL."""

from __future__ import annotations

from vestibule.directory.change import AuditEntry
from vestibule.stores.postgresql.audit import write_audit
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.tenancy.logos import Logo


class PostgresLogos:
    """Few rows, read one by one."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def logo(self, profile: str) -> Logo | None:
        """The one kept for that profile."""
        row = await self._database.row("SELECT media_type, content FROM logo WHERE profile = $1", (profile,))
        return Logo(*row) if row else None

    async def put_logo(self, profile: str, logo: Logo | None, audit: AuditEntry, at: str) -> None:
        """Keep it; None has the profile's own again."""

        async def work(connection: PostgresConnection) -> None:
            await connection.change("DELETE FROM logo WHERE profile = $1", (profile,))
            if logo is not None:
                await connection.change(
                    "INSERT INTO logo (profile, media_type, content, stored_at) VALUES ($1, $2, $3, $4)",
                    (profile, logo.media_type, logo.content, at),
                )
            await write_audit(connection, None, audit, at)

        await self._database.write(work)
