"""Settings → Administrators: who may sign in here, their links, and taking it away."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.refused import Refused
from vestibule.sign_in.administrator import Administrator, Grant
from vestibule.sign_in.administrators import (
    SignInDesk,
    add_administrator,
    issue_link,
    remove_administrator,
)
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.tenant_visit import TenantVisit

_PAGE = "/settings/administrators"

DONE = {"removed": message("Taken away, from the next request on.")}


async def _administrators(visit: TenantVisit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: TenantVisit, status: int = 200, fault: str = "", link: str = "", whose: str = ""
) -> Response:
    account = await account_of(visit)
    everybody = await visit.premises.sign_in.administrators(account)
    return visit.show(
        "administrators.html",
        status,
        everybody=[
            (one, one.reaches(account, -1)) for one in everybody if one.reaches(account, visit.tenant.id)
        ],
        may_give_all=_may_give_all(visit, account),
        fault=fault,
        link=link,
        whose=whose,
        email=visit.form.line("email"),
        name=visit.form.line("name", 100),
        several=len([one for one in visit.tenants if one.account == visit.tenant.account]) > 1,
        sentences=DONE,
    )


async def account_of(visit: TenantVisit) -> int:
    """The number of the customer account."""
    return next(one.id for one in await visit.premises.tenancy.accounts() if one.name == visit.tenant.account)


def _may_give_all(visit: TenantVisit, account: int) -> bool:
    """Whoever looks after one tenant gives nobody the others."""
    return visit.administrator.is_operator or visit.administrator.reaches(account, -1)


def desk_of(visit: TenantVisit) -> SignInDesk:
    """Where sign-ins are made, by whoever visits."""
    return visit.frame.reception.desk(visit.actor)


async def _add(visit: TenantVisit) -> Response:
    account = await account_of(visit)
    whole = visit.form.has("whole") and _may_give_all(visit, account)
    grant = Grant(account, None if whole else visit.tenant.id)
    try:
        one = await add_administrator(
            desk_of(visit),
            visit.form.line("email"),
            grant,
            name=visit.form.line("name", 100),
            tenant=visit.tenant.id,
        )
    except Refused as refusal:
        return await _shown(visit, 422, str(refusal))
    if one.is_operator or one.has_password or any(other != grant for other in one.grants):
        # They have a sign-in of their own: whoever adds them gets no way into it.
        return await _shown(visit)
    return await _with_link(visit, one)


async def _link(visit: TenantVisit) -> Response:
    one, _ = await _meant(visit)
    account = await account_of(visit)
    if one.is_operator or any(not _within(visit, grant, account) for grant in one.grants):
        return await _shown(
            visit,
            409,
            visit.say(
                "{email} looks after more than this; whoever runs this server makes their link.",
                email=one.email,
            ),
        )
    return await _with_link(visit, one)


def _within(visit: TenantVisit, grant: Grant, account: int) -> bool:
    return grant.account == account and (grant.tenant == visit.tenant.id or _may_give_all(visit, account))


async def _with_link(visit: TenantVisit, one: Administrator) -> Response:
    code = await issue_link(desk_of(visit), one, tenant=visit.tenant.id)
    return await _shown(visit, link=f"{visit.frame.public_url()}/welcome/{code}", whose=one.email)


async def _remove(visit: TenantVisit) -> Response:
    one, grants = await _meant(visit)
    account = await account_of(visit)
    try:
        for grant in grants:
            if not _within(visit, grant, account):
                return await _shown(
                    visit,
                    409,
                    visit.say(
                        "{email} looks after every {word} of the account, and you after this one.",
                        email=one.email,
                        word=visit.profile.product.wording.get("tenant") or "tenant",
                    ),
                )
            await remove_administrator(desk_of(visit), one, grant, tenant=visit.tenant.id)
    except Refused as refusal:
        return await _shown(visit, 409, str(refusal))
    if one.id == visit.administrator.id:
        return visit.go("/")
    return visit.go(visit.below(_PAGE), "removed")


async def _meant(visit: TenantVisit) -> tuple[Administrator, list[Grant]]:
    """Whom the form names, with what they have here. Nobody else's."""
    account = await account_of(visit)
    for one in await visit.premises.sign_in.administrators(account):
        if one.email == visit.form.line("who") and one.reaches(account, visit.tenant.id):
            return one, [
                g for g in one.grants if g.account == account and g.tenant in (None, visit.tenant.id)
            ]
    raise nothing_there()


PAGES = (
    Page(_PAGE, shows=_administrators, does=_add),
    Page(f"{_PAGE}/link", does=_link),
    Page(f"{_PAGE}/remove", does=_remove),
)
