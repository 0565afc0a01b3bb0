"""Every recording, replayed against the real application at both its addresses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.installation import installation
from vestibule.recordings.reading import read_recording
from vestibule.recordings.replay import Reply, replay

FILES = sorted(Path(__file__).parent.glob("*/*.json"))


@pytest.mark.requirement("K5", "K6", "K8", "K10", "K11", "K18")
@pytest.mark.parametrize("address", ["shared", "tenant"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_a_recording_gets_its_answers_and_has_its_effect(path: Path, address: str) -> None:
    recording = read_recording(path.read_bytes(), path.name)
    async with installation() as site:
        tenant = await site.tenant(recording.profile)
        if address == "tenant":
            tenant = replace(tenant, base=f"/t/{tenant.slug}/scim/v2")
        await site.prepare(tenant, recording.setup)
        report = await replay(recording, tenant.send, tenant.token)
    assert report.ok, "\n".join(report.faults)
    for step in report.steps:
        leads_to_its_story(step.reply)


def leads_to_its_story(reply: Reply) -> None:
    """Every answer has a request id; every error's sentence ends with the link to it."""
    request_id = reply.headers["x-request-id"]
    if reply.status >= 400:
        detail = json.loads(reply.body)["detail"]
        sentence, _, link = detail.rpartition(" ")
        assert link == f"https://vestibule.test/r/{request_id}"
        assert len(sentence.split()) > 3
