"""The demonstration, step by step."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from vestibule.app import Vestibule
from vestibule.demo.company import (
    Files,
    StoryProgress,
    application_of,
    assign,
    import_directory,
    push_groups,
)
from vestibule.demo.printing import Printer
from vestibule.demo.products import PRODUCTS, Product, new_token, operators_desk, tenant_of
from vestibule.demo.readback import Held, read_back
from vestibule.profiles.profile import AddressStyle
from vestibule.provisioning.application import Application, Connection
from vestibule.provisioning.connector import Verdict
from vestibule.provisioning.report import RunReport
from vestibule.sending import Sending
from vestibule.settings import Settings
from vestibule.tenancy.desk import Desk
from vestibule.web.server import Listening, address_of, open_socket, server

_EXAMPLE = Path("examples") / "directory"
#: How long a run stays for what the other side asks to send again.
_LONGEST_WAIT = 60.0


class DemoFailed(Exception):
    """Something that was printed is not true, or could not be done."""


async def demonstrate(data: Path, directory: Path | None, *, port: int, once: bool) -> None:
    """Run it all in the folder ``data``; without ``once`` serve on until cancelled. Raises DemoFailed."""
    settings = Settings(
        database=f"sqlite:///{data / 'vestibule.db'}", directory_database=f"sqlite:///{data / 'directory.db'}"
    )
    files = Files(directory or _directory(data))
    printer = Printer()
    async with _serving(settings, port) as receiving:
        printer.heading("Vestibule is running")
        printer.line(f"{receiving.listening_url} · the directory is read from {files.folder}")
        sending = Sending(settings)
        await sending.start()
        try:
            await _Demo(receiving, sending, files, data, printer).play()
        finally:
            await sending.stop()
        if not once:
            printer.heading("Still serving. Stop with Ctrl-C.")
            printer.line(
                f"SCIM: {receiving.listening_url}/scim/v2 · try: vestibule explain mika.laine@aldermoor.test"
            )
            await asyncio.Event().wait()


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
        self, receiving: Vestibule, sending: Sending, files: Files, data: Path, printer: Printer
    ) -> None:
        self._receiving = receiving
        self._sending = sending
        self._files = files
        self._data = data
        self._printer = printer
        self._total = RunReport()
        self._by_application: dict[str, RunReport] = {}

    async def play(self) -> None:
        """Set up, provision, tell the story where it was not told yet, read back, report."""
        progress = StoryProgress(self._data)
        told = progress.steps_told()
        steps = self._files.changes
        await self._import(told or 0)
        applications = await self._set_up()
        await self._provision(applications)
        progress.note(told or 0)
        for number in range((told or 0) + 1, len(steps) + 1):
            name = steps[number - 1].name.split("-", 1)[-1].replace("-", " ")
            self._printer.heading(f"The directory changes: {name}")
            await self._import(number)
            await self._provision(applications)
            progress.note(number)
        await self._report(applications)

    async def _import(self, steps: int) -> None:
        change, faults = await import_directory(self._sending, self._files, steps)
        added = f"{len(change.people_added)} people and {len(change.groups_added)} groups are new"
        changed = len(change.people_changed) + len(change.people_gone) + len(change.groups_changed)
        self._printer.line(f"Directory: {added}, {changed} changed")
        for fault in faults:
            self._printer.line(f"Not imported: {fault}")

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
            self._printer.line(f"  {assigned} assignments and {pushed} push groups are new")
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

    async def _provision(self, applications: list[Application]) -> None:
        for application in applications:
            with self._printer.bar(application.name) as show:
                async with self._sending.worker(
                    application, progress=show, longest_wait=_LONGEST_WAIT
                ) as worker:
                    report = await worker.apply()
            self._printer.run(application.name, report)
            self._total.add(report)
            self._by_application.setdefault(application.name, RunReport()).add(report)
            unexplained = [fault for fault in report.faults if fault.outcome != "refused"]
            if report.stopped or report.waiting or unexplained:
                reason = report.stopped or "; ".join(fault.detail for fault in unexplained)
                raise DemoFailed(f"{application.name}: {reason or 'something still waits to be sent'}")

    async def _report(self, applications: list[Application]) -> None:
        self._printer.heading("What happened")
        all_held: dict[str, Held] = {}
        for application in applications:
            async with self._sending.connector(application) as connector:
                all_held[application.name] = await read_back(self._sending.store, application, connector)
        self._printer.holdings(all_held)
        for name, held in all_held.items():
            if held.teams:
                self._printer.teams(name, held)
        self._printer.refused(all_held)
        document = {
            **self._total.as_document(),
            "applications": {name: report.as_document() for name, report in self._by_application.items()},
        }
        (self._data / "report.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
        self._printer.line(f"This run: {json.dumps(self._total.as_document())}")
        faults = [f"{name}: {held.shown_faults()}" for name, held in all_held.items() if held.faults]
        if faults:
            raise DemoFailed("; ".join(faults))
        self._printer.line("All of it was read back through SCIM and is as the directory says.")


@asynccontextmanager
async def _serving(settings: Settings, port: int) -> AsyncIterator[Vestibule]:
    """One Vestibule on loopback, until the end."""
    application = Vestibule(settings)
    listening = Listening("127.0.0.1", port)
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
            yield application
        finally:
            waiting.cancel()
            running_server.should_exit = True
            await running
            bound.close()
