"""G, the roles trouble: a stray ``roles`` in the app user profile; coped with, and told which field to remove."""

from __future__ import annotations

from tests.stories.stage import Stage

SIOBHAN = "siobhan.obrien@aldermoor.test"
JUERGEN = "juergen.gruen@aldermoor.test"
STRAY = ("--external-name", "roles", "--type", "string array", "--scope", "personal")


def test_user_type_wins_and_the_note_names_the_field(stage: Stage) -> None:
    """G: User type says User, the stray roles say Manager; the meaning is plain."""
    tenant, application = stage.both("getaccept")
    warned = stage.commands("app", "map", application.name, "roles", *STRAY)
    assert "delete this attribute" in warned.err
    application.assign(SIOBHAN, userType="User", roles="Manager")
    application.counts(creates=1)

    shown = tenant.shown(SIOBHAN)
    assert (shown["userType"], shown["role"]) == ("User", "User")
    why = shown["roleExplanation"]
    assert why["rule"] == "userType decides"
    assert "roles.value" in why["ignored"]
    story = stage.commands.json("explain", SIOBHAN, "--tenant", tenant.slug)
    told = str(story["timeline"])
    assert "remove the attribute roles from the application's profile" in told

    application.assign(SIOBHAN, userType="Manager", roles="Manager")
    application.counts(updates=1)
    assert tenant.shown(SIOBHAN)["role"] == "Manager"


def test_where_it_is_not_plain_the_refusal_says_what_was_sent_and_what_is_allowed(stage: Stage) -> None:
    """G: no User type, and roles that contradict each other, one of them unknown."""
    tenant, application = stage.both("getaccept")
    stage.commands("app", "map", application.name, "roles", *STRAY)
    application.assign(JUERGEN, roles="sales lead;Manager")
    (fault,) = application.apply(refused=True)["faults"]
    assert '"sales lead", which is no role here' in fault["detail"]
    assert '"Administrator", "Manager", "User"' in fault["detail"]
    assert tenant.people() == []

    stage.commands("app", "map", application.name, "roles", "--remove")
    application.assign(JUERGEN, userType="Manager")
    application.counts(creates=1)
    assert tenant.shown(JUERGEN)["role"] == "Manager"


def test_an_unknown_user_type_is_400_naming_the_three(stage: Stage) -> None:
    """G: by SCIM, in the tenant's own words."""
    tenant = stage.tenant("getaccept")
    answer = tenant.hand(
        "POST",
        "/Users",
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": SIOBHAN,
            "name": {"givenName": "Siobhán", "familyName": "O’Brien"},
            "userType": "Owner",
            "roles": [{"value": "Manager"}],
        },
    )
    assert (answer.status, answer.json["scimType"]) == (400, "invalidValue")
    assert 'userType has the value "Owner"' in answer.detail
    assert '"Administrator", "Manager", "User"' in answer.detail
    assert tenant.people() == []


def test_letter_case_is_no_trouble(stage: Stage) -> None:
    """G: administrator is Administrator, and kept as the product spells it."""
    tenant = stage.tenant("getaccept")
    tenant.hand.create(SIOBHAN, userType="administrator")
    assert tenant.person(SIOBHAN)["userType"] == "Administrator"
