"""G, e-mail as user name: where Okta's user names are no addresses, the format is Email."""

from __future__ import annotations

import pytest

from tests.stories.stage import Stage


def test_short_logins_become_addresses(stage: Stage) -> None:
    """G: people who sign in to Okta as aruiz and u1299 are known by their address, kept as spelled."""
    tenant, application = stage.both("getaccept")
    application.assign("aruiz", "u1299", userType="User")
    application.counts(creates=2)
    assert tenant.person("ana.ruiz@aldermoor.test")["userName"] == "Ana.Ruiz@Aldermoor.test"
    assert tenant.person("marek.garcia@aldermoor.test")["name"]["familyName"] == "García"


@pytest.mark.requirement("R88")
def test_names_of_every_kind(stage: Stage) -> None:
    """G: an apostrophe, Arabic, two people of one name."""
    tenant, application = stage.both("getaccept")
    logins = (
        "siobhan.obrien@aldermoor.test",
        "fatima.haddad@aldermoor.test",
        "anna.mueller@aldermoor.test",
        "anna.mueller2@aldermoor.test",
    )
    application.assign(*logins, userType="User")
    application.counts(creates=4)
    assert tenant.person("siobhan.obrien@aldermoor.test")["name"]["familyName"] == "O’Brien"
    assert tenant.person("fatima.haddad@aldermoor.test")["displayName"] == "فاطمة حداد"
    assert len(tenant.people('displayName eq "ANNA MÜLLER"')) == 2
