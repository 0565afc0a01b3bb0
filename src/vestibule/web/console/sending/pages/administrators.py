"""Administrators: who may sign in here, their links, taking it away, and what everybody did."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.refused import Refused
from vestibule.sign_in.administrator import Administrator
from vestibule.sign_in.administrators import add_administrator, issue_link, remove_administrator
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.visit import DirectoryVisit

_PAGE = "/administrators"

DONE = {
    "removed": message("Taken away, from the next request on."),
    "added": message("Added. They sign in as they always do."),
}


async def _administrators(visit: DirectoryVisit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: DirectoryVisit, status: int = 200, fault: str = "", link: str = "", whose: str = ""
) -> Response:
    return visit.show(
        "administrators.html",
        status,
        everybody=await visit.frame.reception.store.administrators(),
        fault=fault,
        link=link,
        whose=whose,
        email=visit.form.line("email"),
        name=visit.form.line("name", 100),
        sentences=DONE,
    )


async def _add(visit: DirectoryVisit) -> Response:
    grant = visit.administrator.grants[0]
    desk = visit.frame.reception.desk(visit.actor)
    try:
        one = await add_administrator(
            desk, visit.form.line("email"), grant, name=visit.form.line("name", 100)
        )
    except Refused as refusal:
        return await _shown(visit, 422, str(refusal))
    if one.has_password:
        return visit.go(_PAGE, "added")
    return await _with_link(visit, one)


async def _link(visit: DirectoryVisit) -> Response:
    return await _with_link(visit, await _meant(visit))


async def _with_link(visit: DirectoryVisit, one: Administrator) -> Response:
    code = await issue_link(visit.frame.reception.desk(visit.actor), one)
    return await _shown(visit, link=f"{visit.frame.public_url()}/welcome/{code}", whose=one.email)


async def _remove(visit: DirectoryVisit) -> Response:
    one = await _meant(visit)
    try:
        await remove_administrator(visit.frame.reception.desk(visit.actor), one, one.grants[0])
    except Refused as refusal:
        return await _shown(visit, 409, str(refusal))
    return visit.go("/" if one.id == visit.administrator.id else _PAGE, "removed")


async def _meant(visit: DirectoryVisit) -> Administrator:
    one = await visit.frame.reception.store.administrator_named(visit.form.line("who"))
    if one is None:
        raise nothing_there()
    return one


PAGES = (
    Page(_PAGE, shows=_administrators, does=_add),
    Page(f"{_PAGE}/link", does=_link),
    Page(f"{_PAGE}/remove", does=_remove),
)
