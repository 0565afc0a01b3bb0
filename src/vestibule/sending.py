"""The sending side, wired: its store, the connectors of the folder, and a worker for each run.

The receiving side is no part of it; the two talk over HTTP.
"""

from __future__ import annotations

import asyncio
import secrets
import string
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Set
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from vestibule import registry
from vestibule.clock import utc_clock
from vestibule.key_ring import KeyRing
from vestibule.profiles.load import is_profile_file, load_profile, profile_text
from vestibule.profiles.profile import ApplicationProfile
from vestibule.profiles.shelf import ProfileShelf, StoredProfile
from vestibule.provisioning.api_token import NewSecret
from vestibule.provisioning.application import Application
from vestibule.provisioning.catalogue import Catalogue
from vestibule.provisioning.connector import (
    Connector,
    CredentialsTest,
    Exchange,
    Failure,
    Pacing,
    Verdict,
)
from vestibule.provisioning.desk import Around, Desk
from vestibule.provisioning.drift import Drift
from vestibule.provisioning.engine_settings import CONCURRENCY
from vestibule.provisioning.importing import Import, prepare
from vestibule.provisioning.pace import Pace
from vestibule.provisioning.plan_file import PlanState
from vestibule.provisioning.planning import Planning, check_appliable
from vestibule.provisioning.reading import UnreadableSource
from vestibule.provisioning.reconciling import Reconciling
from vestibule.provisioning.report import Progress, RunReport
from vestibule.provisioning.sign_on import Comparison, compare
from vestibule.provisioning.source import fold_login
from vestibule.provisioning.timepiece import SystemTime, Timepiece
from vestibule.provisioning.user_import import ImportedUser, imported_users
from vestibule.provisioning.watching import Watching, end_quarantine
from vestibule.provisioning.worker import Worker
from vestibule.refused import Refused
from vestibule.settings import Settings
from vestibule.sources.declaration import Declared, declared_source
from vestibule.sources.kind import SourceKind
from vestibule.sources.uploaded import Upload, checked_upload
from vestibule.stores.sending import open_sending_store
from vestibule.tenancy.token import TokenKind, make_token, token_hash, token_id

_PAGE = 500
_ANY_LOGO = "generic.svg"
_SECRET_BYTES = 32
_ID_SIGNS = string.ascii_letters + string.digits
#: Okta's ids have 20 characters, the prefix among them (W22).
_ID_LENGTH = 20


class Sending:
    """One directory with its applications. Bound to the loop that calls ``start``."""

    def __init__(
        self,
        settings: Settings,
        *,
        waiting: Callable[[float], None] | None = None,
        time: Timepiece | None = None,
    ) -> None:
        self._time = time or SystemTime()
        text = settings.keys.get_secret_value()
        keys = KeyRing.from_text(text) if text else None
        self.store = open_sending_store(
            settings.directory_database, keys, schema=settings.db_schema, waiting=waiting
        )
        self.profiles = ProfileShelf(self.store)
        self._connectors = registry.members("vestibule.connectors", "CONNECTOR")
        self.catalogue = catalogue()
        self._safeguard = settings.import_safeguard / 100
        self._sources = settings.directory_sources

    async def start(self) -> None:
        """Open the database."""
        await self.store.start()

    async def stop(self) -> None:
        """Close it."""
        await self.store.stop()

    async def profile(self, name_or_file: str) -> ApplicationProfile:
        """The profile of that name; a path ending in .toml is copied into the database first.

        ``UnknownProfile``, ``FaultyProfile``, ``UnreadableProfile``.
        """
        if not is_profile_file(name_or_file):
            return await self.profiles.current(name_or_file)
        text = profile_text(name_or_file)
        profile = load_profile(text, name_or_file)
        await self.store.keep_profile(StoredProfile(profile.name, profile.version, text, utc_clock()()))
        return profile

    def declared_source(
        self, where: str, *, kind: str = "", name: str = "", given: Mapping[str, Any] | None = None
    ) -> Declared:
        """The source that an address or a declaration stands for. Raises Refused."""
        return declared_source(where, source_kinds(), kind=kind, name=name, given=given)

    async def prepare_import(self, declared: Declared, *, share: float | None = None) -> Import:
        """Read a source and say what it would change; nothing is kept yet. Raises Refused."""
        try:
            source = source_kinds()[declared.kind].opened(declared.settings)
            share = self._safeguard if share is None else share
            return await prepare(self.store, source, declared.name, new_source_id, share=share)
        except UnreadableSource as unreadable:
            raise Refused(f"Nothing was imported. {unreadable}") from None

    def uploaded(self, files: Mapping[str, bytes], name: str = "") -> Upload:
        """The source that files are which somebody uploads, by their names. Raises Refused."""
        return checked_upload(files, name)

    async def prepare_upload(self, upload: Upload) -> Import:
        """``prepare_import`` of uploaded files. Raises Refused."""
        with tempfile.TemporaryDirectory(prefix="vestibule-import-") as folder:
            where = await asyncio.to_thread(upload.write, Path(folder))
            return await self.prepare_import(self.declared_source(where, kind=upload.kind, name=upload.name))

    def desk(self, actor: str) -> Desk:
        """Where that administrator works; ``actor`` stands in the audit trail: ``administrator:mia``."""
        return Desk(self.store, Around(self.catalogue, self.profile, self.verify, self.clock), actor)

    @asynccontextmanager
    async def connector(
        self,
        application: Application,
        *,
        connections: int = CONCURRENCY,
        pace: Pacing | None = None,
        watch: Callable[[Exchange], None] | None = None,
    ) -> AsyncIterator[Connector]:
        """The connector of an application, closed after. Raises Refused where it has no connection."""
        make = self._connectors.get(application.connector)
        if make is None:
            raise Refused(
                f"There is no connector {application.connector!r}; there are: {', '.join(self._connectors)}."
            )
        connector: Connector = make(
            application,
            connections=connections,
            pace=pace,
            watch=watch,
            limits=self.catalogue.limits(application.catalogue),
        )
        try:
            yield connector
        finally:
            await connector.close()

    async def test(self, application: Application) -> CredentialsTest:
        """*Test API Credentials*; a good one ends the application's quarantine."""
        async with self.connector(application) as connector:
            result = await connector.test_credentials()
        if result.verdict is Verdict.GOOD and application.quarantined:
            await end_quarantine(self.store, application)
        return result

    async def probe(self, application: Application) -> CredentialsTest:
        """The same of an application that is not saved so: nothing is changed by it."""
        async with self.connector(application) as connector:
            return await connector.test_credentials()

    async def verify(self, application: Application) -> None:
        """Raises Refused with the sentence of the test where the credentials are not good."""
        result = await self.test(application)
        if result.verdict is not Verdict.GOOD:
            raise Refused(f"Nothing was saved. {result.sentence}")

    async def compare_sign_on(self, application: Application, *, most: int = 0) -> Comparison:
        """The e-mail of Sign On and the user name of Provisioning, for everybody who is assigned (P8a).

        With ``most``, of the first so many; the comparison says whether those are all.
        """
        if application.sign_on_email == application.username_expression:
            return compare(application, [])
        if most:
            found = await self.store.find_facts(application.id, limit=most + 1)
            people = [facts.person for facts in found[:most] if facts.assignments]
            return replace(compare(application, people), is_whole=len(found) <= most)
        people = []
        after = ""
        while page := await self.store.people_facts(application.id, after, _PAGE):
            people += [facts.person for facts in page if facts.assignments]
            after = fold_login(page[-1].person.login)
        return compare(application, people)

    def catalogue_logo(self, name: str) -> bytes:
        """The picture of an entry of the catalogue; the general one where there is no such entry."""
        known = {entry.name: entry.logo for entry in self.catalogue.entries()}
        folder = resources.files("vestibule.catalogue") / "logos"
        return (folder / known.get(name, _ANY_LOGO)).read_bytes()

    def declared_sources(self) -> list[str]:
        """What whoever runs this server offers to import from: entries of the folder of the setting, by name."""
        folder = Path(self._sources) if self._sources else None
        if folder is None or not folder.is_dir():
            return []
        return sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))

    def offered_source(self, name: str) -> Declared:
        """The one of that name. Raises Refused."""
        if name not in self.declared_sources():
            raise Refused(
                f"There is no source {name!r} here. There are: {', '.join(self.declared_sources())}."
            )
        return self.declared_source(str(Path(self._sources) / name))

    def new_api_secret(self) -> NewSecret:
        """A token of the sending side's API, about to be issued."""
        text = make_token(secrets.token_bytes(_SECRET_BYTES), TokenKind.API)
        return NewSecret(text, token_id(text, TokenKind.API), token_hash(text))

    def clock(self) -> datetime:
        """Now, in UTC."""
        return self._time.now()

    def planning(self, application: Application) -> Planning:
        """Plans of an application."""
        return Planning(self.store, application, self.clock)

    async def refresh(self, application: Application) -> list[Drift]:
        """Correct what is known by what is really there (*plan --refresh*, *reconcile --mend*); what differed."""
        return [found async for found in self.drift(application, mends=True)]

    async def drift(
        self,
        application: Application,
        *,
        mends: bool = False,
        seen: Callable[[int], None] = lambda seen: None,
    ) -> AsyncIterator[Drift]:
        """What an application holds otherwise than it was told. Raises Refused where it cannot be read.

        ``seen`` is told how many users were read so far.
        """
        async with self.connector(application) as connector:
            try:
                reconciling = Reconciling(self.store, application, connector, mends=mends, seen=seen)
                async for found in reconciling.drift():
                    yield found
            except Failure as failure:
                raise Refused(f"{application.name} could not be read to the end. {failure}") from None

    async def mend(
        self,
        application: Application,
        desk: Desk,
        *,
        progress: Callable[[Progress], None] = lambda progress: None,
        longest_wait: float = 0.0,
    ) -> tuple[list[Drift], RunReport]:
        """Read what is really there, and send what brings it in step again: what differed, and what was done.

        Raises Refused where only approved plans are applied, or it cannot be read.
        """
        await self.check_unplanned(application)
        await desk.note("drift.mended", application.name)
        found = await self.refresh(application)
        async with self.worker(application, progress=progress, longest_wait=longest_wait) as worker:
            return found, await worker.apply()

    async def imported_users(
        self, application: Application, seen: Callable[[int], None] = lambda seen: None
    ) -> list[ImportedUser]:
        """*Import Now*: who is there and not linked yet. Raises Refused where it cannot be read.

        ``seen`` is told how many were read so far.
        """
        async with self.connector(application) as connector:
            try:
                return [user async for user in imported_users(self.store, application, connector, seen)]
            except Failure as failure:
                raise Refused(f"{application.name} could not be read to the end. {failure}") from None

    async def check_unplanned(self, application: Application) -> None:
        """Raises Refused where only approved plans are applied."""
        if (await self.store.engine_settings(application.id)).needs_approval:
            raise Refused(
                f"Only approved plans are applied to {application.name}: vestibule app plan {application.name} --save."
            )

    async def perform(
        self, worker: Worker, application: Application, plan_id: int, accepted: Set[str] = frozenset()
    ) -> RunReport:
        """Do what a plan says. Raises Refused where it is stale, was applied, or may not be."""
        plan = await self.store.plan(application.id, plan_id)
        check_appliable(plan, await self.store.engine_settings(application.id), accepted)
        report = await worker.perform(plan)
        await self.store.change_plan(replace(plan, state=PlanState.APPLIED))
        return report

    @asynccontextmanager
    async def worker(
        self,
        application: Application,
        *,
        progress: Callable[[Progress], None] = lambda progress: None,
        longest_wait: float = 0.0,
        watch: Callable[[Exchange], None] | None = None,
    ) -> AsyncIterator[Worker]:
        """A worker for one run. One in quarantine is tested first; raises Refused if that fails."""
        if not application.enabled:
            raise Refused(
                f"API integration of {application.name} is off, so nothing is sent. Switch it on: "
                f"vestibule app integration {application.name} --on."
            )
        if application.quarantined:
            result = await self.test(application)
            if result.verdict is not Verdict.GOOD:
                raise Refused(f"{application.name} is in quarantine. {result.sentence}")
            application = replace(application, quarantined="")
        settings = await self.store.engine_settings(application.id)
        pace = Pace(self._time, (await self.store.engine_state(application.id)).learned)
        async with self.connector(
            application, connections=settings.concurrency, pace=pace, watch=watch
        ) as connector:
            yield Worker(
                self.store,
                application,
                connector,
                settings=settings,
                time=self._time,
                pace=pace,
                progress=progress,
                longest_wait=longest_wait,
            )

    def watching(self, told: Callable[[Application, RunReport], None]) -> Watching:
        """Keeps applications in step for as long as it runs."""
        return Watching(self.store, self._time, self.worker, self.test, told)


def catalogue() -> Catalogue:
    """The applications that can be added by name: the folder ``catalogue``."""
    return Catalogue(registry.files("vestibule.catalogue", ".toml"))


def source_kinds() -> dict[str, SourceKind]:
    """The kinds of directory sources, by name: the folder ``sources``."""
    return registry.members("vestibule.sources", "SOURCE")


def new_source_id(prefix: str) -> str:
    """An id like Okta's: the prefix (``00u``, ``00g``) and random letters and digits."""
    return prefix + "".join(secrets.choice(_ID_SIGNS) for _ in range(_ID_LENGTH - len(prefix)))
