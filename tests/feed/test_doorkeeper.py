"""The product has its say before somebody is let in; without an answer the setting decides, and nobody waits long."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.cast import hanako, patch
from tests.installation import Tenant, installation
from vestibule.feed import doorkeeper
from vestibule.feed.doorkeeper import Asked, Doorkeeper, Hook

LEAVES = patch({"op": "replace", "path": "active", "value": False})
COMES_BACK = patch({"op": "replace", "path": "active", "value": True})


@asynccontextmanager
async def asked_of(hook: Hook, *, admits_without: bool = False) -> AsyncIterator[Tenant]:
    async with installation() as site:
        scim: Any = site.application._door._scim  # type: ignore[union-attr]
        scim._doorkeeper = Doorkeeper(hook, admits_without=admits_without)
        yield await site.tenant()


async def test_its_reason_is_what_the_administrator_reads() -> None:
    came: list[Asked] = []

    def hook(asked: Asked) -> str | None:
        came.append(asked)
        return "All 50 seats of your plan are taken. Ask your account manager for more."

    async with asked_of(hook) as tenant:
        answer = await tenant.post("/Users", hanako())
        assert answer.status == 403
        assert answer.json["detail"].startswith("All 50 seats of your plan are taken.")
        assert (await tenant.get("/Users")).json["totalResults"] == 0
    assert [(one.type, one.identity["userName"]) for one in came] == [
        ("user.created", "hanako.sato@corp.test")
    ]


async def test_leaving_never_waits_for_it() -> None:
    admitting = True

    async def hook(asked: Asked) -> str | None:
        return None if admitting else "No."

    async with asked_of(hook) as tenant:
        id = (await tenant.post("/Users", hanako())).json["id"]
        admitting = False
        assert (await tenant.patch(f"/Users/{id}", LEAVES)).status == 200
        answer = await tenant.patch(f"/Users/{id}", COMES_BACK)
        assert (answer.status, answer.json["detail"][:3]) == (403, "No.")
        assert (await tenant.delete(f"/Users/{id}")).status == 204


@pytest.mark.parametrize("admits", [False, True])
async def test_without_an_answer_the_setting_decides(admits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "LIMIT_SECONDS", 0.1)

    def raises(asked: Asked) -> str | None:
        raise RuntimeError("the product is down")

    def sleeps(asked: Asked) -> str | None:
        time.sleep(0.5)
        return None

    for hook in (raises, sleeps):
        async with asked_of(hook, admits_without=admits) as tenant:
            answer = await tenant.post("/Users", hanako())
            assert answer.status == (201 if admits else 403)
            if not admits:
                assert "could not be asked" in answer.json["detail"]


async def test_a_dry_run_asks_too() -> None:
    async with asked_of(lambda asked: "No.") as tenant:
        headers = {"Vestibule-Dry-Run": "true", "Content-Type": "application/scim+json"}
        answer = await tenant.post("/Users", hanako(), {**headers, "Authorization": f"Bearer {tenant.token}"})
        assert answer.status == 403
