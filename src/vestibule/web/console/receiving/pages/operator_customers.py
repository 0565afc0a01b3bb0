"""Operators → Customers: tenants, their plans and state, their administrators, set-up links, and their screens."""

from __future__ import annotations

from itertools import groupby

from starlette.responses import Response

from vestibule.refused import Refused
from vestibule.sign_in.administrator import Grant
from vestibule.sign_in.administrators import add_administrator, issue_link
from vestibule.tenancy.gate import why_closed
from vestibule.tenancy.logos import replace_logo, restore_logo
from vestibule.tenancy.setup_links import make_set_up_link, set_up_url
from vestibule.tenancy.tenant import Tenant
from vestibule.tenancy.tenants import (
    change_plan,
    confirm_sign_on,
    create_tenant,
    resume,
    suspend,
)
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.tenant_visit import OperatorVisit

DONE = {
    "made": message("The tenant is there. Add an administrator, or make a set-up link."),
    "plan": message("The plan holds from the next request on."),
    "suspended": message("Suspended: every token is refused from the next request on."),
    "resumed": message("The suspension is over."),
    "signon": message("Noted, with your name."),
    "logo": message("The logo is replaced, for every tenant of this product."),
}


async def _customers(visit: OperatorVisit) -> Response:
    typed = visit.query("q", 100).casefold()
    tenants = [
        tenant
        for tenant in await visit.premises.tenancy.tenants()
        if typed in f"{tenant.name} {tenant.slug} {tenant.account}".casefold()
    ]
    tenants.sort(key=lambda tenant: (tenant.account.casefold(), tenant.slug))
    accounts = [(name, list(found)) for name, found in groupby(tenants, key=lambda tenant: tenant.account)]
    return visit.show(
        "operator_customers.html", accounts=accounts, typed=visit.query("q", 100), total=len(tenants)
    )


async def _new(visit: OperatorVisit) -> Response:
    return await _form(visit)


async def _form(visit: OperatorVisit, status: int = 200, fault: str = "") -> Response:
    return visit.show(
        "operator_new.html",
        status,
        profiles=await visit.premises.profiles.names(),
        default=visit.form.line("profile") or await visit.premises.tenancy.default_profile() or "generic",
        form=visit.form,
        fault=fault,
    )


async def _make(visit: OperatorVisit) -> Response:
    try:
        tenant = await create_tenant(
            visit.premises.desk(visit.actor),
            visit.form.line("name", 100),
            slug=visit.form.line("slug", 63) or None,
            account=visit.form.line("account", 100) or None,
            profile=visit.form.line("profile", 60) or None,
        )
    except Refused as refusal:
        return await _form(visit, 422, str(refusal))
    return visit.go(f"/operator/customers/{tenant.slug}", "made")


async def _one(visit: OperatorVisit) -> Response:
    return await _shown(visit, await _meant(visit))


async def _meant(visit: OperatorVisit) -> Tenant:
    slug = visit.path("slug")
    found = [one for one in await visit.premises.tenancy.tenants_named(slug) if one.slug == slug]
    if not found:
        raise nothing_there()
    return found[0]


async def _shown(
    visit: OperatorVisit,
    tenant: Tenant,
    status: int = 200,
    fault: str = "",
    link: str = "",
    sign_in: str = "",
) -> Response:
    premises = visit.premises
    profile = await premises.profiles.current(tenant.profile)
    account = await _account(visit, tenant)
    return visit.show(
        "operator_customer.html",
        status,
        tenant=tenant,
        profile=profile,
        closed=why_closed(tenant, profile),
        administrators=[
            one for one in await premises.sign_in.administrators(account) if one.reaches(account, tenant.id)
        ],
        links=[
            one
            for one in await premises.set_up_links.set_up_links(tenant.id)
            if one.state(visit.now) == "open"
        ],
        tokens=[one for one in await premises.tenancy.tokens(tenant.id) if one.state(visit.now) == "live"],
        fault=fault,
        link=link,
        sign_in=sign_in,
        email=visit.form.line("email"),
        story=visit.query("story", 64),
        sentences=DONE,
    )


async def _account(visit: OperatorVisit, tenant: Tenant) -> int:
    return next(one.id for one in await visit.premises.tenancy.accounts() if one.name == tenant.account)


async def _change(visit: OperatorVisit) -> Response:
    """One of the tenant's switches: plan, suspension, sign-on, a set-up link, an administrator, the logo."""
    tenant, desk, form = await _meant(visit), visit.premises.desk(visit.actor), visit.form
    done = ""
    try:
        match form.line("what", 20):
            case "plan":
                await change_plan(desk, tenant, form.line("plan", 60))
                done = "plan"
            case "suspend":
                if form.line("slug") != tenant.slug:
                    return await _shown(
                        visit,
                        tenant,
                        422,
                        visit.say("Type {slug} to say that you mean it.", slug=tenant.slug),
                    )
                await suspend(desk, tenant)
                done = "suspended"
            case "resume":
                await resume(desk, tenant)
                done = "resumed"
            case "sign-on":
                await confirm_sign_on(desk, tenant, form.line("confirmed") == "yes")
                done = "signon"
            case "set-up":
                made = await make_set_up_link(desk, visit.premises.set_up_links, tenant)
                return await _shown(visit, tenant, link=set_up_url(visit.frame.public_url(), made.code))
            case "administrator":
                return await _administrator(visit, tenant)
            case "logo":
                profile = await visit.premises.profiles.current(tenant.profile)
                name, content = form.files.get("logo", ("", b""))
                if content:
                    await replace_logo(desk, visit.premises.logos, profile, content)
                elif not name:
                    await restore_logo(desk, visit.premises.logos, profile)
                done = "logo"
            case _:
                raise nothing_there()
    except Refused as refusal:
        return await _shown(visit, tenant, 409, str(refusal))
    return visit.go(f"/operator/customers/{tenant.slug}", done)


async def _administrator(visit: OperatorVisit, tenant: Tenant) -> Response:
    grant = Grant(await _account(visit, tenant), None if visit.form.has("whole") else tenant.id)
    desk = visit.frame.reception.desk(visit.actor)
    one = await add_administrator(
        desk, visit.form.line("email"), grant, name=visit.form.line("name", 100), tenant=tenant.id
    )
    code = await issue_link(desk, one, tenant=tenant.id)
    return await _shown(visit, tenant, sign_in=f"{visit.frame.public_url()}/welcome/{code}")


async def _look(visit: OperatorVisit) -> Response:
    """See a customer's screens: marked on each of them, and in their audit."""
    tenant = await _meant(visit)
    assert visit.session is not None
    entry = visit.premises.desk(visit.actor).entry("tenant.screens_seen", "Tenant", tenant.slug)
    await visit.premises.sign_in.view_tenant(visit.session.id, tenant.id, entry, visit.now)
    story = visit.form.line("story", 64)
    return visit.go(f"/tenants/{tenant.slug}/{f'activity/{story}' if story else 'overview'}")


async def _leave(visit: OperatorVisit) -> Response:
    assert visit.session is not None
    if visit.session.viewing is not None:
        entry = visit.premises.desk(visit.actor).entry("tenant.screens_left", "Tenant", visit.session.viewing)
        await visit.premises.sign_in.view_tenant(visit.session.id, None, entry, visit.now)
    return visit.go("/operator/customers")


async def _request(visit: OperatorVisit) -> Response:
    """Where the link in an error leads an operator: to the tenant, and on to the story."""
    recorded = await visit.premises.log.request(visit.path("id"))
    tenants = {one.id: one for one in await visit.premises.tenancy.tenants()}
    if recorded is None or recorded.tenant not in tenants:
        raise nothing_there()
    return visit.go(f"/operator/customers/{tenants[recorded.tenant].slug}", story=recorded.id)


PAGES = (
    Page("/customers", shows=_customers),
    Page("/customers/new", shows=_new, does=_make),
    Page("/customers/{slug}", shows=_one, does=_change),
    Page("/customers/{slug}/look", does=_look),
    Page("/leave-screens", does=_leave),
    Page("/requests-of/{id}", shows=_request),
)
