"""The demonstration, step by step."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from vestibule.app import Vestibule
from vestibule.demo.company import (
    Files,
    Imported,
    StoryProgress,
    application_of,
    assign,
    import_directory,
    push_groups,
)
from vestibule.demo.console import console_link
from vestibule.demo.linking import link
from vestibule.demo.printing import Printer
from vestibule.demo.products import PRODUCTS, Product, new_token, operators_desk, tenant_of
from vestibule.demo.readback import Held, read_back
from vestibule.demo.sign_on import development_idp, sign_one_on
from vestibule.demo.workspace import Workspace, workspace
from vestibule.profiles.profile import AddressStyle
from vestibule.provisioning.application import Application, Connection
from vestibule.provisioning.connector import Verdict
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.source import Person
from vestibule.provisioning.wording import number_of
from vestibule.refused import Refused
from vestibule.scim.errors import Unavailable
from vestibule.sending import Sending
from vestibule.settings import Settings
from vestibule.tenancy.desk import Desk
from vestibule.web.server import Listening, ListeningRefused, address_of, open_socket, server

_EXAMPLE = Path("examples") / "directory"
#: How long a run stays for what the other side asks to send again.
_LONGEST_WAIT = 60.0
_STOPPED = "It was stopped before its end. With the same DATA it goes on from there."


class DemoFailed(Exception):
    """Something that was printed is not true, or could not be done."""


async def demonstrate(data: Path, directory: Path | None, *, port: int, once: bool) -> None:
    """Run it all in the folder ``data``; without ``once`` serve on.

    Ctrl-C and SIGTERM end the server, and with it this. Raises DemoFailed.
    """
    files = Files(directory or _directory(data))
    printer = Printer()
    progress = StoryProgress(data)
    async with (
        workspace() as slack,
        _serving(_settings(data, slack), port, progress.port) as (
            receiving,
            running,
        ),
    ):
        settings = receiving.settings
        progress.note(port=urlsplit(receiving.listening_url).port)
        printer.heading("Vestibule is running")
        printer.line(f"{receiving.listening_url} · the directory is read from {files.folder}")
        telling = asyncio.create_task(_tell(settings, receiving, files, data, printer, progress))
        await asyncio.wait((running, telling), return_when=asyncio.FIRST_COMPLETED)
        if not telling.done():
            telling.cancel()
            await asyncio.wait((telling,))
            raise DemoFailed(_STOPPED)
        await telling
        await _link(receiving, slack, printer)
        async with _signing_on(receiving, printer, stays=not once):
            if once:
                return
            printer.heading("Still serving. Stop with Ctrl-C.")
            printer.line(f"The console: {receiving.listening_url}/ · sign in, once, by")
            printer.line(await console_link(receiving))
            printer.line("Look at anybody's story, from another terminal:")
            printer.line(
                f"VESTIBULE_DATABASE={settings.database} .venv/bin/vestibule explain mika.laine@aldermoor.test"
            )
            await running


def _settings(data: Path, slack: Workspace) -> Settings:
    return Settings(
        database=f"sqlite:///{data / 'vestibule.db'}",
        directory_database=f"sqlite:///{data / 'directory.db'}",
        slack_client_id="demonstration",
        slack_client_secret=SecretStr("demonstration"),
        slack_url=slack.url,
    )


async def _link(receiving: Vestibule, slack: Workspace, printer: Printer) -> None:
    """Slack is connected, and everybody's account is looked up."""
    tenant = await tenant_of(operators_desk(receiving), PRODUCTS[0])
    try:
        linked = await link(receiving, tenant, slack)
    except (Refused, ValueError) as fault:
        raise DemoFailed(f"Linking did not work: {fault}") from None
    if linked is not None:
        printer.heading(f"Slack is connected: the workspace {linked.workspace}")
        printer.linked(linked)


@asynccontextmanager
async def _signing_on(receiving: Vestibule, printer: Printer, *, stays: bool) -> AsyncIterator[None]:
    """One provisioned person is signed on; the development identity provider ``stays`` for whoever wants to try it."""
    tenant = await tenant_of(operators_desk(receiving), PRODUCTS[-1])
    async with development_idp(receiving, tenant) as provider:
        if provider.people:
            printer.heading("A provisioned person signs on")
            try:
                signed_on = await sign_one_on(receiving, tenant, provider)
            except ValueError as fault:
                raise DemoFailed(f"Sign-on did not work: {fault}") from None
            printer.line(f"{signed_on.user_name} is signed on by SAML, from the button to the session.")
            if stays:
                printer.line(f"Try it as anybody: {signed_on.login_url}")
        yield


async def _tell(
    settings: Settings,
    receiving: Vestibule,
    files: Files,
    data: Path,
    printer: Printer,
    progress: StoryProgress,
) -> None:
    sending = Sending(settings)
    await sending.start()
    try:
        await _Demo(receiving, sending, files, data, printer, progress).play()
    except Unavailable:  # the server stops, and this notices first
        raise DemoFailed(_STOPPED) from None
    finally:
        await sending.stop()


def _directory(data: Path) -> Path:
    """``directory`` in the data folder where somebody put one, else the example in the repository."""
    own = data / "directory"
    if own.is_dir():
        return own
    for start in (Path.cwd(), *Path(__file__).resolve().parents):
        if (start / _EXAMPLE / "people.csv").is_file():
            return start / _EXAMPLE
    raise DemoFailed("There is no examples/directory here. Name a directory with --directory.")


class _Demo:
    """Both sides, and what was done so far."""

    def __init__(
        self,
        receiving: Vestibule,
        sending: Sending,
        files: Files,
        data: Path,
        printer: Printer,
        progress: StoryProgress,
    ) -> None:
        self._receiving = receiving
        self._sending = sending
        self._files = files
        self._data = data
        self._printer = printer
        self._progress = progress
        self._total = RunReport()

    async def play(self) -> None:
        """Set up, provision, tell the story where it was not told yet, read back, report."""
        steps = self._files.changes
        told = min(self._progress.steps_told, len(steps))
        imported = await self._import(told)
        applications = await self._set_up()
        self._printer.heading("Okta's part: everybody assigned is provisioned")
        await self._provision(applications, imported)
        for number in range(told + 1, len(steps) + 1):
            name = steps[number - 1].name.split("-", 1)[-1].replace("-", " ")
            self._printer.heading(f"The directory changes: {name}")
            # Before, not after: a run that is killed here goes on from this step, and undoes nothing of it.
            self._progress.note(steps_told=number)
            imported = await self._import(number)
            await self._provision(applications, imported, changed=True)
        await self._report(applications)

    async def _import(self, steps: int) -> Imported:
        imported = await import_directory(self._sending, self._files, steps)
        change = imported.change
        if change.people_added or change.groups_added:
            people = number_of(len(change.people_added), "person", "people")
            self._printer.line(
                f"New in the directory: {people}, {number_of(len(change.groups_added), 'group')}"
            )
        elif change.is_empty:
            self._printer.line("Nothing changed in the directory.")
        self._printer.lines(imported.sentences)
        self._printer.lines([f"Not imported: {fault}" for fault in imported.faults])
        return imported

    async def _set_up(self) -> list[Application]:
        self._printer.heading("Two products, each with its tenant and application")
        desk = operators_desk(self._receiving)
        applications = []
        for product in PRODUCTS:
            application = await self._connect(desk, product)
            result = await self._sending.test(application)
            if result.verdict is not Verdict.GOOD:
                raise DemoFailed(f"{product.application}: {result.sentence}")
            assert application.connection is not None
            assigned = await assign(self._sending, self._files, application)
            pushed = 0
            if application.pushes_groups:
                pushed = await push_groups(self._sending, self._files, application)
            self._printer.line(
                f"{product.application}: {application.connection.base_url} · {result.sentence}"
            )
            if assigned or pushed:
                groups = f", {number_of(pushed, 'push group')}" if pushed else ""
                self._printer.line(f"  new or changed: {number_of(assigned, 'assignment')}{groups}")
            applications.append(application)
        return applications

    async def _connect(self, desk: Desk, product: Product) -> Application:
        """The application with today's address; its token is kept, a new one issued where there is none."""
        tenant = await tenant_of(desk, product)
        profile = await desk.profile_of(tenant)
        own = profile.address is AddressStyle.TENANT
        base = f"{self._receiving.listening_url}{f'/t/{tenant.slug}' if own else ''}/scim/v2"
        known = {application.name: application for application in await self._sending.store.applications()}
        before = known.get(product.application)
        token = before.connection.token if before and before.connection else await new_token(desk, tenant)
        return await application_of(
            self._sending, product.application, product.profile, Connection(base, token)
        )

    async def _provision(
        self, applications: list[Application], imported: Imported, *, changed: bool = False
    ) -> None:
        """A full cycle; or, once that was, an incremental one of what changed."""
        for application in applications:
            ids_before = await self._ids(application, imported.returned)
            with self._printer.bar(application.name) as show:
                async with self._sending.worker(
                    application, progress=show, longest_wait=_LONGEST_WAIT
                ) as worker:
                    report = await (worker.incremental() if changed else worker.apply())
            self._printer.run(application.name, report)
            self._total.add(report)
            unexplained = [fault for fault in report.faults if fault.outcome not in ("refused", "skipped")]
            if report.stopped or report.waiting or unexplained:
                reason = report.stopped or "; ".join(fault.detail for fault in unexplained)
                raise DemoFailed(f"{application.name}: {reason or 'something still waits to be sent'}")
            ids_after = await self._ids(application, imported.returned)
            for name, id in ids_before.items():
                if ids_after.get(name) != id:
                    raise DemoFailed(f"{application.name}: {name} came back as another user")
                self._printer.line(f"  {name} is the same user as before, id {id}")

    async def _ids(self, application: Application, people: list[Person]) -> dict[str, str]:
        """By name, the ids of these people at the application, where they have one."""
        facts = [await self._sending.store.person_facts(application.id, person.id) for person in people]
        return {
            one.person.shown_name: one.app_user.external_id
            for one in facts
            if one.app_user and one.app_user.external_id
        }

    async def _report(self, applications: list[Application]) -> None:
        self._printer.heading("What happened")
        all_held: dict[str, Held] = {}
        for application in applications:
            product = await self._sending.profile(application.profile)
            async with self._sending.connector(application) as connector:
                held = await read_back(self._sending.store, application, product, connector)
            all_held[application.name] = held
        self._printer.holdings(all_held)
        for name, held in all_held.items():
            if held.teams:
                self._printer.teams(name, held)
        self._printer.refused(all_held)
        (self._data / "report.json").write_text(json.dumps(_document(self._total), indent=2) + "\n", "utf-8")
        self._printer.line(f"This run: {self._total.in_words() or 'nothing to send'}.")
        self._printer.lines(_about_refusals(self._total, all_held))
        faults = [f"{name}: {held.shown_faults()}" for name, held in all_held.items() if held.faults]
        if faults:
            raise DemoFailed("; ".join(faults))
        self._printer.line("All of it was read back through SCIM and is as the directory says.")


def _document(report: RunReport) -> dict[str, int]:
    """What ``report.json`` says. Whoever was there already and is linked gets an update (W28)."""
    counts = report.as_document()
    counts["updates"] += counts.pop("links")
    return counts


def _about_refusals(report: RunReport, all_held: Mapping[str, Held]) -> list[str]:
    """What ``failures`` counts, and why the demo is not a failure for it."""
    waiting = sum(len(held.refused) for held in all_held.values())
    if report.failures:
        return [
            f"{report.failures} failed: refused by the product, or not sent for want of a mandatory attribute, for the "
            "reason above, and not there. That is as it should be, so it does not make this demo fail."
        ]
    if waiting:
        return [
            f"{number_of(waiting, 'person', 'people')} refused or skipped in an earlier run: not sent until something "
            "about them changes."
        ]
    return []


@asynccontextmanager
async def _serving(
    settings: Settings, port: int, last_port: int
) -> AsyncIterator[tuple[Vestibule, asyncio.Task[None]]]:
    """One Vestibule on loopback, until the end, and its server's task; on the port of the last run where none is asked for."""
    application = Vestibule(settings)
    listening = Listening("127.0.0.1", port or last_port)
    try:
        bound = open_socket(listening)
    except ListeningRefused:
        if port or not last_port:
            raise
        listening = Listening("127.0.0.1", 0)
        bound = open_socket(listening)
    application.listening_url = address_of(listening, bound)
    ready = asyncio.Event()
    running_server = server(application, listening, on_ready=ready.set)
    async with application.lifespan():
        running = asyncio.create_task(running_server.serve(sockets=[bound]))
        waiting = asyncio.create_task(ready.wait())
        try:
            await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                raise DemoFailed("The server did not start.")
            yield application, running
        finally:
            waiting.cancel()
            running_server.should_exit = True
            await running
            bound.close()
