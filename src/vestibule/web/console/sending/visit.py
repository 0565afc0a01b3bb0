"""A directory administrator's request, and what their pages are handed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from typing import Any

from vestibule.profiles.profile import ApplicationProfile
from vestibule.provisioning.application import Application
from vestibule.provisioning.desk import Desk
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.store import ProvisioningStore
from vestibule.provisioning.under_way import AllFindings, PendingImports, Runs
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import nothing_there
from vestibule.web.console.refusals import PageRefused, SignInFirst
from vestibule.web.console.sending.engine import Engine
from vestibule.web.console.sending.menu import ADMINISTRATORS, DIRECTORY, GLOBAL, TABS
from vestibule.web.console.visit import Visit


@dataclass(frozen=True, slots=True)
class Office:
    """What every page is handed."""

    engine: Engine
    runs: Runs
    imports: PendingImports
    findings: AllFindings


CHANGED_MEANWHILE = message(
    "Somebody else changed this application meanwhile. Nothing was saved: open the page again, look, and repeat."
)


class SeenOtherwise(PageRefused):
    """What the form was made from was changed by somebody else meanwhile."""

    status = 409


@dataclass(slots=True)
class DirectoryVisit(Visit):
    """Somebody who administers the directory."""

    office: Office = field(kw_only=True)

    @property
    def engine(self) -> Engine:
        """The sending side."""
        return self.office.engine

    @property
    def store(self) -> ProvisioningStore:
        """What it keeps."""
        return self.office.engine.store

    @property
    def actor(self) -> str:
        """For the audit."""
        return self.administrator.actor

    @property
    def desk(self) -> Desk:
        """Where they act."""
        return self.engine.desk(self.actor)

    @property
    def path_within(self) -> str:
        """The page's path below the console's root."""
        root: str = self.request.scope.get("root_path", "")
        return self.request.url.path.removeprefix(root)

    def context(self) -> dict[str, Any]:
        """What templates of these pages know besides."""
        path = self.path_within
        sub = next((menu for menu in (DIRECTORY, ADMINISTRATORS) if any(e.is_open(path) for e in menu)), ())
        return {
            **Visit.context(self),
            "menu": [(entry, entry.is_open(path)) for entry in GLOBAL],
            "sub_menu": [(entry, entry.is_open(path)) for entry in sub],
        }


@dataclass(slots=True)
class ApplicationVisit(DirectoryVisit):
    """The same, on the pages of one application."""

    application: Application = field(kw_only=True)
    profile: ApplicationProfile = field(kw_only=True)

    def below(self, path: str) -> str:
        """An address of this application's pages, as ``go`` takes it."""
        return f"/applications/{self.application.id}{path}"

    @property
    def name(self) -> str:
        """What it is called."""
        return self.application.name

    @property
    def seeing(self) -> Desk:
        """The desk of somebody who looks at the application as it is now."""
        return self.desk.seeing(self.application)

    def context(self) -> dict[str, Any]:
        """What templates of these pages know besides."""
        path = self.path_within.removeprefix(self.below(""))
        return {
            **DirectoryVisit.context(self),
            "application": self.application,
            "profile": self.profile,
            "here": lambda path: self.at(self.below(path)),
            "tabs": [(entry, entry.is_open(path)) for entry in TABS],
            "seen": mark_of(self.application),
        }

    def refuse_unseen(self) -> None:
        """``SeenOtherwise`` unless the form was made from the application as it is."""
        if self.form.line("seen", 64) != mark_of(self.application):
            raise SeenOtherwise(CHANGED_MEANWHILE)


def mark_of(application: Application, rows: Sequence[MappingRow] = ()) -> str:
    """What tells an application (and its mapping) from what it was before; nothing secret is in it."""
    connection = application.connection
    shown = replace(application, connection=None, quarantined="", operations=frozenset())
    address = (
        (connection.base_url, connection.authentication, connection.token_url, connection.client_id)
        if connection
        else ()
    )
    told = repr((astuple(shown), sorted(application.operations), address, [astuple(row) for row in rows]))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


async def enter(office: Office, visit: Visit) -> DirectoryVisit:
    """The visit of a directory administrator. ``SignInFirst``."""
    if not visit.is_signed_in:
        raise SignInFirst()
    return DirectoryVisit(**_own(visit), office=office)


async def enter_application(office: Office, visit: Visit) -> ApplicationVisit:
    """The visit to the application in the path. ``SignInFirst``; nothing there where there is none."""
    if not visit.is_signed_in:
        raise SignInFirst()
    number = visit.path("application")
    found = [one for one in await office.engine.store.applications() if str(one.id) == number]
    if not found:
        raise nothing_there()
    profile = await _profile_of(office, found[0])
    return ApplicationVisit(**_own(visit), office=office, application=found[0], profile=profile)


async def _profile_of(office: Office, application: Application) -> ApplicationProfile:
    try:
        return await office.engine.profile(application.profile)
    except Refused:
        return await office.engine.profile("generic")


def _own(visit: Visit) -> dict[str, Any]:
    return {part.name: getattr(visit, part.name) for part in fields(Visit)}
