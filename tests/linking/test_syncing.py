"""From a value in SCIM to a linked account: when, how often asked, and what is told where it does not work."""

from __future__ import annotations

import pytest

from tests.doubles.google import user as google_user
from tests.doubles.slack import user
from tests.linking.places import ACTOR, Place
from vestibule.linking.linked_account import LinkState


async def test_connecting_looks_everybody_up_by_list(here: Place) -> None:
    for name in ("ana", "ben", "cid"):
        await here.hire(name, slack=f"{name}@corp.test")
    here.slack.add(
        user("U1", "ANA@corp.test", "Ana A"),
        user("U2", "ben@corp.test", "Ben B", deleted=True),
        user("B1", "cid@corp.test", "A bot", is_bot=True),
    )
    await here.connect("slack")
    await here.settle()
    ana, ben, cid = [await here.account(name) for name in ("ana", "ben", "cid")]
    assert (ana.state, ana.member_id, ana.name, ana.email) == (
        LinkState.LINKED,
        "U1",
        "Ana A",
        "ANA@corp.test",
    )
    assert (ben.state, ben.reason) == (
        LinkState.DEACTIVATED,
        "The account exists and is not usable at Slack: deactivated. Reactivate it there.",
    )
    assert cid.state is LinkState.NOT_FOUND
    assert "Nobody at Slack has this address" in cid.reason
    assert here.slack.calls["users.lookupByEmail"] == 0
    [connection] = await here.store.connections(here.tenant.record.id)
    assert connection.last_full == {"pages": 1, "members": 3, "people": 3, "matched": 2}


async def test_a_write_that_touches_the_value_is_looked_up_by_itself(here: Place) -> None:
    await here.connect("slack")
    await here.settle()
    here.slack.add(user("U7", "ana@corp.test", "Ana"))
    lists = here.slack.calls["users.list"]
    await here.hire("ana", slack="ana@corp.test")
    await here.settle()
    assert (await here.account("ana")).state is LinkState.LINKED
    assert here.slack.calls["users.list"] == lists
    assert here.slack.calls["users.lookupByEmail"] == 1
    await here.tenant.patch(
        f"/Users/{here.people['ana']}",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [
                {"op": "replace", "path": 'accounts[type eq "slack"].value', "value": "elsewhere@corp.test"}
            ],
        },
    )
    await here.settle()
    ana = await here.account("ana")
    assert (ana.state, ana.value, ana.member_id) == (LinkState.NOT_FOUND, "elsewhere@corp.test", "")


async def test_a_member_id_is_as_good_as_an_address(here: Place) -> None:
    here.slack.add(user("U0123ABCD", "other@corp.test", "Ana"))
    await here.connect("slack")
    await here.hire("ana", slack="U0123ABCD")
    await here.settle()
    ana = await here.account("ana")
    assert (ana.state, ana.email, ana.is_alias) == (LinkState.LINKED, "other@corp.test", False)


@pytest.mark.parametrize("flags", [{"is_bot": True}, {"is_stranger": True}, {}])
async def test_who_is_no_person_of_the_workspace_is_linked_by_no_id(
    here: Place, flags: dict[str, bool]
) -> None:
    """S27, looked up one by one as by list; Slackbot is flagged as nothing (S12)."""
    id = "U0123ABCD" if flags else "USLACKBOT"
    here.slack.add(user(id, "", "No person", **flags))
    await here.connect("slack")
    await here.settle()
    await here.hire("ana", slack=id)
    await here.settle()
    assert here.slack.calls["users.info"] == 2
    assert (await here.account("ana")).state is LinkState.NOT_FOUND


async def test_a_member_whose_address_changed_there_is_followed(here: Place) -> None:
    """S26: by look-up and by list alike, until the member is gone."""
    here.slack.add(user("U1", "ana@corp.test", "Ana"))
    await here.hire("ana", slack="ana@corp.test")
    await here.connect("slack")
    await here.settle()
    here.slack.members["U1"]["profile"]["email"] = "ana.b@corp.test"
    for again in range(2):
        if again:
            await here.connecting.sync_now(here.tenant.record.id, "slack", ACTOR)
        else:
            await here.store.look_again(here.tenant.record.id, "slack", ["id:U1"], here.clock.text())
        await here.settle()
        ana = await here.account("ana")
        assert (ana.state, ana.email, ana.value) == (LinkState.LINKED, "ana.b@corp.test", "ana@corp.test")
    del here.slack.members["U1"]
    await here.connecting.sync_now(here.tenant.record.id, "slack", ACTOR)
    await here.settle()
    assert (await here.account("ana")).state is LinkState.NOT_FOUND


@pytest.mark.parametrize("value", ["@ana", "ana at corp", "U123", "ana@corp"])
async def test_neither_address_nor_id_is_invalid_and_nobody_is_asked(here: Place, value: str) -> None:
    await here.connect("slack")
    await here.settle()
    await here.hire("ana", slack=value)
    await here.settle()
    assert (await here.account("ana")).state is LinkState.INVALID
    assert here.slack.calls["users.lookupByEmail"] + here.slack.calls["users.info"] == 1  # who installed it


async def test_two_people_who_want_one_account_are_in_conflict_until_one_gives_way(here: Place) -> None:
    here.slack.add(user("U1", "ana@corp.test", "Ana"))
    await here.connect("slack")
    await here.hire("ana", slack="ana@corp.test")
    await here.settle()
    assert (await here.account("ana")).state is LinkState.LINKED
    await here.hire("ann", slack="ana@corp.test")
    await here.settle()
    assert [(await here.account(name)).state for name in ("ana", "ann")] == [LinkState.CONFLICT] * 2
    assert "Another person here names the same Slack account" in (await here.account("ana")).reason
    await here.tenant.delete(f"/Users/{here.people['ann']}")
    await here.settle()
    assert (await here.account("ana")).state is LinkState.LINKED


async def test_who_left_here_and_is_active_there_is_shown_with_age(here: Place) -> None:
    here.slack.add(user("U1", "ana@corp.test", "Ana"))
    await here.connect("slack")
    await here.hire("ana", slack="ana@corp.test")
    await here.settle()
    answer = await here.tenant.patch(
        f"/Users/{here.people['ana']}",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": False}],
        },
    )
    assert answer.status in (200, 204)
    await here.connecting.sync_now(here.tenant.record.id, "slack", ACTOR)
    await here.settle()
    since = (await here.account("ana")).outlives_since
    assert since is not None
    assert (await here.store.counts(here.tenant.record.id, "slack"))["outliving"] == 1
    here.clock.now += 3600
    await here.connecting.sync_now(here.tenant.record.id, "slack", ACTOR)
    await here.settle()
    assert (await here.account("ana")).outlives_since == since
    here.slack.members["U1"]["deleted"] = True
    await here.connecting.sync_now(here.tenant.record.id, "slack", ACTOR)
    await here.settle()
    assert (await here.account("ana")).outlives_since is None


@pytest.mark.parametrize("full", [True, False])
async def test_an_address_that_became_somebody_elses_is_a_conflict_and_no_silent_choice(
    here: Place, full: bool
) -> None:
    """S23: the account that was linked and the one that has the address now are two; by list and by look-up alike."""
    was, place = user("U1", "ana@corp.test", "Ana A"), (here.tenant.record.id, "slack")
    here.slack.add(was)
    await here.hire("ana", slack="ana@corp.test")
    await here.connect("slack")
    await here.settle()
    was["profile"]["email"] = "ana.alt@corp.test"
    here.slack.add(user("U2", "ana@corp.test", "Ana B"))
    for _ in range(2):
        if full:
            await here.connecting.sync_now(*place, ACTOR)
        else:
            await here.store.look_again(*place, ["ana@corp.test"], here.clock.text())
        await here.settle()
        ana = await here.account("ana")
        assert (ana.state, ana.member_id) == (LinkState.CONFLICT, "U1")
        assert (
            "has the address ana.alt@corp.test at Slack by now, and ana@corp.test belongs to another"
            in ana.reason
        )
    was["deleted"] = True
    await here.connecting.sync_now(*place, ACTOR)
    await here.settle()
    ana = await here.account("ana")
    assert (ana.state, ana.member_id) == (LinkState.LINKED, "U2"), "whoever is gone there claims nothing"


async def test_an_address_of_no_domain_of_the_workspace_is_told_so(here: Place) -> None:
    """G11: and one of its domains that nobody has is told as before."""
    here.google.add(google_user("2", "ben@second.test", "Ben"))
    await here.hire("ana", google="ana@mail.example")
    await here.hire("cid", google="cid@second.test")
    await here.connect("google")
    await here.settle()
    await here.hire("eve", google="eve@mail.example")
    await here.settle()
    for name in ("ana", "eve"):
        account = await here.account(name, "google")
        assert account.state is LinkState.NOT_FOUND
        assert account.reason.startswith("mail.example is no domain of this Google Workspace")
    assert (await here.account("cid", "google")).reason.startswith("Nobody at Google Workspace has this")
    here.google.add(google_user("3", "ana@mail.example", "Ana"))
    await here.connecting.sync_now(here.tenant.record.id, "google", ACTOR)
    await here.settle()
    assert (await here.account("ana", "google")).state is LinkState.LINKED


async def test_when_an_account_was_found_last_is_kept_until_another_is_named(here: Place) -> None:
    """S22."""
    ana = user("U1", "ana@corp.test", "Ana")
    here.slack.add(ana)
    await here.hire("ana", slack="ana@corp.test")
    await here.connect("slack")
    await here.settle()
    found = here.clock.text()
    assert (await here.account("ana")).seen_at == found
    del here.slack.members["U1"]
    here.clock.now += 60
    await here.connecting.sync_now(here.tenant.record.id, "slack", ACTOR)
    await here.settle()
    gone = await here.account("ana")
    assert (gone.state, gone.seen_at, gone.checked_at) == (LinkState.NOT_FOUND, found, here.clock.text())
    await here.tenant.patch(
        f"/Users/{here.people['ana']}",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [
                {"op": "replace", "path": 'accounts[type eq "slack"].value', "value": "other@corp.test"}
            ],
        },
    )
    await here.settle()
    assert (await here.account("ana")).seen_at is None


async def test_google_links_by_primary_address_and_by_alias(here: Place) -> None:
    here.google.add(
        google_user("2", "ana@corp.test", "Ana"),
        google_user("3", "benjamin@corp.test", "Ben", aliases=["ben@corp.test"]),
        google_user("4", "cid@corp.test", "Cid", suspended=True, suspensionReason="ADMIN"),
        google_user("5", "dan@corp.test", "Dan", archived=True),
    )
    for name in ("ana", "ben", "cid", "dan", "eve"):
        await here.hire(name, google=f"{name}@corp.test")
    await here.connect("google")
    await here.settle()
    ben = await here.account("ben", "google")
    assert (ben.state, ben.email, ben.is_alias) == (LinkState.LINKED, "benjamin@corp.test", True)
    states = {name: (await here.account(name, "google")).state for name in ("ana", "cid", "dan", "eve")}
    assert states == {
        "ana": LinkState.LINKED,
        "cid": LinkState.DEACTIVATED,
        "dan": LinkState.DEACTIVATED,
        "eve": LinkState.NOT_FOUND,
    }
    assert "suspended (ADMIN)" in (await here.account("cid", "google")).reason
    await here.hire("fay", google="FAY@corp.test")
    here.google.add(google_user("6", "fay@corp.test", "Fay"))
    await here.settle()
    assert (await here.account("fay", "google")).state is LinkState.LINKED
    assert here.google.calls["list"] == 1


async def test_everything_is_looked_at_again_every_six_hours(here: Place) -> None:
    await here.hire("ana", slack="ana@corp.test")
    await here.connect("slack")
    await here.settle()
    assert (await here.account("ana")).state is LinkState.NOT_FOUND
    here.slack.add(user("U1", "ana@corp.test", "Ana"))
    here.clock.now += 6 * 3600 - 60
    await here.settle()
    assert (await here.account("ana")).state is LinkState.NOT_FOUND
    here.clock.now += 61
    await here.settle()
    assert (await here.account("ana")).state is LinkState.LINKED


async def test_the_value_is_served_exactly_as_it_was_sent(here: Place) -> None:
    here.slack.add(user("U1", "ana@corp.test", "Ana"))
    await here.connect("slack")
    id = await here.hire("ana", slack="ANA@Corp.test")
    await here.settle()
    answer = await here.tenant.get(f"/Users/{id}")
    assert answer.json["accounts"] == [{"type": "slack", "value": "ANA@Corp.test"}]
