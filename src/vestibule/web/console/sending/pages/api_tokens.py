"""Administrators → API tokens: what the company's own software shows; issued and shown once, revoked for good."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from vestibule.provisioning.api_token import AREAS
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page
from vestibule.web.console.sending.visit import DirectoryVisit
from vestibule.web.console.sending.wording import as_shown

_PAGE = "/tokens"
_EVERYTHING = "*"

SUBJECTS = {
    _EVERYTHING: message("Everything"),
    "directory": message("People and groups"),
    "applications": message("Applications and assignments"),
    "plans": message("Plans"),
    "runs": message("Runs and tasks"),
    "audit": message("Audit"),
}
MODES = {"": message("no"), "read": message("read"), "write": message("read and write")}
LIFETIMES = {
    "30": message("in 30 days"),
    "90": message("in 90 days"),
    "365": message("in a year"),
    "never": message("never"),
}
STATES = {
    "live": (message("live"), "good"),
    "revoked": (message("revoked"), ""),
    "expired": (message("expired"), "warn"),
}
DONE = {"revoked": message("Revoked. The next request with it is refused.")}


async def _tokens(visit: DirectoryVisit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: DirectoryVisit, status: int = 200, fault: str = "", secret: str = "", whose: str = ""
) -> Response:
    tokens = await visit.store.api_tokens()
    return visit.show(
        "api_tokens.html",
        status,
        tokens=tokens,
        states={token.id: STATES[token.state(visit.now)] for token in tokens},
        is_live={token.id: token.state(visit.now) == "live" for token in tokens},
        subjects=[(name, SUBJECTS[name], visit.form.line(f"area_{name}", 10)) for name in _areas()],
        modes=MODES.items(),
        lifetimes=LIFETIMES.items(),
        lifetime=visit.form.line("lifetime", 10) or "365",
        name=visit.form.line("name", 100),
        fault=fault,
        secret=secret,
        whose=whose,
        address=f"{visit.frame.public_url().removesuffix(visit.at(''))}/api/v1",
        sentences=DONE,
    )


def _areas() -> tuple[str, ...]:
    return (_EVERYTHING, *AREAS)


async def _issue(visit: DirectoryVisit) -> Response:
    form = visit.form
    chosen = {name: form.line(f"area_{name}", 10) for name in _areas()}
    days = form.line("lifetime", 10)
    try:
        if not form.line("name", 100):
            raise Refused(visit.say("Say what it is called: the audit names it."))
        if not any(chosen.values()):
            raise Refused(visit.say("Say what it may do."))
        if days not in LIFETIMES:
            raise Refused(visit.say("Say for how long it is good."))
        lifetime = timedelta(days=int(days)) if days.isdigit() else None
        scopes = [_scope(name, mode) for name, mode in chosen.items() if mode]
        secret, token = await visit.desk.issue_token(
            visit.engine.new_api_secret, scopes, form.line("name", 100), lifetime
        )
    except Refused as refusal:
        return await _shown(visit, 422, as_shown(str(refusal)))
    return await _shown(visit, secret=secret, whose=token.name)


def _scope(name: str, mode: str) -> str:
    return _EVERYTHING if (name, mode) == (_EVERYTHING, "write") else f"{name}:{mode}"


async def _revoke(visit: DirectoryVisit) -> Response:
    try:
        await visit.desk.revoke_token(visit.form.line("token", 20))
    except Refused as refusal:
        return await _shown(visit, 409, as_shown(str(refusal)))
    return visit.go(_PAGE, "revoked")


PAGES = (Page(_PAGE, shows=_tokens, does=_issue), Page(f"{_PAGE}/revoke", does=_revoke))
