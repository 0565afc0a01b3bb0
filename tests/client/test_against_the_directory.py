"""The sending side's client against its API: an import that is confirmed, a run that is watched."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest

from tests.directory_api.conftest import PUBLIC, office
from vestibule.client import Conflict, NotFound
from vestibule.client.directory import AsyncDirectoryClient


async def test_an_import_is_confirmed_and_a_run_watched_to_its_end(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        transport = httpx2.ASGITransport(api.rooms)
        async with AsyncDirectoryClient(PUBLIC, api.token, transport=transport) as directory:
            people = "login,email,firstName,lastName\nnew,new@corp.test,New,Comer\n"
            begun = await directory.imports.begin(files={"people.csv": people}, name="guests")
            while begun.state == "reading":
                await asyncio.sleep(0.01)
                begun = await directory.imports.show(begun.id)
            rows = [row async for row in directory.imports.changes(begun.id)]
            assert [(row.what, row.name) for row in rows] == [("joins", "new")]
            assert (await directory.imports.confirm(begun.id)).counts["people_added"] == 1
            with pytest.raises(NotFound):
                await directory.imports.confirm(begun.id)
            assert (await directory.people.show("new")).person.attributes["lastName"] == "Comer"
            assert [name async for name in directory.imports.sources()] == []
            await directory.assignments.assign("app", people=["new"])
            run = await directory.runs.begin("app")
            while run.state == "running":
                await asyncio.sleep(0.01)
                run = await directory.runs.show("app", run.id)
            assert run.report is not None
            assert (run.report.creates, run.progress[0].settled) == (1, 1)
            with pytest.raises(Conflict):
                await directory.applications.add(name="app")
