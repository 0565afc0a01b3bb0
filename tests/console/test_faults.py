"""Each fault of the table is caused over the wire, and named on the page that an administrator opens first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from docs.faults_page import faults_page
from tests.console.faults import FAULTS, Fault
from tests.console.hand import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as made:
        yield made


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_fault_is_named_with_its_cure(stage: Stage, fault: Fault) -> None:
    tenant = await stage.site.tenant(fault.profile, f"corp-{fault.profile}")
    if fault.profile == "getaccept":
        tenant = replace(tenant, base=f"/t/{tenant.slug}/scim/v2")
    hand = await stage.hand_of(await stage.administrator("mia@corp.test", tenant.record, whole=True))
    before = await hand.open(f"/tenants/{tenant.slug}{fault.page}")
    assert before.status_code == 200
    quiet = hand.text
    await fault.cause(stage, tenant)
    await hand.open(f"/tenants/{tenant.slug}{fault.page}")
    for words in fault.says:
        assert words in hand.text, hand.text[:3000]
    assert hand.text != quiet


def test_the_table_in_docs_is_this_one() -> None:
    assert len(FAULTS) >= 40
    assert all(f"| {fault.name} | " in faults_page() for fault in FAULTS)
