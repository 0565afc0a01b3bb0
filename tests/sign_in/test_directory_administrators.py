"""Sign-in to the sending side, on both stores: the first link, links, passwords, sessions, and what ends them."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from tests.console.company import Company, company
from tests.database import STORES, on_store
from vestibule.directory_serving import WHOLE_DIRECTORY
from vestibule.sign_in.administrators import issue_first_link, issue_link, remove_administrator
from vestibule.sign_in.entering import Reception
from vestibule.sign_in.errors import LastOneLeft, LinkUsed, WrongPassword
from vestibule.sign_in.session import LONGEST, later

GOOD = "four plain words here"
NOW = "2026-01-02T03:04:05.678Z"


@pytest.mark.parametrize("store", STORES)
async def test_the_first_link_makes_the_first_administrator_and_ends(store: str) -> None:
    with on_store(store):
        async with company(os.urandom) as corp:
            await _first(corp)


async def _first(corp: Company) -> None:
    desk, now = corp.sign_ins, [NOW]
    kept = corp.server.sending.store.sign_in
    reception = Reception(kept, lambda: now[0], os.urandom, lambda: 0.0, first_gets=WHOLE_DIRECTORY)
    desk = reception.desk("operator:test")
    link = await issue_first_link(desk, WHOLE_DIRECTORY)
    assert link
    assert await reception.whose_link(link) is None
    mia = await reception.become_first(link, "Mia@corp.test", "Mia")
    assert (mia.actor, mia.is_operator) == ("administrator:Mia@corp.test", False)
    with pytest.raises(LinkUsed):
        await reception.become_first(link, "eve@corp.test", "")
    assert await issue_first_link(desk, WHOLE_DIRECTORY) is None

    secret = await reception.choose_password(mia, GOOD, "a browser")
    assert (await reception.who(secret))[1].email == "Mia@corp.test"  # type: ignore[index]
    with pytest.raises(WrongPassword):
        await reception.by_password("mia@corp.test", "another", "place", "")
    again = await reception.by_password("MIA@corp.test", GOOD, "place", "b" * 500)
    session, who = await reception.who(again)  # type: ignore[misc]
    assert len(await kept.sessions(who.id)) == 2
    assert await reception.end(who, session.id, who)
    assert await reception.who(again) is None
    assert not await reception.end(who, session.id, who), "once"

    by_link = await issue_link(desk, who)
    assert (await reception.whose_link(by_link)) == who
    third = await reception.by_link(by_link, "")
    with pytest.raises(LinkUsed):
        await reception.by_link(by_link, "")
    await kept.put_language(who.id, "ja")
    assert (await kept.administrator(who.id)).language == "ja"  # type: ignore[union-attr]
    now[0] = later(NOW, LONGEST + timedelta(seconds=1))
    assert await reception.who(third) is None, "a day has passed"
    assert await kept.forget_ended(now[0]) == 2

    with pytest.raises(LastOneLeft):
        await remove_administrator(desk, who, WHOLE_DIRECTORY)
    await corp.administrator("bo@corp.test")
    await remove_administrator(desk, who, WHOLE_DIRECTORY)
    assert [one.email for one in await kept.administrators()] == ["bo@corp.test"]
    told = [entry.action for entry in await corp.server.sending.store.audit()]
    for action in (
        "administrator.added",
        "administrator.signed_in",
        "session.ended",
        "administrator.removed",
    ):
        assert action in told
    assert GOOD not in str([entry.details for entry in await corp.server.sending.store.audit()])
