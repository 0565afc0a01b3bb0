"""P8: Application username format → Email; a userName that is no e-mail address is refused in words."""

from __future__ import annotations

from tests.stories.stage import Stage


def test_a_user_name_that_is_no_address_is_refused_then_the_format_is_set(stage: Stage) -> None:
    """P8: aruiz signs in to Okta by a short name."""
    tenant, application = stage.both("getaccept", "--username-format", "okta-username")
    application.assign("aruiz", userType="User")
    report = application.apply(refused=True)
    (fault,) = report["faults"]
    assert 'userName "aruiz" is not an e-mail address' in fault["detail"]
    assert "Application username format → Email" in fault["detail"]
    assert tenant.people() == []
    story = stage.explained(fault["detail"])
    assert (story["status"], story["rule"]) == (400, "user_name.email")

    stage.commands("app", "change", application.name, "--username-format", "email")
    application.counts(creates=1)
    assert tenant.person("ana.ruiz@aldermoor.test")["userName"] == "Ana.Ruiz@Aldermoor.test"


def test_by_scim_the_refusal_is_invalid_value(stage: Stage) -> None:
    """P8: for both products, the same SCIM error."""
    for profile in ("acall", "getaccept"):
        tenant = stage.tenant(profile)
        answer = tenant.hand(
            "POST",
            "/Users",
            {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": "aruiz",
                "name": {"givenName": "Ana", "familyName": "Ruiz"},
            },
        )
        assert (answer.status, answer.json["scimType"]) == (400, "invalidValue")
        assert '"aruiz" is not an e-mail address' in answer.detail
