"""What signs: made once, sealed, published before it signs and after, and opened by nobody else."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from tests.security_events.conftest import Stage
from vestibule.clock import as_seconds, as_text
from vestibule.refused import Refused
from vestibule.security_events.keys import KEPT, key_set, rotate, signer
from vestibule.tenancy.api_tokens import issue_api_token


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_after(own_stage: Stage) -> None:
    stage = own_stage
    assert await stage.key_set() == []
    await stage.add()
    [first] = await stage.key_set()
    assert first.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}, "the private half stays here"
    store, webhooks = stage.desk.store, stage.desk.webhooks
    now = webhooks.clock()
    new = await rotate(store, webhooks.keys, now, "operator:test", timedelta(hours=1))
    assert [one["kid"] for one in await stage.key_set()] == [first["kid"], new.id]
    assert (await signer(store, webhooks.keys, now)).id == first["kid"]
    later = as_text(as_seconds(now) + 3700)
    assert (await signer(store, webhooks.keys, later)).id == new.id
    assert len((await key_set(store, later))["keys"]) == 2
    ended = as_text(as_seconds(now) + 3700 + KEPT.total_seconds())
    assert [one["kid"] for one in (await key_set(store, ended))["keys"]] == [new.id]
    await rotate(store, webhooks.keys, ended, "operator:test")
    assert len(await store.keys()) == 2, "what ended is forgotten"
    actions = [one.action for one in await stage.site.application.store.log.audit(None)]
    assert actions.count("set_key.made") == 1
    assert actions.count("set_key.rotated") == 2


async def test_private_keys_are_sealed(own_stage: Stage) -> None:
    stage = own_stage
    await stage.add()
    [key] = await stage.desk.store.keys()
    for part in (b"crv", b'"d"', orjson.dumps(dict(key.public))):
        assert part not in key.sealed


async def test_a_lead_has_bounds(own_stage: Stage) -> None:
    stage = own_stage
    with pytest.raises(Refused, match="30 days"):
        await rotate(
            stage.desk.store, stage.desk.webhooks.keys, stage.desk.webhooks.clock(), "x", timedelta(days=31)
        )


async def test_only_who_is_of_the_whole_installation_changes_keys(own_stage: Stage) -> None:
    stage = own_stage
    bound = await issue_api_token(
        stage.site.desk, stage.site.application.store.api_tokens, ["*"], tenant=stage.tenant.record
    )
    theirs = type(stage.api)(stage.site.application, bound.secret)
    assert (await theirs("POST", "/stream-keys", {})).status == 403
    made = await stage.api("POST", "/stream-keys", {"leadMinutes": 0})
    assert made.status == 201
    assert made.json["id"] in [one["id"] for one in (await stage.api("GET", "/stream-keys")).json["items"]]
