"""The accounts that people name at Slack are linked, by the running server, with the demonstration's workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx2

from vestibule.app import Vestibule
from vestibule.demo.workspace import Workspace
from vestibule.linking.linked_account import LinkedAccount, LinkState
from vestibule.linking.wanted import wanted_of
from vestibule.tenancy.tenant import Tenant

_SERVICE, _ACTOR = "slack", "operator:demo"
_STEP = 500
_SHOWN = 2
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_STATES = (LinkState.LINKED, LinkState.NOT_FOUND, LinkState.DEACTIVATED)


@dataclass(frozen=True, slots=True)
class Linked:
    """How many accounts are in each state, and some of each."""

    workspace: str
    counts: Mapping[LinkState, int]
    some: Mapping[LinkState, Sequence[LinkedAccount]]


async def link(receiving: Vestibule, tenant: Tenant, workspace: Workspace) -> Linked | None:
    """Connect, as the workspace's administrator, and wait until everybody was looked up; None where nobody names one.

    ValueError where it does not come to an end.
    """
    addresses = await _addresses(receiving, tenant)
    if not addresses:
        return None
    workspace.fill(addresses)
    premises = receiving.premises
    profile = await premises.profiles.current(tenant.profile)
    consent = await premises.connecting.begin(tenant.id, profile, _SERVICE, _ACTOR)
    async with httpx2.AsyncClient(trust_env=False) as browser:
        back = parse_qs(urlsplit((await browser.get(consent)).headers["location"]).query)
    offered = await premises.connecting.come_back(_SERVICE, back["state"][0], back["code"][0])
    kept = await premises.connecting.confirm(_SERVICE, offered.code, _ACTOR)
    await _looked_up(receiving, tenant, kept.connected_at)
    counts = await premises.linking.counts(tenant.id, _SERVICE)
    some = {
        state: await premises.linking.accounts(tenant.id, _SERVICE, state=state, limit=_SHOWN)
        for state in _STATES
    }
    return Linked(kept.workspace.name, {state: counts.get(state, 0) for state in _STATES}, some)


async def _looked_up(receiving: Vestibule, tenant: Tenant, since: str) -> None:
    """The server looks each second; a full run that began since then has ended."""
    for _ in range(round(_PATIENCE_SECONDS / _LOOK_SECONDS)):
        found = await receiving.premises.linking.connection(tenant.id, _SERVICE)
        if found is not None and (found.last_full_at or "") >= since and found.progress is None:
            return
        await asyncio.sleep(_LOOK_SECONDS)
    raise ValueError("the accounts were not looked up within a minute")


async def _addresses(receiving: Vestibule, tenant: Tenant) -> list[str]:
    """What people with access name at Slack."""
    profile = await receiving.premises.profiles.current(tenant.profile)
    found: dict[str, None] = {}
    after = ""
    while rows := await receiving.store.derivation.rows_after(tenant.id, after, _STEP):
        for row in rows:
            wanted = wanted_of(row.resource, profile, _SERVICE)
            if wanted is not None and wanted.is_active and wanted.key:
                found[wanted.key] = None
        after = rows[-1].resource.id
    return list(found)
