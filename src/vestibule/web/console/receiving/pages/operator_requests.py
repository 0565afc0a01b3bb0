"""Operators → Token requests: the queue, and the one-time link that answers one. And the operators themselves."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.refused import Refused
from vestibule.sign_in.administrators import add_operator, administrator_named, issue_link, remove_operator
from vestibule.tenancy.setup_links import make_set_up_link, set_up_url
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.tenant_visit import OperatorVisit

_PAGE = 100
DONE = {"removed": message("Taken away, from the next request on.")}


async def _requests(visit: OperatorVisit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: OperatorVisit, status: int = 200, fault: str = "", link: str = "", whose: str = ""
) -> Response:
    tenancy = visit.premises.tenancy
    queue = await tenancy.token_requests(answered=True)
    made = {}
    for asked in queue:
        if asked.token is None:
            links = await visit.premises.set_up_links.set_up_links(asked.tenant)
            made[asked.id] = [one for one in links if one.state(visit.now) == "open"]
    return visit.show(
        "operator_requests.html",
        status,
        waiting=[one for one in queue if one.token is None],
        answered=[one for one in queue if one.token is not None][-50:][::-1],
        made=made,
        fault=fault,
        link=link,
        whose=whose,
    )


async def _answer(visit: OperatorVisit) -> Response:
    """A link that shows address and token once; the request is answered when it is opened."""
    number = visit.form.line("request", 12)
    for asked in await visit.premises.tenancy.token_requests():
        if str(asked.id) == number:
            desk = visit.premises.desk(visit.actor)
            try:
                made = await make_set_up_link(
                    desk, visit.premises.set_up_links, await desk.tenant(asked.tenant_slug)
                )
            except Refused as refusal:
                return await _shown(visit, 409, str(refusal))
            return await _shown(
                visit, link=set_up_url(visit.frame.public_url(), made.code), whose=asked.asked_by
            )
    raise nothing_there()


async def _operators(visit: OperatorVisit) -> Response:
    return await _everybody(visit)


async def _everybody(visit: OperatorVisit, status: int = 200, fault: str = "", link: str = "") -> Response:
    found = [one for one in await visit.premises.sign_in.administrators() if one.is_operator]
    return visit.show(
        "operator_operators.html",
        status,
        everybody=found,
        fault=fault,
        link=link,
        email=visit.form.line("email"),
        name=visit.form.line("name", 100),
        sentences=DONE,
    )


async def _add(visit: OperatorVisit) -> Response:
    desk = visit.frame.reception.desk(visit.actor)
    try:
        one = await add_operator(desk, visit.form.line("email"), name=visit.form.line("name", 100))
    except Refused as refusal:
        return await _everybody(visit, 422, str(refusal))
    return await _everybody(visit, link=f"{visit.frame.public_url()}/welcome/{await issue_link(desk, one)}")


async def _remove(visit: OperatorVisit) -> Response:
    desk = visit.frame.reception.desk(visit.actor)
    try:
        await remove_operator(desk, await administrator_named(desk, visit.form.line("who")))
    except Refused as refusal:
        return await _everybody(visit, 409, str(refusal))
    return visit.go("/operator/operators", "removed")


async def _audit(visit: OperatorVisit) -> Response:
    asked = visit.query("before", 20)
    before = int(asked) if asked.isascii() and asked.isdigit() else None
    entries = await visit.premises.overview.audit(None, before=before, limit=_PAGE + 1)
    more = entries[_PAGE - 1].seq if len(entries) > _PAGE else None
    return visit.show("operator_audit.html", entries=entries[:_PAGE], more=more)


PAGES = (
    Page("/requests", shows=_requests, does=_answer),
    Page("/operators", shows=_operators, does=_add),
    Page("/operators/remove", does=_remove),
    Page("/audit", shows=_audit),
)
