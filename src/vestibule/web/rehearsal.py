"""A logged request again, as a dry run: what it would be answered, and do, by the rules and facts of now."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.directory.store import Recorded
from vestibule.directory.telling import body_of
from vestibule.profiles.profile import ApplicationProfile
from vestibule.refused import Refused
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.tenant import Connection, Tenant
from vestibule.web.exchange import Exchange
from vestibule.web.scim_api import ScimApi

_SCIM = "/scim/v2"


class CannotRehearse(Refused):
    """The log does not have enough of the request to play it again."""

    status = 409


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The answer that the request would get now; ``answer`` is its body as JSON. Nothing was changed."""

    status: int
    answer: Any


async def rehearsed(
    scim: ScimApi,
    tenant: Tenant,
    connection: Connection,
    profile: ApplicationProfile,
    request: Recorded,
    request_id: str,
    at: str,
) -> Rehearsed:
    """Play it for the connection that sent it, in the dialect it was read in. ``CannotRehearse``."""
    _, found, path = request.path.partition(_SCIM)
    if not found:
        raise CannotRehearse(
            f"The request {request.id} was none of SCIM, and SCIM alone can be played again."
        )
    if request.payload is None:
        raise CannotRehearse("The personal values of this request were erased, so it cannot be played again.")
    if request.rule == "bulk" or path.lower().startswith("/bulk"):
        raise CannotRehearse(
            f"A bulk request is kept as its operations. Play one of them: {request.id}:1 is the first."
        )
    body = request.payload.get("request") or ""
    if isinstance(body_of(body), str):
        raise CannotRehearse(
            "The body was no JSON, or too large to be kept whole, so it cannot be played again."
        )
    if not body and request.method in ("POST", "PUT", "PATCH"):
        raise CannotRehearse("The body of this request was not kept, so it cannot be played again.")
    exchange = Exchange(
        method=request.method,
        path=request.path,
        query_string=str(request.payload.get("query") or "").encode(),
        headers={
            b"content-type": b"application/scim+json",
            b"user-agent": str(request.payload.get("user_agent") or "").encode("latin-1", "replace"),
            b"vestibule-dry-run": b"true",
        },
        receive=_nothing_more,
        request_id=request_id,
        at=at,
        started=time.perf_counter(),
        arrived=body.encode(),
    )
    reply = await scim.rehearse(exchange, _admission(tenant, connection, request.dialect), profile, path)
    return Rehearsed(reply.status, body_of(bytes(reply.body).decode()))


def _admission(tenant: Tenant, connection: Connection, dialect: str) -> Admission:
    return Admission(
        token="",
        token_name="replay",
        expires_at=None,
        revoked_at=None,
        connection=connection.id,
        dialect=dialect or connection.dialect,
        tenant=tenant.id,
        tenant_slug=tenant.slug,
        tenant_name=tenant.name,
        suspended=False,
        account=tenant.account,
        plan=tenant.plan,
        profile=tenant.profile,
        profile_version=0,
        provisioning=tenant.provisioning,
        sso_confirmed=tenant.sso_confirmed,
        settings_version=tenant.settings_version,
        derived=tenant.derived,
    )


async def _nothing_more() -> Mapping[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}
