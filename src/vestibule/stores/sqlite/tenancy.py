"""Tenancy in SQLite: accounts, tenants, connections, tokens and what belongs to them.

What is asked on every request is a point read on the loop's own connection; changes go
through the writer together with their audit entry.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from vestibule.directory.change import AuditEntry
from vestibule.directory.store import LookAhead
from vestibule.profiles.profile import Role
from vestibule.profiles.shelf import StoredProfile
from vestibule.scim.fold import fold
from vestibule.stores.shared_sql.tenancy_rows import (
    ADMISSION,
    ADMITTED,
    PROFILE,
    REQUEST,
    TENANT,
    TOKEN,
    as_admission,
    as_profile,
    as_tenant,
    as_token,
)
from vestibule.stores.sqlite.audit import write_audit
from vestibule.stores.sqlite.connection import Row, SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.tenancy_buffer import Shown, TenancyBuffer, Uses
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.errors import ChangedMeanwhile, SlugTaken
from vestibule.tenancy.store import NewTenant, TenantChange
from vestibule.tenancy.tenant import Account, Connection, Domain, Provisioning, Tenant
from vestibule.tenancy.token import NewToken, Token, TokenRequest

T = TypeVar("T")

_ADMIT = f"SELECT {ADMISSION} {ADMITTED} WHERE token.hash = ?"
_USED = "UPDATE token SET last_used_at = max(ifnull(last_used_at, ''), ?) WHERE id = ?"
_RECOGNISED = "UPDATE connection SET recognised = ?, recognised_why = ?, recognised_at = ? WHERE id = ?"
_DEFAULT_CONNECTION = "default"
_DEFAULT_PROFILE, _LISTENING_URL = "default_profile", "listening_url"
_SET = "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)"


class SqliteTenancy(TenancyBuffer):
    """A ``TenancyStore`` over one SQLite database; the Protocol says what each method promises."""

    looks_ahead = False

    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(self._keep)
        self._database = database

    async def admit(self, token_hash: bytes, ahead: LookAhead | None = None) -> Admission | None:
        return self.admission(token_hash)

    def admission(self, token_hash: bytes) -> Admission | None:
        """What ``admit`` answers; it waits for nothing here."""
        read_before = self._database.reading.read_before()
        known: Admission | None = read_before.get(token_hash)
        if known is None:
            row = self._database.read_row(_ADMIT, (token_hash,))
            if row is None:
                return None
            known = read_before[token_hash] = as_admission(row)
        return known

    async def add_tenant(self, new: NewTenant, audit: AuditEntry, at: str) -> Tenant:
        def work(connection: SqliteConnection) -> Tenant:
            if connection.row("SELECT 1 FROM tenant WHERE slug = ?", (new.slug,)):
                raise SlugTaken(new.slug)
            account = connection.value("SELECT id FROM account WHERE folded = ?", (fold(new.account),))
            if account is None:
                account = connection.insert(
                    "INSERT INTO account (name, folded, created_at) VALUES (?, ?, ?)",
                    (new.account, fold(new.account), at),
                )
            id = connection.insert(
                "INSERT INTO tenant (account, slug, name, folded, profile, plan, created_at, derived)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (account, new.slug, new.name, fold(new.name), new.profile, new.plan, at, new.derived),
            )
            connection.change(
                "INSERT INTO connection (tenant, name, created_at) VALUES (?, ?, ?)",
                (id, _DEFAULT_CONNECTION, at),
            )
            write_audit(connection, id, audit, at)
            return _tenant(connection, id)

        return await self._database.write(work)

    async def tenants(self) -> Sequence[Tenant]:
        return await self._list(as_tenant, TENANT + "ORDER BY tenant.slug")

    async def tenants_named(self, name: str) -> Sequence[Tenant]:
        by_slug = await self._list(as_tenant, TENANT + "WHERE tenant.slug = ?", name)
        return by_slug or await self._list(
            as_tenant, TENANT + "WHERE tenant.folded = ? ORDER BY tenant.slug", fold(name)
        )

    async def change_tenant(self, tenant: int, change: TenantChange, audit: AuditEntry, at: str) -> Tenant:
        def work(connection: SqliteConnection) -> Tenant:
            changed = connection.change(
                "UPDATE tenant SET plan = ifnull(?, plan), provisioning = ifnull(?, provisioning),"
                " suspended = ifnull(?, suspended), sso_confirmed = ifnull(?, sso_confirmed),"
                " profile = ifnull(?, profile), settings_version = settings_version + 1"
                " WHERE id = ? AND settings_version = ifnull(?, settings_version)",
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
            write_audit(connection, tenant, audit, at)
            return _tenant(connection, tenant)

        return await self._database.write(work)

    async def accounts(self) -> Sequence[Account]:
        return await self._list(
            lambda row: Account(*row), "SELECT id, name, created_at FROM account ORDER BY folded"
        )

    async def connections(self, tenant: int) -> Sequence[Connection]:
        return await self._list(
            lambda row: Connection(*row),
            "SELECT id, tenant, name, dialect, created_at, recognised, recognised_why, recognised_at"
            " FROM connection WHERE tenant = ? ORDER BY id",
            tenant,
        )

    async def pin_dialect(self, connection: int, dialect: str, audit: AuditEntry, at: str) -> None:
        def work(writing: SqliteConnection) -> None:
            writing.change("UPDATE connection SET dialect = ? WHERE id = ?", (dialect, connection))
            if not dialect:
                writing.change(
                    "UPDATE connection SET recognised = '', recognised_why = '', recognised_at = NULL WHERE id = ?",
                    (connection,),
                )
            tenant = writing.value("SELECT tenant FROM connection WHERE id = ?", (connection,))
            _advance_settings(writing, tenant)
            write_audit(writing, tenant, audit, at)

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

        def work(connection: SqliteConnection) -> bool:
            if not insert_token(connection, new, switches_on="any" if switches_on else ""):
                return False
            if answers is not None:
                connection.change(
                    "UPDATE token_request SET token = ?, answered_at = ? WHERE id = ? AND token IS NULL",
                    (record.id, at, answers),
                )
            if replaces is not None:
                _end_replaced(connection, replaces, at, replaced_until)
            write_audit(connection, record.tenant, audit, at)
            return True

        return await self._database.write(work)

    async def tokens(self, tenant: int | None = None) -> Sequence[Token]:
        order = "ORDER BY created_at DESC, id"
        if tenant is None:
            return await self._list(as_token, TOKEN + order)
        return await self._list(as_token, TOKEN + "WHERE tenant = ? " + order, tenant)

    async def token(self, id: str) -> Token | None:
        found = await self._list(as_token, TOKEN + "WHERE id = ?", id)
        return found[0] if found else None

    async def revoke_token(self, id: str, audit: AuditEntry, at: str) -> None:
        def work(connection: SqliteConnection) -> None:
            ended = connection.change(
                "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (at, id)
            )
            if ended:
                tenant = connection.value("SELECT tenant FROM token WHERE id = ?", (id,))
                write_audit(connection, tenant, audit, at)

        await self._database.write(work)

    async def add_token_request(
        self, tenant: int, asked_by: str, note: str, audit: AuditEntry, at: str
    ) -> int:
        def work(connection: SqliteConnection) -> int:
            id = connection.insert(
                "INSERT INTO token_request (tenant, asked_at, asked_by, note) VALUES (?, ?, ?, ?)",
                (tenant, at, asked_by, note),
            )
            write_audit(connection, tenant, audit, at)
            return id

        return await self._database.write(work)

    async def answer_token_requests(self, tenant: int, token: str, audit: AuditEntry, at: str) -> None:
        sql = "UPDATE token_request SET token = ?, answered_at = ? WHERE tenant = ? AND token IS NULL"
        await self._change_setting(tenant, audit, at, sql, (token, at, tenant))

    async def token_requests(self, *, answered: bool = False) -> Sequence[TokenRequest]:
        which = "" if answered else "WHERE token IS NULL "
        return await self._list(lambda row: TokenRequest(*row), REQUEST + which + "ORDER BY token_request.id")

    async def add_domain(self, domain: Domain, audit: AuditEntry, at: str) -> bool:
        return await self._change_setting(
            domain.tenant,
            audit,
            at,
            "INSERT INTO domain (tenant, name, proven_at, proven_by) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (domain.tenant, domain.name, domain.proven_at, domain.proven_by),
        )

    async def remove_domain(self, tenant: int, name: str, audit: AuditEntry, at: str) -> bool:
        return await self._change_setting(
            tenant, audit, at, "DELETE FROM domain WHERE tenant = ? AND name = ?", (tenant, name)
        )

    async def domains(self, tenant: int) -> Sequence[Domain]:
        return await self._list(
            lambda row: Domain(*row),
            "SELECT tenant, name, proven_at, proven_by FROM domain WHERE tenant = ? ORDER BY name",
            tenant,
        )

    async def put_role(self, tenant: int, role: Role, audit: AuditEntry, at: str) -> None:
        await self._change_setting(
            tenant,
            audit,
            at,
            "INSERT INTO tenant_role (tenant, folded, name, rights) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (tenant, folded) DO UPDATE SET name = excluded.name, rights = excluded.rights",
            (tenant, fold(role.name), role.name, json.dumps(role.rights, ensure_ascii=False)),
        )

    async def roles(self, tenant: int) -> Sequence[Role]:
        return await self._list(
            lambda row: Role(row[0], tuple(json.loads(row[1]))),
            "SELECT name, rights FROM tenant_role WHERE tenant = ? ORDER BY folded",
            tenant,
        )

    async def keep_profile(self, profile: StoredProfile, audit: AuditEntry, at: str) -> None:
        def work(connection: SqliteConnection) -> None:
            connection.change(
                "INSERT INTO profile (name, version, text, stored_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (profile.name, profile.version, profile.text, profile.stored_at),
            )
            connection.change(
                "INSERT INTO profile_current (name, version) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                (profile.name, profile.version),
            )
            write_audit(connection, None, audit, at)

        await self._database.write(work)

    async def stored_profile(self, name: str, version: int | None = None) -> StoredProfile | None:
        if version is None:
            joined = "JOIN profile_current USING (name, version) WHERE profile.name = ?"
            found = await self._list(as_profile, PROFILE + joined, name)
        else:
            found = await self._list(
                as_profile, PROFILE + "WHERE profile.name = ? AND version = ?", name, version
            )
        return found[0] if found else None

    async def stored_profiles(self) -> Sequence[StoredProfile]:
        return await self._list(
            as_profile, PROFILE + "JOIN profile_current USING (name, version) ORDER BY profile.name"
        )

    async def default_profile(self) -> str | None:
        return self._setting(_DEFAULT_PROFILE)

    async def set_default_profile(self, name: str, audit: AuditEntry, at: str) -> None:
        def work(connection: SqliteConnection) -> None:
            connection.change(_SET, (_DEFAULT_PROFILE, name))
            write_audit(connection, None, audit, at)

        await self._database.write(work)

    async def listening_url(self) -> str | None:
        return self._setting(_LISTENING_URL)

    async def keep_listening_url(self, url: str) -> None:
        await self._database.write(lambda connection: connection.change(_SET, (_LISTENING_URL, url)))

    async def kept_key(self, name: str, fresh: str) -> str:
        def work(connection: SqliteConnection) -> str:
            connection.change(
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (key, fresh)
            )
            kept: str = connection.value("SELECT value FROM setting WHERE name = ?", (key,))
            return kept

        key = f"key:{name}"
        found = self._setting(key)
        return found if found is not None else await self._database.write(work)

    def _setting(self, name: str) -> str | None:
        found = self._database.read_row("SELECT value FROM setting WHERE name = ?", (name,))
        return found[0] if found else None

    async def _list(self, make: Callable[[Row], T], sql: str, *parameters: object) -> list[T]:
        """Rows of which there may be many: read in a reader thread."""
        return await self._database.scan(lambda reader: [make(row) for row in reader.rows(sql, parameters)])

    async def _change_setting(
        self, tenant: int, audit: AuditEntry, at: str, sql: str, parameters: Sequence[object]
    ) -> bool:
        """Carry out a statement; where it changed something, so did the tenant's settings."""
        return await self._database.write(partial(_changed_setting, tenant, audit, at, sql, parameters))

    async def _keep(self, uses: Uses, shown: Shown) -> None:
        def work(connection: SqliteConnection) -> None:
            connection.change_many(_USED, uses)
            connection.change_many(_RECOGNISED, shown)

        await self._database.write(work)


def insert_token(connection: SqliteConnection, new: NewToken, *, switches_on: str) -> bool:
    """Write a token; False where its id or hash is taken.

    The tenant's provisioning turns on from any state (``any``), from draft alone (``draft``), or stays ("").
    """
    record = new.record
    whose = record.id, record.tenant, record.connection, record.name
    added = connection.change(
        "INSERT INTO token (hash, id, tenant, connection, name, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (new.hash, *whose, record.created_at, record.expires_at),
    )
    if added and switches_on:
        connection.change(
            "UPDATE tenant SET provisioning = ?, settings_version = settings_version + 1"
            " WHERE id = ? AND (provisioning = ? OR ? = 'any')",
            (Provisioning.ON.value, record.tenant, Provisioning.DRAFT.value, switches_on),
        )
    return bool(added)


def _changed_setting(
    tenant: int,
    audit: AuditEntry,
    at: str,
    sql: str,
    parameters: Sequence[object],
    connection: SqliteConnection,
) -> bool:
    if not connection.change(sql, parameters):
        return False
    _advance_settings(connection, tenant)
    write_audit(connection, tenant, audit, at)
    return True


def _advance_settings(connection: SqliteConnection, tenant: int) -> None:
    connection.change("UPDATE tenant SET settings_version = settings_version + 1 WHERE id = ?", (tenant,))


def _end_replaced(connection: SqliteConnection, token: str, at: str, until: str | None) -> None:
    if until is None:
        connection.change("UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (at, token))
    else:
        connection.change(
            "UPDATE token SET expires_at = min(ifnull(expires_at, ?), ?) WHERE id = ?", (until, until, token)
        )


def _tenant(connection: SqliteConnection, id: int) -> Tenant:
    row = connection.row(TENANT + "WHERE tenant.id = ?", (id,))
    assert row is not None, "the tenant was written in this transaction"
    return as_tenant(row)
