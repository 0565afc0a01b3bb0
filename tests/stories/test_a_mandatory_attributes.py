"""A, mandatory attributes: userName, family name, given name. A request without one is refused, naming it."""

from __future__ import annotations

import pytest

from tests.stories.stage import Stage

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.mark.parametrize("missing", ["userName", "name.familyName", "name.givenName"])
def test_a_request_without_one_is_refused_naming_it(stage: Stage, missing: str) -> None:
    """A, mandatory: as 400 invalidValue; nobody is created."""
    tenant = stage.tenant("acall", name=missing.replace(".", "-").lower())
    body = {
        "schemas": [CORE],
        "userName": "suharto@kitano.example",
        "name": {"familyName": "Suharto", "givenName": "Suharto"},
    }
    whole = body if missing == "userName" else body["name"]
    assert isinstance(whole, dict)
    del whole[missing.rpartition(".")[2]]
    answer = tenant.hand("POST", "/Users", body)
    assert (answer.status, answer.json["scimType"]) == (400, "invalidValue")
    assert answer.detail.startswith(f"{missing} is required")
    assert tenant.people() == []


def test_somebody_without_a_family_name(stage: Stage) -> None:
    """A, mandatory: Suharto has one name only. Listed in words and never sent half; mended, then there."""
    tenant, application = stage.both("acall")
    application.assign("suharto@kitano.example", "hanako.sato@kitano.example")
    report = application.apply(refused=True)
    assert (report["creates"], report["failures"]) == (1, 1)
    detail = report["faults"][0]["detail"]
    assert detail == "Nothing was sent: mandatory and without a value: name.familyName (user.lastName)."
    assert [method for method, _ in tenant.writes()] == ["POST"]
    application.counts()

    stage.edit("people.csv", ",Suharto,,Suharto,", ",Suharto,Suharto,Suharto,")
    stage.read_directory()
    application.counts(creates=1)
    assert tenant.person("suharto@kitano.example")["name"] == {
        "familyName": "Suharto",
        "givenName": "Suharto",
    }


def test_a_deactivation_is_never_refused_for_a_fault_elsewhere(stage: Stage) -> None:
    """A, mandatory: what was missing before is no error, whoever leaves can leave."""
    tenant, application = stage.both("acall")
    application.assign("hanako.sato@kitano.example")
    application.counts(creates=1)
    stage.edit("people.csv", "hanako.sato@kitano.example,花子,佐藤,", "hanako.sato@kitano.example,花子,,")
    stage.read_directory()
    assert "name.familyName" in application.apply(refused=True)["faults"][0]["detail"]
    application.unassign("hanako.sato@kitano.example")
    application.counts(deactivations=1)
    assert tenant.person("hanako.sato@kitano.example")["active"] is False
