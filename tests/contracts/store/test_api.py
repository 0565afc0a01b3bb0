"""API tokens, idempotency keys and set-up links: what every store must keep of them."""

from __future__ import annotations

import asyncio

import pytest

from tests.contracts.store.opened import Opened
from vestibule.directory.change import AuditEntry
from vestibule.tenancy.api_token import ApiToken, MarkedStep, SetUpLink
from vestibule.tenancy.errors import TokenIdTaken
from vestibule.tenancy.store import TenantChange
from vestibule.tenancy.tenant import Provisioning
from vestibule.tenancy.token import NewToken, Token

NOW, LATER, LAST = "2026-01-02T03:04:05.678Z", "2026-01-02T04:04:05.678Z", "2026-01-09T03:04:05.678Z"
ENTRY = AuditEntry("operator:mia", "done", "ApiToken", "x", {"name": "x"}, "request-1")


def token(id: str, name: str, **more: object) -> ApiToken:
    return ApiToken(id, name, ("people:read", "events:read"), NOW, "operator:mia", **more)  # type: ignore[arg-type]


async def test_a_token_is_found_by_its_hash_until_it_is_revoked(store: Opened) -> None:
    tokens, tenant = store.whole.api_tokens, store.tenant
    (known,) = [one for one in await store.whole.tenancy.tenants() if one.id == tenant]
    made = token("aaaaaaaa", "crm", tenant=tenant, tenant_slug=known.slug, expires_at=LAST)
    assert await tokens.add_api_token(made, b"1" * 32, ENTRY, NOW)
    assert await tokens.api_token_shown(b"1" * 32) == made
    assert await tokens.api_token_shown(b"2" * 32) is None
    assert not await tokens.add_api_token(token("aaaaaaaa", "other"), b"2" * 32, ENTRY, NOW)
    assert not await tokens.add_api_token(token("bbbbbbbb", "crm"), b"2" * 32, ENTRY, NOW)
    await tokens.note_api_token_used("aaaaaaaa", LATER)
    await tokens.note_api_token_used("aaaaaaaa", NOW)
    assert (await tokens.api_tokens())[0].last_used_at == LATER
    assert await tokens.revoke_api_token("aaaaaaaa", ENTRY, LATER)
    assert not await tokens.revoke_api_token("aaaaaaaa", ENTRY, LATER)
    assert not await tokens.revoke_api_token("nothing", ENTRY, LATER)
    shown = await tokens.api_token_shown(b"1" * 32)
    assert shown is not None
    assert shown.revoked_at == LATER
    bound = token("bbbbbbbb", "crm", account=known.account.upper())
    assert await tokens.add_api_token(bound, b"2" * 32, ENTRY, NOW)
    again = await tokens.api_token_shown(b"2" * 32)
    assert again is not None
    assert again.account == known.account
    entries = await store.whole.log.audit(tenant)
    assert [entry.request_id for entry in entries if entry.action == "done"] == ["request-1", "request-1"]


async def test_a_key_is_claimed_once_and_gives_its_answer_from_then_on(store: Opened) -> None:
    repeats = store.whole.repeats
    claims = await asyncio.gather(
        *(repeats.claim_key("t", "k", b"hash", NOW, unless_since="") for _ in range(5))
    )
    assert claims.count(None) == 1
    assert await repeats.claim_key("u", "k", b"hash", NOW, unless_since="") is None
    waiting = await repeats.claim_key("t", "k", b"other", NOW, unless_since="")
    assert waiting is not None
    assert (waiting.request_hash, waiting.status) == (b"hash", None)
    await repeats.keep_answer("t", "k", 201, b"sealed")
    kept = await repeats.claim_key("t", "k", b"hash", LATER, unless_since=LATER)
    assert kept is not None
    assert (kept.status, kept.answer, kept.at) == (201, b"sealed", NOW)
    await repeats.release_key("t", "k")
    assert await repeats.claim_key("t", "k", b"hash", LATER, unless_since="") is not None


async def test_a_claim_whose_maker_died_is_taken_over_by_the_same_request_alone(store: Opened) -> None:
    repeats = store.whole.repeats
    assert await repeats.claim_key("t", "k", b"hash", NOW, unless_since="") is None
    assert await repeats.claim_key("t", "k", b"other", LAST, unless_since=LATER) is not None
    assert await repeats.claim_key("t", "k", b"hash", LAST, unless_since=LATER) is None
    assert await repeats.claim_key("t", "k", b"hash", LAST, unless_since=LATER) is not None
    await repeats.release_key("t", "k")
    assert await repeats.claim_key("t", "k", b"other", LAST, unless_since="") is None


async def test_answers_are_forgotten_when_their_time_is_over(store: Opened) -> None:
    repeats = store.whole.repeats
    for number in range(5):
        await repeats.claim_key("t", str(number), b"hash", NOW if number < 3 else LAST, unless_since="")
    assert await repeats.forget_answers(LATER, limit=2) == 2
    assert await repeats.forget_answers(LATER, limit=2) == 1
    assert await repeats.forget_answers(LATER) == 0


async def test_a_link_is_used_once_and_its_token_switches_a_draft_on(store: Opened) -> None:
    links, tenancy, tenant = store.whole.set_up_links, store.whole.tenancy, store.tenant
    (known,) = [one for one in await tenancy.tenants() if one.id == tenant]
    connection = (await tenancy.connections(tenant))[0].id
    await tenancy.change_tenant(tenant, TenantChange(provisioning=Provisioning.DRAFT), ENTRY, NOW)
    link = await links.add_set_up_link(
        SetUpLink(0, tenant, known.slug, NOW, "operator:mia", LAST), b"code", ENTRY, NOW
    )
    assert await links.set_up_link_of(b"code") == link
    assert await links.set_up_link_of(b"other") is None

    def new(id: str, hash: bytes) -> NewToken:
        return NewToken(Token(id, tenant, connection, "link", NOW), hash)

    used = await asyncio.gather(
        *(links.use_set_up_link(link, new(f"token{n}aa", bytes([n]) * 32), ENTRY, LATER) for n in range(4))
    )
    assert used.count(True) == 1
    assert len([one for one in await tenancy.tokens(tenant) if one.name == "link"]) == 1
    (now,) = [one for one in await tenancy.tenants() if one.id == tenant]
    assert now.provisioning is Provisioning.ON
    second = await links.add_set_up_link(link, b"second", ENTRY, NOW)
    await tenancy.change_tenant(tenant, TenantChange(provisioning=Provisioning.PAUSED), ENTRY, NOW)
    taken = next(one for one in await tenancy.tokens(tenant) if one.name == "link").id
    with pytest.raises(TokenIdTaken):
        await links.use_set_up_link(second, new(taken, b"9" * 32), ENTRY, LATER)
    assert (await links.set_up_links(tenant))[0].state(LATER) == "open"
    assert not await links.use_set_up_link(second, new("tokenzzz", b"9" * 32), ENTRY, LAST)
    assert await links.use_set_up_link(second, new("tokenzzz", b"9" * 32), ENTRY, LATER)
    (now,) = [one for one in await tenancy.tenants() if one.id == tenant]
    assert now.provisioning is Provisioning.PAUSED
    third = await links.add_set_up_link(link, b"third", ENTRY, NOW)
    assert not await links.revoke_set_up_link(tenant + 1, third.id, ENTRY, LATER)
    assert await links.revoke_set_up_link(tenant, third.id, ENTRY, LATER)
    assert not await links.revoke_set_up_link(tenant, third.id, ENTRY, LATER)
    assert [one.state(LATER) for one in await links.set_up_links(tenant)] == ["revoked", "used", "used"]


async def test_a_step_is_marked_and_the_mark_taken_back(store: Opened) -> None:
    steps, tenant = store.whole.set_up_steps, store.tenant
    first, other = (MarkedStep(guide, "assign", NOW, "operator:mia") for guide in ("entra", "ping"))
    await steps.mark_step(tenant, other, ENTRY, NOW)
    await steps.mark_step(tenant, first, ENTRY, NOW)
    await steps.mark_step(tenant, MarkedStep("entra", "assign", LATER, "operator:kim"), ENTRY, LATER)
    assert list(await steps.marked_steps(tenant)) == [first, other]
    assert not await steps.marked_steps(tenant + 1)
    await steps.unmark_step(tenant, "entra", "assign", ENTRY, LATER)
    assert list(await steps.marked_steps(tenant)) == [other]
    audit = await store.whole.overview.audit(tenant)
    assert [entry.action for entry in audit][:4] == [ENTRY.action] * 4
