"""Every recording, replayed against the real application at both its addresses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.database import STORES, new_database, on_store
from tests.installation import Site, installation
from vestibule.recordings.reading import read_recording
from vestibule.recordings.replay import Reply, replay
from vestibule.registry import members
from vestibule.scim.dialects.habits import tolerances_of

DIALECTS = members("vestibule.scim.dialects", "DIALECT", third_parties=False)
FILES = sorted(Path(__file__).parent.glob("*/*.json"))

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=STORES)
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """One installation on each store for all recordings, with a tenant for each."""
    with on_store(request.param):
        place = new_database()
    async with installation(place) as started:
        yield started


def shown(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.requirement("K5", "K6", "K8", "K10", "K11", "K12", "K17", "K18", "K19", "K20", "K21", "K22")
@pytest.mark.requirement("K23", "K24", "K25", "K26", "K27", "K30", "K32")
@pytest.mark.parametrize("address", ["shared", "tenant"])
@pytest.mark.parametrize("path", FILES, ids=shown)
async def test_a_recording_gets_its_answers_and_has_its_effect(site: Site, path: Path, address: str) -> None:
    recording = read_recording(path.read_bytes(), path.name)
    tenant = await site.tenant(recording.profile)
    if address == "tenant":
        tenant = replace(tenant, base=f"/t/{tenant.slug}/scim/v2")
    await site.prepare(tenant, recording.setup)
    if not recording.headers.get("User-Agent"):
        await site.pin(tenant, recording.dialect)
    report = await replay(recording, tenant.send, tenant.token)
    log = site.application.store.log
    logged = await log.requests(tenant.record.id)
    (connection,) = await site.desk.store.connections(tenant.record.id)
    counted = {one.name for one in await log.tolerances(connection.id)}
    assert report.ok, "\n".join(report.faults)
    assert {request.dialect for request in logged if request.dialect} <= {recording.dialect}
    assert counted <= tolerances_of([DIALECTS[recording.dialect]]).keys()
    for step in report.steps:
        leads_to_its_story(step.reply)


@pytest.mark.parametrize("path", FILES, ids=shown)
async def test_generic_understands_it_too(site: Site, path: Path) -> None:
    """The tolerant union: whoever is not recognised is served as if they were."""
    recording = read_recording(path.read_bytes(), path.name)
    tenant = await site.tenant(recording.profile)
    await site.prepare(tenant, recording.setup)
    await site.pin(tenant, "generic")
    report = await replay(recording, tenant.send, tenant.token)
    assert report.ok, "\n".join(report.faults)


def leads_to_its_story(reply: Reply) -> None:
    """Every answer has a request id; every error's sentence ends with the link to it."""
    request_id = reply.headers["x-request-id"]
    if reply.status >= 400:
        detail = json.loads(reply.body)["detail"]
        sentence, _, link = detail.rpartition(" ")
        assert link == f"https://vestibule.test/r/{request_id}"
        assert len(sentence.split()) > 3
