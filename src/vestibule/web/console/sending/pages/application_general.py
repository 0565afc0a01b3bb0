"""Applications → one → General: its label, its logo."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from vestibule.provisioning.logo import LARGEST_LOGO
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page
from vestibule.web.console.sending.pictures import picture
from vestibule.web.console.sending.visit import ApplicationVisit

DONE = {
    "saved": message("Saved."),
    "logo": message("The logo is changed."),
}


async def _first(visit: ApplicationVisit) -> Response:
    """Where somebody goes on: to Sign On while that is missing, else to whom it is for."""
    application = visit.application
    tab = "/assignments" if application.connection else "/provisioning"
    if application.catalogue and not application.sign_on:
        tab = "/sign-on"
    return RedirectResponse(visit.at(visit.below(tab)), 303, headers={"cache-control": "no-store"})


async def _general(visit: ApplicationVisit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: ApplicationVisit, status: int = 200, name_fault: str = "", logo_fault: str = ""
) -> Response:
    entries = {entry.name: entry for entry in visit.engine.catalogue.entries()}
    return visit.show(
        "general.html",
        status,
        entry=entries.get(visit.application.catalogue),
        typed_name=visit.form.line("name", 100) if name_fault else visit.application.name,
        name_fault=name_fault,
        logo_fault=logo_fault,
        own_logo=await visit.store.logo(visit.application.id) is not None,
        most_kb=LARGEST_LOGO // 1024,
        sentences=DONE,
    )


async def _save(visit: ApplicationVisit) -> Response:
    visit.refuse_unseen()
    name = visit.form.line("name")
    try:
        await visit.seeing.rename(visit.name, name)
    except Refused as refusal:
        return await _shown(visit, 422, name_fault=str(refusal))
    return visit.go(visit.below("/general"), "saved")


async def _logo(visit: ApplicationVisit) -> Response:
    kept = await visit.store.logo(visit.application.id)
    if kept is not None:
        return picture(kept.media_type, kept.content)
    return picture("image/svg+xml", visit.engine.catalogue_logo(visit.application.catalogue))


async def _upload(visit: ApplicationVisit) -> Response:
    if visit.form.has("restore"):
        await visit.desk.put_logo(visit.name, None)
        return visit.go(visit.below("/general"), "logo")
    _, content = visit.form.files.get("logo", ("", b""))
    if not content:
        return await _shown(visit, 422, logo_fault=visit.say("Choose a picture first."))
    try:
        await visit.desk.put_logo(visit.name, content)
    except Refused as refusal:
        return await _shown(visit, 422, logo_fault=str(refusal))
    return visit.go(visit.below("/general"), "logo")


PAGES = (
    Page("", shows=_first),
    Page("/general", shows=_general, does=_save),
    Page("/logo", shows=_logo, does=_upload),
)
