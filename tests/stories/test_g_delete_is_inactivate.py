"""G, delete users = inactivate: 404 afterwards and the name free; provisioned again, the same person with their data."""

from __future__ import annotations

import pytest

from tests.stories.stage import Stage

MIKA = "mika.laine@aldermoor.test"


@pytest.mark.requirement("R160", "R161", "R162")
def test_deleted_and_provisioned_again(stage: Stage) -> None:
    """G: same id, and nothing was lost."""
    tenant, application = stage.both("getaccept")
    application.assign(MIKA, userType="Manager")
    application.counts(creates=1)
    before = tenant.person(MIKA)
    team = tenant.hand.create_group("Pilots", [before["id"]])
    path = f"/Users/{before['id']}"

    assert tenant.hand("DELETE", path).status == 204
    for method, body in (("GET", None), ("PUT", before), ("DELETE", None)):
        assert tenant.hand(method, path, body).status == 404
    assert tenant.people() == []
    assert tenant.hand.member_ids(team) == []
    assert tenant.events()[-1] != "user.created"

    stage.commands("app", "apply", application.name, "--force-sync")
    back = tenant.person(MIKA)
    assert back["id"] == before["id"]
    assert {key: back[key] for key in ("name", "userType", "emails", "externalId")} == {
        key: before[key] for key in ("name", "userType", "emails", "externalId")
    }
    assert tenant.hand.member_ids(team) == [before["id"]]
    assert tenant.shown(MIKA)["role"] == "Manager"
    application.counts()


def test_what_the_identity_provider_does_not_send_is_still_there(stage: Stage) -> None:
    """G: data that came by another way survives the DELETE; the name matters, not its letter case."""
    tenant = stage.tenant("getaccept")
    first = tenant.hand.create(MIKA, title="Closer", phoneNumbers=[{"value": "+358 1", "type": "work"}])
    tenant.hand("DELETE", f"/Users/{first}")
    again = tenant.hand.create(MIKA.upper())
    assert again == first
    user = tenant.person(MIKA)
    assert user["title"] == "Closer"
    assert user["phoneNumbers"] == [{"value": "+358 1", "type": "work"}]
    assert user["active"] is True


@pytest.mark.requirement("R40", "K26")
def test_active_false_stays_readable(stage: Stage) -> None:
    """G: deactivation is no deletion; the person is found and shown as inactive."""
    tenant, application = stage.both("getaccept")
    application.assign(MIKA, userType="User")
    application.counts(creates=1)
    application.unassign(MIKA)
    application.counts(deactivations=1)
    user = tenant.person(MIKA)
    assert user["active"] is False
    assert tenant.hand("GET", f"/Users/{user['id']}").status == 200
    assert tenant.shown(MIKA)["access"] == "ended"


@pytest.mark.requirement("R26", "R161", "R163")
def test_at_acall_a_deleted_person_comes_back_as_a_new_one(stage: Stage) -> None:
    """The other rule of DELETE (tombstone), for contrast: 404 as well, name free, a new id."""
    tenant = stage.tenant("acall")
    first = tenant.hand.create("hanako.sato@kitano.example")
    tenant.hand("DELETE", f"/Users/{first}")
    assert tenant.hand("GET", f"/Users/{first}").status == 404
    assert tenant.hand.create("hanako.sato@kitano.example") != first
