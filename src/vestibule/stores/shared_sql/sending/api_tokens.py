"""API tokens of the sending side, and the answers kept by ``Idempotency-Key``."""

from __future__ import annotations

import json
from collections.abc import Sequence

from vestibule.provisioning.api_token import ApiToken
from vestibule.provisioning.audit import AuditEntry
from vestibule.stores.shared_sql.api_rows import KEPT_ANSWER, as_kept_answer
from vestibule.stores.shared_sql.sending.audit import write_entry
from vestibule.stores.shared_sql.sending.statements import Database, Row, Statements
from vestibule.tenancy.api_token import KeptAnswer

_TOKEN = (
    "SELECT id, name, scopes, created_at, created_by, expires_at, revoked_at, last_used_at FROM api_token"
)


class ApiTokens:
    """``vestibule.provisioning.api_token.ApiTokenStore``."""

    database: Database

    async def add_api_token(self, token: ApiToken, hash: bytes, entry: AuditEntry) -> bool:
        def work(connection: Statements) -> bool:
            added = connection.change(
                "INSERT INTO api_token (hash, id, name, scopes, created_at, created_by, expires_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    hash,
                    token.id,
                    token.name,
                    json.dumps(token.scopes),
                    token.created_at,
                    token.created_by,
                    token.expires_at,
                ),
            )
            if added:
                write_entry(connection, entry)
            return bool(added)

        return await self.database.write(work)

    async def api_token_shown(self, hash: bytes) -> ApiToken | None:
        row = await self.database.fetch_row(f"{_TOKEN} WHERE hash = ?", (hash,))
        return _token(row) if row else None

    async def api_tokens(self) -> Sequence[ApiToken]:
        rows = await self.database.fetch(f"{_TOKEN} ORDER BY created_at DESC, id")
        return [_token(row) for row in rows]

    async def revoke_api_token(self, id: str, entry: AuditEntry, at: str) -> bool:
        def work(connection: Statements) -> bool:
            ended = connection.change(
                "UPDATE api_token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (at, id)
            )
            if ended:
                write_entry(connection, entry)
            return bool(ended)

        return await self.database.write(work)

    async def note_api_token_used(self, id: str, at: str) -> None:
        await self.database.write(
            lambda connection: connection.change(
                "UPDATE api_token SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, '') < ?",
                (at, id, at),
            )
        )


class Repeats:
    """``vestibule.tenancy.store.RepeatStore``: one Protocol for both sides' frames."""

    database: Database

    async def claim_key(
        self, token: str, key: str, request_hash: bytes, at: str, *, unless_since: str
    ) -> KeptAnswer | None:
        def work(connection: Statements) -> KeptAnswer | None:
            claimed = connection.change(
                "INSERT INTO repeat (token, idempotency_key, request_hash, at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (token, idempotency_key) DO UPDATE SET at = excluded.at "
                "WHERE repeat.status IS NULL AND repeat.at < ? AND repeat.request_hash = excluded.request_hash",
                (token, key, request_hash, at, unless_since),
            )
            if claimed:
                return None
            row = connection.row(f"{KEPT_ANSWER} WHERE token = ? AND idempotency_key = ?", (token, key))
            assert row is not None, "the key is taken, in this transaction"
            return as_kept_answer(row)

        return await self.database.write(work)

    async def keep_answer(self, token: str, key: str, status: int, answer: bytes) -> None:
        await self.database.write(
            lambda connection: connection.change(
                "UPDATE repeat SET status = ?, answer = ? WHERE token = ? AND idempotency_key = ?",
                (status, answer, token, key),
            )
        )

    async def release_key(self, token: str, key: str) -> None:
        await self.database.write(
            lambda connection: connection.change(
                "DELETE FROM repeat WHERE token = ? AND idempotency_key = ? AND status IS NULL", (token, key)
            )
        )

    async def forget_answers(self, before: str, *, limit: int = 1000) -> int:
        return await self.database.write(
            lambda connection: connection.change(
                "DELETE FROM repeat WHERE (token, idempotency_key) IN "
                "(SELECT token, idempotency_key FROM repeat WHERE at < ? LIMIT ?)",
                (before, limit),
            )
        )


def _token(row: Row) -> ApiToken:
    id, name, scopes, *others = row
    return ApiToken(id, name, tuple(json.loads(scopes)), *others)
