"""A request carried out as a dry run, for a page: the same way an identity provider's goes, and nothing is kept."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import orjson

from vestibule.directory.request import Standing
from vestibule.scim.checker import CompiledType
from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.errors import NotFound, ScimError
from vestibule.tenancy.admission import Admission
from vestibule.web.console.receiving.tenant_room import TenantRoom
from vestibule.web.exchange import Exchange
from vestibule.web.scim_writes import create, delete_one, patch_one, replace_one
from vestibule.web.scope import ScimScope

_ON_ONE = {"PUT": replace_one, "PATCH": patch_one, "DELETE": delete_one}


async def rehearsed(
    room: TenantRoom, method: str, path: str, body: bytes, dialect: str = ""
) -> dict[str, Any]:
    """What would happen: ``directory.change_document``; or ``{"status", "error"}`` of a refusal.

    ``path`` is what follows the base URL: ``/Users/…``.
    """
    try:
        type, id = _meant(room, path)
        scope = _scope(room, _dialect(room, dialect))
        exchange = Exchange(
            method=method,
            path=path,
            query_string=b"",
            headers={b"vestibule-dry-run": b"true", b"content-type": b"application/scim+json"},
            receive=_nothing_more,
            request_id=room.request_id,
            at=room.premises.clock(),
            started=time.perf_counter(),
            arrived=body,
        )
        if method == "POST" and not id:
            reply = await create(scope, exchange, type)
        elif method in _ON_ONE and id:
            reply = await _ON_ONE[method](scope, exchange, type, id)
        else:
            raise NotFound(f"{method} {path[:200]} changes nothing, so there is nothing to rehearse.")
    except ScimError as error:
        return {"status": error.status, "error": error.detail, "notes": []}
    told = orjson.loads(bytes(reply.body))
    if reply.status >= 400:
        sentence = str(told.get("detail", "")).rpartition(" ")
        return {
            "status": reply.status,
            "error": sentence[0] if "/r/" in sentence[2] else told.get("detail"),
            "notes": [],
        }
    result: dict[str, Any] = told
    result["notes"] = [*exchange.notes, *(note for note in result["notes"] if note not in exchange.notes)]
    return result


def _meant(room: TenantRoom, path: str) -> tuple[CompiledType, str]:
    segments = [segment for segment in path.split("/") if segment]
    for type in room.profile.types.values():
        if segments and type.endpoint[1:].lower() == segments[0].lower() and len(segments) <= 2:
            return type, segments[1] if len(segments) == 2 else ""
    raise NotFound(f"There is nothing at {path[:200]!r}.")


def _dialect(room: TenantRoom, name: str) -> Dialect:
    dialects = room.premises.dialects
    wanted = name or room.connections[0].dialect or room.connections[0].recognised or "okta"
    return dialects.get(wanted) or next(iter(dialects.values()))


def _scope(room: TenantRoom, dialect: Dialect) -> ScimScope:
    tenant, connection = room.tenant, room.connections[0]
    admission = Admission(
        token="",
        token_name="",
        expires_at=None,
        revoked_at=None,
        connection=connection.id,
        dialect=connection.dialect,
        tenant=tenant.id,
        tenant_slug=tenant.slug,
        tenant_name=tenant.name,
        suspended=tenant.suspended,
        account=tenant.account,
        plan=tenant.plan,
        profile=tenant.profile,
        profile_version=room.profile.version,
        provisioning=tenant.provisioning,
        sso_confirmed=tenant.sso_confirmed,
        settings_version=tenant.settings_version,
        derived=tenant.derived,
    )
    standing = room.standing()
    return ScimScope(
        room.premises.directory,
        admission,
        _read_as(standing, dialect),
        dialect,
        room.base_url,
        room.premises.clock,
        room.premises.new_id,
    )


def _read_as(standing: Standing, dialect: Dialect) -> Standing:
    return replace(
        standing,
        dialect=dialect.name,
        strict=dialect.strict,
        upsert=dialect.upsert_on_no_target,
        match_people=dialect.match_people,
    )


async def _nothing_more() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}
