"""Signing in and out: password, link, the first operator, and what a person keeps of their own: password, sessions."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from vestibule.refused import Refused
from vestibule.sign_in.administrators import email_address
from vestibule.sign_in.password import refuse_weak
from vestibule.web.console.frame import Frame
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there, routes
from vestibule.web.console.refusals import SignInFirst
from vestibule.web.console.visit import Visit

#: Sentences that a page shows after something was done, by the word in its address.
DONE = {
    "password": message("The password was changed, and every other browser was signed out."),
    "session": message("That browser is signed out."),
    "language": message("The language was changed."),
    "out": message("You are signed out."),
}


def sign_in_routes(frame: Frame) -> list[Route]:
    """The pages of everybody's sign-in."""
    return [*routes(frame, _OPEN, _anybody), *routes(frame, _OWN, signed_in)]


async def signed_in(visit: Visit) -> Visit:
    """The visit of somebody who is signed in. ``SignInFirst``."""
    if not visit.is_signed_in:
        raise SignInFirst()
    return visit


async def _anybody(visit: Visit) -> Visit:
    return visit


def where_to(visit: Visit, asked: str) -> str:
    """A path of this console and of no other site; the first page where it is none."""
    root: str = visit.request.scope.get("root_path", "")
    path = asked.removeprefix(root) if root else asked
    is_ours = (
        path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable() and "\\" not in path
    )
    return path if is_ours else "/"


async def _form(visit: Visit) -> Response:
    if visit.is_signed_in:
        return visit.go(where_to(visit, visit.query("next")))
    return visit.show("sign_in.html", next=visit.query("next"), email="", fault="", sentences=DONE)


async def _enter(visit: Visit) -> Response:
    email, next = visit.form.line("email"), visit.form.text("next")
    try:
        secret = await visit.frame.reception.by_password(
            email, visit.form.text("password", 1000), visit.place, visit.user_agent
        )
    except Refused as fault:
        return visit.show("sign_in.html", 422, next=next, email=email, fault=str(fault), sentences=DONE)
    return _inside(visit, secret, where_to(visit, next))


def _inside(visit: Visit, secret: str, path: str, done: str = "") -> Response:
    response = visit.go(path, done)
    visit.frame.cookies.keep_session(response, secret)
    return response


async def _link(visit: Visit) -> Response:
    """What a link shows first: whoever only looks at it (a mail scanner) does not use it up."""
    try:
        one = await visit.frame.reception.whose_link(visit.path("code"))
    except Refused as fault:
        return visit.show("sign_in.html", 410, next="", email="", fault=str(fault), sentences=DONE)
    return visit.show("welcome.html", one=one, email="", name="", fault="", beside="")


async def _follow(visit: Visit) -> Response:
    code, password = visit.path("code"), visit.form.text("password", 1000)
    reception = visit.frame.reception
    one = None
    email, name = visit.form.line("email"), visit.form.line("name", 100)
    beside = ""
    try:
        one = await reception.whose_link(code)
        if one is None:
            beside = "email"
            email_address(email)
            beside = "password"
            refuse_weak(password, email)
            beside = ""
            one = await reception.become_first(code, email, name)
            secret = await reception.choose_password(one, password, visit.user_agent)
        else:
            beside = "password"
            if password:
                refuse_weak(password, one.email)
            beside = ""
            secret = await reception.by_link(code, visit.user_agent)
            if password:
                secret = await reception.choose_password(one, password, visit.user_agent)
    except Refused as fault:
        return visit.show(
            "welcome.html", 422, one=one, email=email, name=name, fault=str(fault), beside=beside
        )
    return _inside(visit, secret, "/")


async def _you(visit: Visit) -> Response:
    sessions = await visit.frame.reception.store.sessions(visit.administrator.id)
    live = [session for session in sessions if not session.is_over(visit.now)]
    return visit.show("you.html", sessions=live, fault="", sentences=DONE)


async def _change_password(visit: Visit) -> Response:
    password = visit.form.text("password", 1000)
    try:
        secret = await visit.frame.reception.choose_password(visit.administrator, password, visit.user_agent)
    except Refused as fault:
        sessions = await visit.frame.reception.store.sessions(visit.administrator.id)
        return visit.show("you.html", 422, sessions=sessions, fault=str(fault), sentences=DONE)
    return _inside(visit, secret, "/you", "password")


async def _end_session(visit: Visit) -> Response:
    one = visit.administrator
    if not await visit.frame.reception.end(one, visit.form.line("session"), one):
        raise nothing_there()
    return visit.go("/you", "session")


async def _choose_language(visit: Visit) -> Response:
    chosen = visit.form.line("language")
    if chosen in visit.frame.languages:
        await visit.frame.reception.store.put_language(visit.administrator.id, chosen)
    return visit.go("/you", "language")


async def _leave(visit: Visit) -> Response:
    if visit.session is not None:
        await visit.frame.reception.leave(visit.session, visit.administrator)
    response = visit.go("/sign-in", "out")
    visit.frame.cookies.end_session(response)
    return response


_OPEN = (
    Page("/sign-in", shows=_form, does=_enter),
    Page("/welcome/{code}", shows=_link, does=_follow),
)
_OWN = (
    Page("/you", shows=_you),
    Page("/you/password", does=_change_password),
    Page("/you/sessions", does=_end_session),
    Page("/you/language", does=_choose_language),
    Page("/sign-out", does=_leave),
)
