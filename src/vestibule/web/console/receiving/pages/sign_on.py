"""Settings → Single sign-on: the guide, the identity provider, what was chosen, the test, and what came."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from vestibule.refused import Refused
from vestibule.sign_on.guides import guides
from vestibule.sign_on.identity_provider import IdentityProvider, entered, read_metadata
from vestibule.sign_on.setting_up import (
    choose,
    make_test,
    metadata_at,
    remove_certificate,
    remove_setup,
    renew_certificate,
    set_up_openid,
    set_up_saml,
    shown,
)
from vestibule.sign_on.setup import OpenIdProvider
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.tenant_visit import TenantVisit

_PAGE = "/settings/sign-on"
_LONGEST_METADATA = 1 << 19
_SHOWN_ATTEMPTS = 20

DONE = {
    "set": message("Sign-on is set up. Test it now."),
    "chosen": message("Your choices are kept."),
    "renewed": message("The new certificate signs from now on. Give the identity provider our new metadata."),
    "forgotten": message("The old certificate is removed."),
    "removed": message("Sign-on is removed, and all its sessions are ended."),
}


async def _sign_on(visit: TenantVisit) -> Response:
    return await _shown(visit)


async def _shown(visit: TenantVisit, status: int = 200, fault: str = "", test_link: str = "") -> Response:
    all_of_it = await shown(visit.premises.front(), visit.tenant, attempts=_SHOWN_ATTEMPTS)
    chosen = all_of_it.setup.choices if all_of_it.setup else None
    return visit.show(
        "sign_on.html",
        status,
        us=all_of_it.us,
        setup=all_of_it.setup,
        stored=all_of_it.stored,
        ours=all_of_it.our_certificates,
        theirs=all_of_it.their_certificates,
        attempts=all_of_it.attempts,
        warnings=all_of_it.warnings,
        guides=guides(all_of_it.us),
        chosen=chosen,
        fault=fault,
        test_link=test_link,
        sso_first=visit.profile.sso_first.value,
        sentences=DONE,
    )


async def _set_up(visit: TenantVisit) -> Response:
    front = visit.premises.front()
    try:
        url = visit.form.line("metadata_url", 2000)
        provider = await _provider(visit, url)
        await set_up_saml(front, visit.tenant, visit.actor, provider, metadata_url=url)
    except Refused as refused:
        return await _shown(visit, 409, fault=str(refused))
    return visit.go(visit.below(_PAGE), "set")


async def _provider(visit: TenantVisit, url: str) -> IdentityProvider:
    """By address, by file, by paste, or by field: the first that was filled in."""
    if url:
        return await metadata_at(visit.premises.front(), url)
    _, uploaded = visit.form.files.get("metadata_file", ("", b""))
    if uploaded:
        return read_metadata(uploaded)
    pasted = visit.form.text("metadata", _LONGEST_METADATA)
    if pasted.strip():
        return read_metadata(pasted.encode())
    return entered(
        visit.form.line("entity_id", 1024),
        visit.form.line("sso_url", 2000),
        visit.form.text("certificate", 20_000),
        slo_url=visit.form.line("slo_url", 2000),
    )


async def _openid(visit: TenantVisit) -> Response:
    openid = OpenIdProvider(visit.form.line("issuer", 2000), visit.form.line("client_id", 500))
    try:
        await set_up_openid(
            visit.premises.front(), visit.tenant, visit.actor, openid, visit.form.line("client_secret", 1000)
        )
    except Refused as refused:
        return await _shown(visit, 409, fault=str(refused))
    return visit.go(visit.below(_PAGE), "set")


async def _choose(visit: TenantVisit) -> Response:
    front = visit.premises.front()
    hours = visit.form.line("session_hours", 6)
    try:
        setup, _ = await front.setup_of(visit.tenant)
        wanted = replace(
            setup.choices,
            email_attribute=visit.form.line("email_attribute", 300),
            idp_initiated=visit.form.has("idp_initiated"),
            creates_people=visit.form.has("creates_people"),
            product_url=visit.form.line("product_url", 2000),
            session_hours=int(hours) if hours.isascii() and hours.isdigit() else 0,
        )
        await choose(front, visit.tenant, visit.actor, wanted)
    except Refused as refused:
        return await _shown(visit, 409, fault=str(refused))
    return visit.go(visit.below(_PAGE), "chosen")


async def _test(visit: TenantVisit) -> Response:
    try:
        link = await make_test(visit.premises.front(), visit.tenant)
    except Refused as refused:
        return await _shown(visit, 409, fault=str(refused))
    return await _shown(visit, test_link=link)


async def _renew(visit: TenantVisit) -> Response:
    await renew_certificate(visit.premises.front(), visit.tenant, visit.actor)
    return visit.go(visit.below(_PAGE), "renewed")


async def _forget(visit: TenantVisit) -> Response:
    try:
        await remove_certificate(visit.premises.front(), visit.tenant, visit.actor, visit.form.line("id", 40))
    except Refused as refused:
        return await _shown(visit, 409, fault=str(refused))
    return visit.go(visit.below(_PAGE), "forgotten")


async def _remove(visit: TenantVisit) -> Response:
    try:
        await remove_setup(visit.premises.front(), visit.tenant, visit.actor)
    except Refused as refused:
        return await _shown(visit, 409, fault=str(refused))
    return visit.go(visit.below(_PAGE), "removed")


PAGES = (
    Page(_PAGE, shows=_sign_on, does=_set_up),
    Page(f"{_PAGE}/openid", does=_openid),
    Page(f"{_PAGE}/choices", does=_choose),
    Page(f"{_PAGE}/test", does=_test),
    Page(f"{_PAGE}/certificate", does=_renew),
    Page(f"{_PAGE}/certificate/remove", does=_forget),
    Page(f"{_PAGE}/remove", does=_remove),
)
