"""P10: unassigned or deactivated in Okta, a person turns inactive and keeps everything; back again, the same id."""

from __future__ import annotations

import pytest

from tests.stories.stage import Stage, either_directory

MISAKI = "misaki.yamamoto@kitano.example"
KENICHI = "kenichi.tanaka@kitano.example"


@pytest.mark.requirement("R40", "K5", "K36")
@pytest.mark.parametrize("mode", ["patch", "put"])
def test_unassigned_and_assigned_again(stage: Stage, mode: str) -> None:
    """P10: as a catalogue app does it, and as a wizard app does."""
    tenant, application = stage.both("acall", "--mode", mode)
    application.assign(MISAKI)
    application.counts(creates=1)
    before = tenant.person(MISAKI)

    application.unassign(MISAKI)
    application.counts(deactivations=1)
    away = tenant.person(MISAKI)
    assert {**away, "active": True, "meta": before["meta"]} == before
    shown = tenant.shown(MISAKI)
    assert (shown["active"], shown["access"]) == (False, "ended")

    application.assign(MISAKI)
    application.counts(reactivations=1)
    back = tenant.person(MISAKI)
    assert {**back, "meta": before["meta"]} == before
    assert tenant.shown(MISAKI)["access"] == "granted"
    kinds = tenant.events()
    assert kinds[0] == "user.created"
    assert kinds.index("user.deactivated") < kinds.index("user.reactivated")
    assert "access.ended" in kinds


@either_directory
def test_a_leaver_and_a_rehire_in_the_directory(stage: Stage) -> None:
    """P10: deactivated in Okta; one of the two comes back."""
    tenant, application = stage.both("acall")
    application.assign(MISAKI, KENICHI)
    application.counts(creates=2)
    before = tenant.person(MISAKI)

    stage.read_directory("1-leavers")
    application.counts(deactivations=2)
    assert tenant.people("active eq true") == []

    stage.read_directory("1-leavers", "2-rehire")
    application.counts(reactivations=1)
    assert tenant.person(MISAKI)["id"] == before["id"]
    assert [user["userName"] for user in tenant.people("active eq true")] == [MISAKI]
    assert tenant.person(KENICHI)["active"] is False
    application.counts()
