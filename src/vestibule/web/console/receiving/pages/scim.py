"""Settings → Integrations → SCIM user provisioning → Settings: address, token, Save; and what arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from starlette.responses import Response

from vestibule.refused import Refused
from vestibule.sign_on.setting_up import mismatch
from vestibule.tenancy.access_tokens import (
    Issued,
    find_token,
    issue_token,
    request_token,
    revoke_token,
    rotate_token,
)
from vestibule.tenancy.errors import UnknownToken
from vestibule.tenancy.gate import plan_refusal, sign_on_refusal, why_closed
from vestibule.tenancy.handing_out import is_by_request
from vestibule.tenancy.tenant import Provisioning
from vestibule.tenancy.tenants import switch_provisioning
from vestibule.tenancy.token import Token
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.arrivals import arrivals
from vestibule.web.console.receiving.tenant_visit import TenantVisit
from vestibule.web.console.refusals import PageRefused
from vestibule.web.console.streams import event, stream, ticks

#: A token that was rotated lives on so long, so that there is no gap.
_OVERLAP = timedelta(days=7)
_PAGE = "/settings/integrations/scim"
_ARRIVALS_SHOWN = 5
_AUDIT_LOOKED_AT = 500
_WATCHED_SECONDS = 900.0

DONE = {
    "on": message("Provisioning is on. Test the connection in your identity provider now."),
    "paused": message("Provisioning is paused: every request is refused until you switch it on again."),
    "asked": message("Your request waits. You get the token through a link that shows it once."),
    "revoked": message("The token is revoked, from the next request on."),
}


async def _scim(visit: TenantVisit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: TenantVisit, status: int = 200, issued: Issued | None = None, fault: str = ""
) -> Response:
    premises, tenant, profile = visit.premises, visit.tenant, visit.profile
    tokens = await premises.tenancy.tokens(tenant.id)
    plan = plan_refusal(tenant.plan, profile)
    sign_on = sign_on_refusal(tenant.sso_confirmed, profile)
    asked = [one for one in await premises.tenancy.token_requests() if one.tenant == tenant.id]
    live = [token for token in tokens if token.state(visit.now) == "live"]
    return visit.show(
        "scim.html",
        status,
        base_url=visit.room.base_url,
        by_request=is_by_request(profile),
        tokens=live,
        ended=[token for token in tokens if token not in live][:5],
        following=await _following(visit, live),
        issued=issued,
        fault=fault,
        gate=plan or sign_on,
        mismatch=await mismatch(premises.front(), tenant),
        closed=why_closed(tenant, profile),
        asked=asked,
        arrivals=(await arrivals(visit, tokens, _WATCHED_SECONDS))[:_ARRIVALS_SHOWN],
        sentences=DONE,
    )


async def _following(visit: TenantVisit, live: list[Token]) -> dict[str, Token]:
    """By the id of a live token that was rotated: the one that is to take its place."""
    by_id = {token.id: token for token in live}
    return {
        str((entry.payload or {}).get("replaces")): by_id[entry.subject_id]
        for entry in await visit.premises.overview.audit(visit.tenant.id, limit=_AUDIT_LOOKED_AT)
        if entry.action == "token.rotated" and entry.subject_id in by_id
    }


async def _save(visit: TenantVisit) -> Response:
    """Draft or paused → on, or on → paused. Whoever looked at older settings is told so."""
    tenant = visit.tenant
    if visit.form.line("settings_version") != str(tenant.settings_version):
        return await _shown(
            visit,
            409,
            fault=visit.say(
                "Somebody changed these settings meanwhile. Look at them again, then press Save."
            ),
        )
    state = Provisioning.PAUSED if visit.form.line("state") == "paused" else Provisioning.ON
    try:
        await switch_provisioning(visit.room.desk, tenant, state)
    except Refused as refusal:
        return await _shown(visit, 409, fault=str(refusal))
    return visit.go(visit.below(_PAGE), "paused" if state is Provisioning.PAUSED else "on")


async def _issue(visit: TenantVisit) -> Response:
    if is_by_request(visit.profile) and not visit.administrator.is_operator:
        raise PageRefused(message("The vendor hands out the token: press Request an API token."))
    try:
        issued = await issue_token(
            visit.room.desk, visit.tenant, name=visit.form.line("name", 80), draft=True
        )
    except Refused as refusal:
        return await _shown(visit, 409, fault=str(refusal))
    return await _shown(visit, issued=issued)


async def _ask(visit: TenantVisit) -> Response:
    try:
        await request_token(
            visit.room.desk,
            visit.tenant,
            asked_by=visit.administrator.email,
            note=visit.form.text("note", 500),
        )
    except Refused as refusal:
        return await _shown(visit, 409, fault=str(refusal))
    return visit.go(visit.below(_PAGE), "asked")


async def _rotate(visit: TenantVisit) -> Response:
    if is_by_request(visit.profile) and not visit.administrator.is_operator:
        raise PageRefused(message("The vendor hands out the token: press Request an API token."))
    token = await _token(visit)
    try:
        issued = await rotate_token(visit.room.desk, token, keep_old_for=_OVERLAP)
    except Refused as refusal:
        return await _shown(visit, 409, fault=str(refusal))
    return await _shown(visit, issued=issued)


async def _revoke(visit: TenantVisit) -> Response:
    token = await _token(visit)
    if token.revoked_at is None:
        await revoke_token(visit.room.desk, token)
    back = "/settings/tokens" if visit.form.has("tokens") else _PAGE
    return visit.go(visit.below(back), "revoked")


async def _token(visit: TenantVisit) -> Token:
    """The token that the form names, of this tenant and of no other."""
    try:
        return await find_token(visit.room.desk, visit.form.line("token", 80), visit.tenant)
    except UnknownToken:
        raise nothing_there() from None


async def _tokens(visit: TenantVisit) -> Response:
    tokens = await visit.premises.tenancy.tokens(visit.tenant.id)
    return visit.show(
        "tokens.html",
        tokens=tokens,
        states={token.id: token.state(visit.now) for token in tokens},
        sentences=DONE,
    )


async def _stream(visit: TenantVisit) -> Response:
    async def pieces() -> AsyncIterator[str]:
        before = ""
        async for _ in ticks(visit):
            tokens = await visit.premises.tenancy.tokens(visit.tenant.id)
            found = (await arrivals(visit, tokens, _WATCHED_SECONDS))[:_ARRIVALS_SHOWN]
            html = visit.part("arrivals.html", arrivals=found)
            if html != before:
                before = html
                yield event("arrivals", html)

    return stream(pieces())


PAGES = (
    Page(_PAGE, shows=_scim, does=_save),
    Page(f"{_PAGE}/token", does=_issue),
    Page(f"{_PAGE}/request", does=_ask),
    Page(f"{_PAGE}/rotate", does=_rotate),
    Page(f"{_PAGE}/revoke", does=_revoke),
    Page(f"{_PAGE}/stream", shows=_stream),
    Page("/settings/tokens", shows=_tokens),
)
