"""API tokens, idempotency keys and set-up links in PostgreSQL; the Protocols say what each method promises."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from vestibule.directory.change import AuditEntry
from vestibule.scim.fold import fold
from vestibule.stores.postgresql.audit import write_audit
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.tenancy import insert_token
from vestibule.stores.shared_sql.api_rows import (
    API_TOKEN,
    KEPT_ANSWER,
    SET_UP_LINK,
    as_api_token,
    as_kept_answer,
    as_set_up_link,
)
from vestibule.tenancy.api_token import ApiToken, KeptAnswer, SetUpLink
from vestibule.tenancy.errors import TokenIdTaken
from vestibule.tenancy.token import NewToken


class PostgresApiTokens:
    """An ``ApiTokenStore`` over one PostgreSQL database."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def add_api_token(self, token: ApiToken, hash: bytes, audit: AuditEntry, at: str) -> bool:
        async def work(connection: PostgresConnection) -> bool:
            added = await connection.change(
                "INSERT INTO api_token (hash, id, name, scopes, account, tenant, created_at, created_by, expires_at)"
                " VALUES ($1, $2, $3, $4, (SELECT id FROM account WHERE folded = $5), $6, $7, $8, $9) ON CONFLICT DO NOTHING",
                (
                    hash,
                    token.id,
                    token.name,
                    json.dumps(token.scopes),
                    fold(token.account) if token.account is not None else None,
                    token.tenant,
                    token.created_at,
                    token.created_by,
                    token.expires_at,
                ),
            )
            if added:
                await write_audit(connection, token.tenant, audit, at)
            return bool(added)

        return await self._database.write(work)

    async def api_token_shown(self, hash: bytes) -> ApiToken | None:
        row = await self._database.row(f"{API_TOKEN} WHERE api_token.hash = $1", (hash,))
        return as_api_token(row) if row else None

    async def api_tokens(self) -> Sequence[ApiToken]:
        order = f"{API_TOKEN} ORDER BY api_token.created_at DESC, api_token.id"
        return [as_api_token(row) for row in await self._database.rows(order)]

    async def revoke_api_token(self, id: str, audit: AuditEntry, at: str) -> bool:
        async def work(connection: PostgresConnection) -> bool:
            row = await connection.row(
                "UPDATE api_token SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL RETURNING tenant",
                (at, id),
            )
            if row is None:
                return False
            await write_audit(connection, row[0], audit, at)
            return True

        return await self._database.write(work)

    async def note_api_token_used(self, id: str, at: str) -> None:
        await self._database.change(
            "UPDATE api_token SET last_used_at = greatest(last_used_at, $1) WHERE id = $2", (at, id)
        )


class PostgresRepeats:
    """A ``RepeatStore`` over one PostgreSQL database."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def claim_key(
        self, token: str, key: str, request_hash: bytes, at: str, *, unless_since: str
    ) -> KeptAnswer | None:
        async def work(connection: PostgresConnection) -> KeptAnswer | None:
            claimed = await connection.change(
                "INSERT INTO repeat (token, idempotency_key, request_hash, at) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (token, idempotency_key) DO UPDATE SET at = excluded.at"
                " WHERE repeat.status IS NULL AND repeat.at < $5 AND repeat.request_hash = excluded.request_hash",
                (token, key, request_hash, at, unless_since),
            )
            if claimed:
                return None
            row = await connection.row(
                f"{KEPT_ANSWER} WHERE token = $1 AND idempotency_key = $2",
                (token, key),
            )
            assert row is not None, "the key is taken, in this transaction"
            return as_kept_answer(row)

        return await self._database.write(work)

    async def keep_answer(self, token: str, key: str, status: int, answer: bytes) -> None:
        await self._database.change(
            "UPDATE repeat SET status = $1, answer = $2 WHERE token = $3 AND idempotency_key = $4",
            (status, answer, token, key),
        )

    async def release_key(self, token: str, key: str) -> None:
        await self._database.change(
            "DELETE FROM repeat WHERE token = $1 AND idempotency_key = $2 AND status IS NULL", (token, key)
        )

    async def forget_answers(self, before: str, *, limit: int = 1000) -> int:
        return await self._database.change(
            "DELETE FROM repeat WHERE (token, idempotency_key) IN"
            " (SELECT token, idempotency_key FROM repeat WHERE at < $1 LIMIT $2)",
            (before, limit),
        )


class PostgresSetUpLinks:
    """A ``SetUpLinkStore`` over one PostgreSQL database."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def add_set_up_link(
        self, link: SetUpLink, code_hash: bytes, audit: AuditEntry, at: str
    ) -> SetUpLink:
        async def work(connection: PostgresConnection) -> SetUpLink:
            id = await connection.value(
                "INSERT INTO setup_link (tenant, code_hash, created_at, created_by, expires_at)"
                " VALUES ($1, $2, $3, $4, $5) RETURNING id",
                (link.tenant, code_hash, link.created_at, link.created_by, link.expires_at),
            )
            await write_audit(connection, link.tenant, audit, at)
            return replace(link, id=id)

        return await self._database.write(work)

    async def set_up_link_of(self, code_hash: bytes) -> SetUpLink | None:
        row = await self._database.row(f"{SET_UP_LINK} WHERE setup_link.code_hash = $1", (code_hash,))
        return as_set_up_link(row) if row else None

    async def set_up_links(self, tenant: int) -> Sequence[SetUpLink]:
        sql = f"{SET_UP_LINK} WHERE setup_link.tenant = $1 ORDER BY setup_link.id DESC"
        return [as_set_up_link(row) for row in await self._database.rows(sql, (tenant,))]

    async def use_set_up_link(self, link: SetUpLink, new: NewToken, audit: AuditEntry, at: str) -> bool:
        async def work(connection: PostgresConnection) -> bool:
            used = await connection.change(
                "UPDATE setup_link SET used_at = $1, token = $2 WHERE id = $3 AND used_at IS NULL"
                " AND revoked_at IS NULL AND expires_at > $4",
                (at, new.record.id, link.id, at),
            )
            if not used:
                return False
            if not await insert_token(connection, new, switches_on="draft"):
                raise TokenIdTaken
            await write_audit(connection, link.tenant, audit, at)
            return True

        return await self._database.write(work)

    async def revoke_set_up_link(self, tenant: int, id: int, audit: AuditEntry, at: str) -> bool:
        async def work(connection: PostgresConnection) -> bool:
            ended = await connection.change(
                "UPDATE setup_link SET revoked_at = $1 WHERE id = $2 AND tenant = $3 AND used_at IS NULL"
                " AND revoked_at IS NULL AND expires_at > $4",
                (at, id, tenant, at),
            )
            if ended:
                await write_audit(connection, tenant, audit, at)
            return bool(ended)

        return await self._database.write(work)
