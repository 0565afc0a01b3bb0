"""Applications → one → Sign On: how people sign in, the application username format, and whether both agree (P8, P8a)."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.provisioning.application import CUSTOM_FORMAT, USERNAME_FORMATS, SignOn
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page
from vestibule.web.console.sending.visit import ApplicationVisit
from vestibule.web.console.sending.wording import as_shown

_CUSTOM = "custom"
#: Test API Credentials looks at everybody; so many are looked at while somebody waits for this page.
_LOOKED_AT = 300

METHODS = {
    SignOn.SAML: message("SAML 2.0"),
    SignOn.OIDC: message("OpenID Connect"),
    SignOn.SWA: message("Secure Web Authentication"),
    SignOn.ELSEWHERE: message("Set up somewhere else"),
}
FORMATS = {
    "okta-username": message("Okta username"),
    "email": message("Email"),
    "email-prefix": message("Email prefix"),
    "none": message("(None)"),
    _CUSTOM: message("Custom"),
}
DONE = {
    "saved": message("Saved."),
    "added": message("The application is added. Set up Sign On next; Provisioning opens after it."),
}


async def _sign_on(visit: ApplicationVisit) -> Response:
    return await _shown(visit)


async def _shown(visit: ApplicationVisit, status: int = 200, fault: str = "") -> Response:
    application, form = visit.application, visit.form
    is_custom = application.username_format not in USERNAME_FORMATS
    typed = bool(fault)
    return visit.show(
        "sign_on.html",
        status,
        methods=METHODS.items(),
        formats=FORMATS.items(),
        method=form.line("method", 20) if typed else application.sign_on,
        saml_email=form.line("saml_email") if typed else application.sign_on_email or "user.email",
        format=form.line("format", 20) if typed else _CUSTOM if is_custom else application.username_format,
        expression=form.line("expression")
        if typed
        else application.username_format.removeprefix(CUSTOM_FORMAT)
        if is_custom
        else "",
        update=form.has("update_username") if typed else application.update_username,
        comparison=await visit.engine.compare_sign_on(application, most=_LOOKED_AT)
        if application.sign_on_email
        else None,
        fault=fault,
        sentences=DONE,
    )


async def _save(visit: ApplicationVisit) -> Response:
    visit.refuse_unseen()
    form = visit.form
    chosen = form.line("format", 20)
    format = f"{CUSTOM_FORMAT}{form.line('expression')}" if chosen == _CUSTOM else chosen
    update = form.has("update_username")
    try:
        if chosen == _CUSTOM and not form.line("expression"):
            raise Refused(visit.say("Say the expression of the custom format, such as user.login."))
        method, email = form.line("method", 20), form.line("saml_email")
        if method == SignOn.SAML and not email:
            raise Refused(visit.say("SAML needs the expression of its e-mail attribute, such as user.email."))
        before = visit.application
        if (format, update) != (before.username_format, before.update_username):
            before = await visit.seeing.change(visit.name, username_format=format, update_username=update)
        saml = email if method == SignOn.SAML else ""
        if (method, saml) != (before.sign_on, before.sign_on_email):
            await visit.desk.seeing(before).sign_on(visit.name, method, email)
    except Refused as refusal:
        return await _shown(visit, 422, as_shown(str(refusal)))
    return visit.go(visit.below("/sign-on"), "saved")


PAGES = (Page("/sign-on", shows=_sign_on, does=_save),)
