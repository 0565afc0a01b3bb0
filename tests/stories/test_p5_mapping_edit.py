"""P5: the attribute mappings are edited in Profile Editor; the next push carries the new mapping."""

from __future__ import annotations

from tests.stories.stage import WSOS, Stage, either_directory

HANAKO = "hanako.sato@kitano.example"


@either_directory
def test_the_next_push_carries_the_new_mapping(stage: Stage) -> None:
    """P5: a mapping changed, one added, one taken away."""
    tenant, application = stage.both("acall")
    application.assign(HANAKO)
    application.counts(creates=1)
    before = tenant.person(HANAKO)
    assert before["displayName"] == "佐藤 花子"
    assert WSOS not in before

    stage.commands("app", "map", application.name, "displayName", "--expression", "user.firstName")
    stage.commands(
        "app", "map", application.name, "familyNamePhonetic", "--expression", "user.familyNamePhonetic"
    )
    application.counts(updates=1)
    after = tenant.person(HANAKO)
    assert after["id"] == before["id"]
    assert after["displayName"] == "花子"
    assert after[WSOS] == {"name": {"familyNamePhonetic": "サトウ"}}

    application.counts()


def test_a_new_attribute_with_its_external_name_and_namespace(stage: Stage) -> None:
    """P5: Profile Editor → Add Attribute, then map it."""
    tenant, application = stage.both("acall")
    application.assign(HANAKO)
    stage.commands(
        *("app", "map", application.name, "jobTitle", "--external-name", "title"),
        *("--namespace", "urn:ietf:params:scim:schemas:core:2.0:User", "--expression", "user.title"),
    )
    application.counts(creates=1)
    assert tenant.person(HANAKO)["title"] == "Facility Manager"


def test_an_expression_that_cannot_be_read_is_refused_at_once(stage: Stage) -> None:
    """P5: nothing is kept of a faulty mapping, and the next push is as before."""
    _, application = stage.both("acall")
    application.assign(HANAKO)
    application.counts(creates=1)
    refused = stage.commands(
        "app", "map", application.name, "displayName", "--expression", "user.firstName +", refused=True
    )
    assert refused.err
    application.counts()
