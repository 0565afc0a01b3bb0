"""API tokens, idempotency keys and set-up links in SQLite; the Protocols say what each method promises."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from vestibule.directory.change import AuditEntry
from vestibule.scim.fold import fold
from vestibule.stores.shared_sql.api_rows import (
    API_TOKEN,
    KEPT_ANSWER,
    SET_UP_LINK,
    as_api_token,
    as_kept_answer,
    as_set_up_link,
)
from vestibule.stores.sqlite.audit import write_audit
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.tenancy import insert_token
from vestibule.tenancy.api_token import ApiToken, KeptAnswer, SetUpLink
from vestibule.tenancy.errors import TokenIdTaken
from vestibule.tenancy.token import NewToken


class SqliteApiTokens:
    """An ``ApiTokenStore`` over one SQLite database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def add_api_token(self, token: ApiToken, hash: bytes, audit: AuditEntry, at: str) -> bool:
        def work(connection: SqliteConnection) -> bool:
            added = connection.change(
                "INSERT INTO api_token (hash, id, name, scopes, account, tenant, created_at, created_by, expires_at)"
                " VALUES (?, ?, ?, ?, (SELECT id FROM account WHERE folded = ?), ?, ?, ?, ?) ON CONFLICT DO NOTHING",
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
                write_audit(connection, token.tenant, audit, at)
            return bool(added)

        return await self._database.write(work)

    async def api_token_shown(self, hash: bytes) -> ApiToken | None:
        row = self._database.read_row(f"{API_TOKEN} WHERE api_token.hash = ?", (hash,))
        return as_api_token(row) if row else None

    async def api_tokens(self) -> Sequence[ApiToken]:
        order = f"{API_TOKEN} ORDER BY api_token.created_at DESC, api_token.id"
        return await self._database.scan(lambda reader: [as_api_token(row) for row in reader.rows(order)])

    async def revoke_api_token(self, id: str, audit: AuditEntry, at: str) -> bool:
        def work(connection: SqliteConnection) -> bool:
            row = connection.row("SELECT tenant FROM api_token WHERE id = ? AND revoked_at IS NULL", (id,))
            if row is None:
                return False
            connection.change("UPDATE api_token SET revoked_at = ? WHERE id = ?", (at, id))
            write_audit(connection, row[0], audit, at)
            return True

        return await self._database.write(work)

    async def note_api_token_used(self, id: str, at: str) -> None:
        await self._database.write(
            lambda connection: connection.change(
                "UPDATE api_token SET last_used_at = max(ifnull(last_used_at, ''), ?) WHERE id = ?", (at, id)
            )
        )


class SqliteRepeats:
    """A ``RepeatStore`` over one SQLite database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def claim_key(
        self, token: str, key: str, request_hash: bytes, at: str, *, unless_since: str
    ) -> KeptAnswer | None:
        def work(connection: SqliteConnection) -> KeptAnswer | None:
            claimed = connection.change(
                "INSERT INTO repeat (token, idempotency_key, request_hash, at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (token, idempotency_key) DO UPDATE SET at = excluded.at"
                " WHERE repeat.status IS NULL AND repeat.at < ? AND repeat.request_hash = excluded.request_hash",
                (token, key, request_hash, at, unless_since),
            )
            if claimed:
                return None
            row = connection.row(
                f"{KEPT_ANSWER} WHERE token = ? AND idempotency_key = ?",
                (token, key),
            )
            assert row is not None, "the key is taken, in this transaction"
            return as_kept_answer(row)

        return await self._database.write(work)

    async def keep_answer(self, token: str, key: str, status: int, answer: bytes) -> None:
        await self._database.write(
            lambda connection: connection.change(
                "UPDATE repeat SET status = ?, answer = ? WHERE token = ? AND idempotency_key = ?",
                (status, answer, token, key),
            )
        )

    async def release_key(self, token: str, key: str) -> None:
        await self._database.write(
            lambda connection: connection.change(
                "DELETE FROM repeat WHERE token = ? AND idempotency_key = ? AND status IS NULL", (token, key)
            )
        )

    async def forget_answers(self, before: str, *, limit: int = 1000) -> int:
        return await self._database.write(
            lambda connection: connection.change(
                "DELETE FROM repeat WHERE (token, idempotency_key) IN"
                " (SELECT token, idempotency_key FROM repeat WHERE at < ? LIMIT ?)",
                (before, limit),
            )
        )


class SqliteSetUpLinks:
    """A ``SetUpLinkStore`` over one SQLite database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def add_set_up_link(
        self, link: SetUpLink, code_hash: bytes, audit: AuditEntry, at: str
    ) -> SetUpLink:
        def work(connection: SqliteConnection) -> SetUpLink:
            id = connection.insert(
                "INSERT INTO setup_link (tenant, code_hash, created_at, created_by, expires_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (link.tenant, code_hash, link.created_at, link.created_by, link.expires_at),
            )
            write_audit(connection, link.tenant, audit, at)
            return replace(link, id=id)

        return await self._database.write(work)

    async def set_up_link_of(self, code_hash: bytes) -> SetUpLink | None:
        row = self._database.read_row(f"{SET_UP_LINK} WHERE setup_link.code_hash = ?", (code_hash,))
        return as_set_up_link(row) if row else None

    async def set_up_links(self, tenant: int) -> Sequence[SetUpLink]:
        sql = f"{SET_UP_LINK} WHERE setup_link.tenant = ? ORDER BY setup_link.id DESC"
        return await self._database.scan(
            lambda reader: [as_set_up_link(row) for row in reader.rows(sql, (tenant,))]
        )

    async def use_set_up_link(self, link: SetUpLink, new: NewToken, audit: AuditEntry, at: str) -> bool:
        def work(connection: SqliteConnection) -> bool:
            used = connection.change(
                "UPDATE setup_link SET used_at = ?, token = ? WHERE id = ? AND used_at IS NULL"
                " AND revoked_at IS NULL AND expires_at > ?",
                (at, new.record.id, link.id, at),
            )
            if not used:
                return False
            if not insert_token(connection, new, switches_on="draft"):
                raise TokenIdTaken
            write_audit(connection, link.tenant, audit, at)
            return True

        return await self._database.write(work)

    async def revoke_set_up_link(self, tenant: int, id: int, audit: AuditEntry, at: str) -> bool:
        def work(connection: SqliteConnection) -> bool:
            ended = connection.change(
                "UPDATE setup_link SET revoked_at = ? WHERE id = ? AND tenant = ? AND used_at IS NULL"
                " AND revoked_at IS NULL AND expires_at > ?",
                (at, id, tenant, at),
            )
            if ended:
                write_audit(connection, tenant, audit, at)
            return bool(ended)

        return await self._database.write(work)
