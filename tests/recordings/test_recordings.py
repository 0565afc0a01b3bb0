"""Every recording, replayed against the real application at both its addresses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.installation import installation
from vestibule.recordings.reading import read_recording
from vestibule.recordings.replay import replay

FILES = sorted(Path(__file__).parent.glob("*/*.json"))


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
