"""Applications: the list, the catalog, and adding one."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.provisioning.catalogue import CatalogueEntry
from vestibule.provisioning.setting_up import Wanted, checked_name
from vestibule.refused import Refused
from vestibule.scim.fold import fold
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.pictures import picture
from vestibule.web.console.sending.visit import DirectoryVisit

DONE = {"added": message("The application is added. Set up Sign On next; Provisioning opens after it.")}


async def _applications(visit: DirectoryVisit) -> Response:
    return visit.show(
        "applications.html",
        applications=await visit.store.applications(),
        titles={entry.name: entry.title for entry in visit.engine.catalogue.entries()},
        sentences=DONE,
    )


async def _catalog(visit: DirectoryVisit) -> Response:
    typed = visit.query("q", 100)
    wanted = fold(typed.strip())
    entries = [
        entry
        for entry in visit.engine.catalogue.entries()
        if wanted in fold(entry.title) or wanted in fold(entry.name)
    ]
    return visit.show("catalog.html", entries=entries, typed=typed)


def _entry(visit: DirectoryVisit) -> CatalogueEntry:
    try:
        return visit.engine.catalogue.entry(visit.path("entry"))
    except Refused:
        raise nothing_there() from None


async def _form(visit: DirectoryVisit) -> Response:
    entry = _entry(visit)
    return visit.show("catalog_add.html", entry=entry, name=entry.title, fault="")


async def _add(visit: DirectoryVisit) -> Response:
    entry, name = _entry(visit), visit.form.line("name")
    try:
        added, _ = await visit.desk.add(Wanted(name=checked_name(name)), from_=entry.name)
    except Refused as refusal:
        return visit.show("catalog_add.html", 422, entry=entry, name=name, fault=str(refusal))
    return visit.go(f"/applications/{added.id}/sign-on", "added")


async def _logo(visit: DirectoryVisit) -> Response:
    _entry(visit)
    return picture("image/svg+xml", visit.engine.catalogue_logo(visit.path("entry")))


PAGES = (
    Page("/applications", shows=_applications),
    Page("/catalog", shows=_catalog),
    Page("/catalog/{entry}", shows=_form, does=_add),
    Page("/catalog/{entry}/logo", shows=_logo),
)
