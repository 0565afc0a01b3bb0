"""Tenancy in PostgreSQL: accounts, tenants, connections, tokens and what belongs to them.

What is asked on every request is one statement; changes commit together with their audit entry.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

import asyncpg

from vestibule.directory.change import AuditEntry
from vestibule.directory.store import LookAhead
from vestibule.profiles.profile import Role
from vestibule.profiles.shelf import StoredProfile
from vestibule.scim.fold import fold
from vestibule.stores.postgresql.admit import Admissions
from vestibule.stores.postgresql.audit import write_audit
from vestibule.stores.postgresql.connection import Parameters, PostgresConnection, Row
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql.tenancy_rows import (
    PROFILE,
    REQUEST,
    TENANT,
    TOKEN,
    as_profile,
    as_tenant,
    as_token,
)
from vestibule.stores.tenancy_buffer import Shown, TenancyBuffer, Uses
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.errors import ChangedMeanwhile, SlugTaken
from vestibule.tenancy.store import NewTenant, TenantChange
from vestibule.tenancy.tenant import Account, Connection, Domain, Provisioning, Tenant
from vestibule.tenancy.token import NewToken, Token, TokenRequest

T = TypeVar("T")

_USED = "UPDATE token SET last_used_at = greatest(last_used_at, $1) WHERE id = $2"
_RECOGNISED = "UPDATE connection SET recognised = $1, recognised_why = $2, recognised_at = $3 WHERE id = $4"
_DEFAULT_CONNECTION = "default"
_DEFAULT_PROFILE = "default_profile"
_LISTENING_URL = "listening_url"
_SETTING = "SELECT value FROM setting WHERE name = $1"
_SET = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


class PostgresTenancy(TenancyBuffer):
    """A ``TenancyStore`` over one PostgreSQL database; the Protocol says what each method promises."""

    looks_ahead = True

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(self._keep)
        self._database = database
        self._admissions = Admissions(database)

    async def admit(self, token_hash: bytes, ahead: LookAhead | None = None) -> Admission | None:
        return await self._admissions.admit(token_hash, ahead)

    async def add_tenant(self, new: NewTenant, audit: AuditEntry, at: str) -> Tenant:
        async def work(connection: PostgresConnection) -> Tenant:
            folded = fold(new.account)
            await connection.change(
                "INSERT INTO account (name, folded, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                (new.account, folded, at),
            )
            account = await connection.value("SELECT id FROM account WHERE folded = $1", (folded,))
            id = await connection.value(
                "INSERT INTO tenant (account, slug, name, folded, profile, plan, created_at, derived)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
                (account, new.slug, new.name, fold(new.name), new.profile, new.plan, at, new.derived),
            )
            await connection.change(
                "INSERT INTO connection (tenant, name, created_at) VALUES ($1, $2, $3)",
                (id, _DEFAULT_CONNECTION, at),
            )
            await write_audit(connection, id, audit, at)
            return await _tenant(connection, id)

        try:
            return await self._database.write(work)
        except asyncpg.UniqueViolationError:
            raise SlugTaken(new.slug) from None

    async def tenants(self) -> Sequence[Tenant]:
        return await self._list(as_tenant, TENANT + "ORDER BY tenant.slug")

    async def tenants_named(self, name: str) -> Sequence[Tenant]:
        by_slug = await self._list(as_tenant, TENANT + "WHERE tenant.slug = $1", name)
        return by_slug or await self._list(
            as_tenant, TENANT + "WHERE tenant.folded = $1 ORDER BY tenant.slug", fold(name)
        )

    async def change_tenant(self, tenant: int, change: TenantChange, audit: AuditEntry, at: str) -> Tenant:
        async def work(connection: PostgresConnection) -> Tenant:
            changed = await connection.change(
                "UPDATE tenant SET plan = coalesce($1, plan), provisioning = coalesce($2, provisioning),"
                " suspended = coalesce($3, suspended), sso_confirmed = coalesce($4, sso_confirmed),"
                " profile = coalesce($5, profile), settings_version = settings_version + 1"
                " WHERE id = $6 AND settings_version = coalesce($7, settings_version)",
                (
                    change.plan,
                    change.provisioning.value if change.provisioning else None,
                    change.suspended,
                    change.sso_confirmed,
                    change.profile,
                    tenant,
                    change.expected_version,
                ),
            )
            if not changed:
                raise ChangedMeanwhile("the tenant")
            await write_audit(connection, tenant, audit, at)
            return await _tenant(connection, tenant)

        return await self._database.write(work)

    async def accounts(self) -> Sequence[Account]:
        return await self._list(
            lambda row: Account(*row), "SELECT id, name, created_at FROM account ORDER BY folded"
        )

    async def connections(self, tenant: int) -> Sequence[Connection]:
        return await self._list(
            lambda row: Connection(*row),
            "SELECT id, tenant, name, dialect, created_at, recognised, recognised_why, recognised_at"
            " FROM connection WHERE tenant = $1 ORDER BY id",
            tenant,
        )

    async def pin_dialect(self, connection: int, dialect: str, audit: AuditEntry, at: str) -> None:
        async def work(writing: PostgresConnection) -> None:
            forgets = "" if dialect else ", recognised = '', recognised_why = '', recognised_at = NULL"
            tenant = await writing.value(
                f"UPDATE connection SET dialect = $1{forgets} WHERE id = $2 RETURNING tenant",
                (dialect, connection),
            )
            await _advance_settings(writing, tenant)
            await write_audit(writing, tenant, audit, at)

        await self._database.write(work)

    async def add_token(
        self,
        new: NewToken,
        audit: AuditEntry,
        at: str,
        *,
        switches_on: bool = False,
        answers: int | None = None,
        replaces: str | None = None,
        replaced_until: str | None = None,
    ) -> bool:
        record = new.record

        async def work(connection: PostgresConnection) -> bool:
            if not await insert_token(connection, new, switches_on="any" if switches_on else ""):
                return False
            if answers is not None:
                await connection.change(
                    "UPDATE token_request SET token = $1, answered_at = $2 WHERE id = $3 AND token IS NULL",
                    (record.id, at, answers),
                )
            if replaces is not None:
                await _end_replaced(connection, replaces, at, replaced_until)
            await write_audit(connection, record.tenant, audit, at)
            return True

        return await self._database.write(work)

    async def tokens(self, tenant: int | None = None) -> Sequence[Token]:
        order = "ORDER BY created_at DESC, id"
        if tenant is None:
            return await self._list(as_token, TOKEN + order)
        return await self._list(as_token, TOKEN + "WHERE tenant = $1 " + order, tenant)

    async def token(self, id: str) -> Token | None:
        found = await self._list(as_token, TOKEN + "WHERE id = $1", id)
        return found[0] if found else None

    async def revoke_token(self, id: str, audit: AuditEntry, at: str) -> None:
        async def work(connection: PostgresConnection) -> None:
            ended = await connection.row(
                "UPDATE token SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL RETURNING tenant",
                (at, id),
            )
            if ended:
                await write_audit(connection, ended[0], audit, at)

        await self._database.write(work)

    async def add_token_request(
        self, tenant: int, asked_by: str, note: str, audit: AuditEntry, at: str
    ) -> int:
        async def work(connection: PostgresConnection) -> int:
            id: int = await connection.value(
                "INSERT INTO token_request (tenant, asked_at, asked_by, note) VALUES ($1, $2, $3, $4) RETURNING id",
                (tenant, at, asked_by, note),
            )
            await write_audit(connection, tenant, audit, at)
            return id

        return await self._database.write(work)

    async def answer_token_requests(self, tenant: int, token: str, audit: AuditEntry, at: str) -> None:
        sql = "UPDATE token_request SET token = $1, answered_at = $2 WHERE tenant = $3 AND token IS NULL"
        await self._change_setting(tenant, audit, at, sql, (token, at, tenant))

    async def token_requests(self, *, answered: bool = False) -> Sequence[TokenRequest]:
        which = "" if answered else "WHERE token IS NULL "
        return await self._list(lambda row: TokenRequest(*row), REQUEST + which + "ORDER BY token_request.id")

    async def add_domain(self, domain: Domain, audit: AuditEntry, at: str) -> bool:
        return await self._change_setting(
            domain.tenant,
            audit,
            at,
            "INSERT INTO domain (tenant, name, proven_at, proven_by) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT DO NOTHING",
            (domain.tenant, domain.name, domain.proven_at, domain.proven_by),
        )

    async def remove_domain(self, tenant: int, name: str, audit: AuditEntry, at: str) -> bool:
        return await self._change_setting(
            tenant, audit, at, "DELETE FROM domain WHERE tenant = $1 AND name = $2", (tenant, name)
        )

    async def domains(self, tenant: int) -> Sequence[Domain]:
        return await self._list(
            lambda row: Domain(*row),
            "SELECT tenant, name, proven_at, proven_by FROM domain WHERE tenant = $1 ORDER BY name",
            tenant,
        )

    async def put_role(self, tenant: int, role: Role, audit: AuditEntry, at: str) -> None:
        await self._change_setting(
            tenant,
            audit,
            at,
            "INSERT INTO tenant_role (tenant, folded, name, rights) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (tenant, folded) DO UPDATE SET name = excluded.name, rights = excluded.rights",
            (tenant, fold(role.name), role.name, json.dumps(role.rights, ensure_ascii=False)),
        )

    async def roles(self, tenant: int) -> Sequence[Role]:
        return await self._list(
            lambda row: Role(row[0], tuple(json.loads(row[1]))),
            "SELECT name, rights FROM tenant_role WHERE tenant = $1 ORDER BY folded",
            tenant,
        )

    async def keep_profile(self, profile: StoredProfile, audit: AuditEntry, at: str) -> None:
        async def work(connection: PostgresConnection) -> None:
            await connection.change(
                "INSERT INTO profile (name, version, text, stored_at) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT DO NOTHING",
                (profile.name, profile.version, profile.text, profile.stored_at),
            )
            await connection.change(
                "INSERT INTO profile_current (name, version) VALUES ($1, $2)"
                " ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                (profile.name, profile.version),
            )
            await write_audit(connection, None, audit, at)

        await self._database.write(work)

    async def stored_profile(self, name: str, version: int | None = None) -> StoredProfile | None:
        if version is None:
            joined = "JOIN profile_current USING (name, version) WHERE profile.name = $1"
            found = await self._list(as_profile, PROFILE + joined, name)
        else:
            found = await self._list(
                as_profile, PROFILE + "WHERE profile.name = $1 AND version = $2", name, version
            )
        return found[0] if found else None

    async def stored_profiles(self) -> Sequence[StoredProfile]:
        return await self._list(
            as_profile, PROFILE + "JOIN profile_current USING (name, version) ORDER BY profile.name"
        )

    async def default_profile(self) -> str | None:
        found: str | None = await self._database.value(_SETTING, (_DEFAULT_PROFILE,))
        return found

    async def set_default_profile(self, name: str, audit: AuditEntry, at: str) -> None:
        async def work(connection: PostgresConnection) -> None:
            await connection.change(_SET, (_DEFAULT_PROFILE, name))
            await write_audit(connection, None, audit, at)

        await self._database.write(work)

    async def listening_url(self) -> str | None:
        found: str | None = await self._database.value(_SETTING, (_LISTENING_URL,))
        return found

    async def keep_listening_url(self, url: str) -> None:
        await self._database.change(_SET, (_LISTENING_URL, url))

    async def kept_key(self, name: str, fresh: str) -> str:
        key = f"key:{name}"
        await self._database.change(
            "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", (key, fresh)
        )
        kept: str = await self._database.value(_SETTING, (key,))
        return kept

    async def _list(self, make: Callable[[Row], T], sql: str, *parameters: object) -> list[T]:
        return [make(row) for row in await self._database.rows(sql, parameters)]

    async def _change_setting(
        self, tenant: int, audit: AuditEntry, at: str, sql: str, parameters: Parameters
    ) -> bool:
        """Carry out a statement; where it changed something, so did the tenant's settings."""

        async def work(connection: PostgresConnection) -> bool:
            if not await connection.change(sql, parameters):
                return False
            await _advance_settings(connection, tenant)
            await write_audit(connection, tenant, audit, at)
            return True

        return await self._database.write(work)

    async def _keep(self, uses: Uses, shown: Shown) -> None:
        async def work(connection: PostgresConnection) -> None:
            if uses:
                await connection.change_many(_USED, uses)
            if shown:
                await connection.change_many(_RECOGNISED, shown)

        await self._database.write(work)


async def insert_token(connection: PostgresConnection, new: NewToken, *, switches_on: str) -> bool:
    """Write a token; False where its id or hash is taken.

    The tenant's provisioning turns on from any state (``any``), from draft alone (``draft``), or stays ("").
    """
    record = new.record
    added = await connection.change(
        "INSERT INTO token (hash, id, tenant, connection, name, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        (
            new.hash,
            record.id,
            record.tenant,
            record.connection,
            record.name,
            record.created_at,
            record.expires_at,
        ),
    )
    if added and switches_on:
        await connection.change(
            "UPDATE tenant SET provisioning = $1, settings_version = settings_version + 1"
            " WHERE id = $2 AND (provisioning = $3 OR $4)",
            (Provisioning.ON.value, record.tenant, Provisioning.DRAFT.value, switches_on == "any"),
        )
    return bool(added)


async def _advance_settings(connection: PostgresConnection, tenant: int) -> None:
    await connection.change(
        "UPDATE tenant SET settings_version = settings_version + 1 WHERE id = $1", (tenant,)
    )


async def _end_replaced(connection: PostgresConnection, token: str, at: str, until: str | None) -> None:
    if until is None:
        await connection.change(
            "UPDATE token SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL", (at, token)
        )
    else:
        await connection.change(
            "UPDATE token SET expires_at = least(expires_at, $1) WHERE id = $2", (until, token)
        )


async def _tenant(connection: PostgresConnection, id: int) -> Tenant:
    row = await connection.row(TENANT + "WHERE tenant.id = $1", (id,))
    assert row is not None, "the tenant was written in this transaction"
    return as_tenant(row)
