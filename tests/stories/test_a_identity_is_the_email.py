"""A, identity is the e-mail address: userName = user.email."""

from __future__ import annotations

from tests.stories.stage import Stage

NAOKI = "naoki.yamada@kitano.example"


def test_the_user_name_is_the_address_whatever_the_login(stage: Stage) -> None:
    """A, identity: somebody who signs in to Okta as k1017-naokiyam."""
    tenant, application = stage.both("acall")
    application.assign("k1017-naokiyam")
    application.counts(creates=1)
    assert tenant.person(NAOKI)["userName"] == NAOKI


def test_the_address_finds_the_person_in_any_letter_case(stage: Stage) -> None:
    """A, identity: kept as sent, found whatever the case."""
    tenant, application = stage.both("acall")
    application.assign("shota.suzuki@kitano.example")
    application.counts(creates=1)
    assert tenant.person("SHOTA.suzuki@kitano.EXAMPLE")["userName"] == "Shota.Suzuki@Kitano.example"


def test_a_new_address_is_a_new_user_name_of_the_same_person(stage: Stage) -> None:
    """A, identity: Mayumi marries; one update, same id, and the old address is free."""
    tenant, application = stage.both("acall")
    application.assign("mayumi.inoue@kitano.example")
    application.counts(creates=1)
    before = tenant.person("mayumi.inoue@kitano.example")

    stage.read_directory("3-renames")
    application.counts(updates=1)
    after = tenant.person("mayumi.shimizu@kitano.example")
    assert after["id"] == before["id"]
    assert after["name"]["familyName"] == "清水"
    assert tenant.people('userName eq "mayumi.inoue@kitano.example"') == []
    application.counts()
