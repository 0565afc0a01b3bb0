"""Settings → Single sign-on: the guide, the identity provider, what was chosen, the test, and what came."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from vestibule.refused import Refused
from vestibule.sign_on.errors import SetupRefused
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
from vestibule.sign_on.setup import OpenIdProvider, kept_setup
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.tenant_visit import TenantVisit

_PAGE = "/settings/sign-on"
_LONGEST_METADATA = 1 << 19
#: Larger files are read to be refused on the page itself, in words.
_LARGEST_FILE = 4 << 20
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


async def _shown(
    visit: TenantVisit, status: int = 200, fault: str = "", test_link: str = "", provider_fault: str = ""
) -> Response:
    own = bool(visit.query("own", 1)) or visit.form.has("own_addresses")
    all_of_it = await shown(visit.premises.front(), visit.tenant, attempts=_SHOWN_ATTEMPTS, own_addresses=own)
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
        may_share=all_of_it.may_share,
        own=own and all_of_it.may_share,
        chosen=chosen,
        fault=fault or provider_fault,
        provider_fault=provider_fault,
        typed={name: visit.form.text(name, most) for name, most in _GIVEN.items()},
        test_link=test_link,
        sso_first=visit.profile.sso_first.value,
        sentences=DONE,
    )


#: The fields that describe the identity provider, and how long each may be.
_GIVEN = {
    "metadata_url": 2000,
    "metadata": _LONGEST_METADATA,
    "entity_id": 1024,
    "sso_url": 2000,
    "slo_url": 2000,
    "certificate": 20_000,
}


async def _set_up(visit: TenantVisit) -> Response:
    front = visit.premises.front()
    try:
        provider, url = await _provider(visit)
        own = True if visit.form.has("own_addresses") else None
        await set_up_saml(front, visit.tenant, visit.actor, provider, metadata_url=url, own_addresses=own)
    except Refused as refused:
        return await _shown(visit, 409, provider_fault=str(refused))
    return visit.go(visit.below(_PAGE), "set")


async def _provider(visit: TenantVisit) -> tuple[IdentityProvider, str]:
    """By address, by file, by paste, or by field, in one way; and the address that is to be read again daily.

    The address that is kept stands in its field: left as it was, it counts only where nothing else is given.
    """
    front, form = visit.premises.front(), visit.form
    stored = await front.store.setup(visit.tenant.id)
    kept = kept_setup(stored.document).metadata_url if stored else ""
    url, pasted = form.line("metadata_url", 2000), form.text("metadata", _LONGEST_METADATA)
    name, uploaded = form.files.get("metadata_file", ("", b""))
    fields = [form.line(field, 2000) for field in ("entity_id", "sso_url", "slo_url", "certificate")]
    given = [
        what
        for what, there in (
            (visit.say("Metadata address"), url and url != kept),
            (visit.say("or its metadata as a file"), name or uploaded),
            (visit.say("or pasted"), pasted.strip()),
            (visit.say("or field by field"), any(fields)),
        )
        if there
    ]
    if len(given) > 1:
        raise SetupRefused(
            visit.say("Give the identity provider in one way; here are: {ways}.", ways=" · ".join(given))
        )
    if name or uploaded:
        return read_metadata(uploaded), ""
    if pasted.strip():
        return read_metadata(pasted.encode()), ""
    if url and not any(fields):
        return await metadata_at(front, url), url
    slo_url, certificate = form.line("slo_url", 2000), form.text("certificate", 20_000)
    return entered(form.line("entity_id", 1024), form.line("sso_url", 2000), certificate, slo_url=slo_url), ""


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
            own_addresses=visit.form.has("own_addresses"),
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
    Page(_PAGE, shows=_sign_on, does=_set_up, file_limit=_LARGEST_FILE),
    Page(f"{_PAGE}/openid", does=_openid),
    Page(f"{_PAGE}/choices", does=_choose),
    Page(f"{_PAGE}/test", does=_test),
    Page(f"{_PAGE}/certificate", does=_renew),
    Page(f"{_PAGE}/certificate/remove", does=_forget),
    Page(f"{_PAGE}/remove", does=_remove),
)
