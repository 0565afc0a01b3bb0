"""Who is refused at the door, and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vestibule.profiles.builtin import builtin_profile
from vestibule.profiles.profile import ApplicationProfile
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.gate import presented_refusal, refusal, unknown_token, why_closed
from vestibule.tenancy.tenant import Provisioning, Tenant
from vestibule.tenancy.token import make_token, read_authorization

NOW = "2026-01-02T00:00:00.000Z"
TOKEN = make_token(bytes(32))


def profile(name: str) -> ApplicationProfile:
    found = builtin_profile(name)
    assert found is not None
    return found


ACALL, GETACCEPT = profile("acall"), profile("getaccept")

GOOD = Admission(
    token="abcdefgh",
    token_name="okta",
    expires_at="2027-01-01T00:00:00.000Z",
    revoked_at=None,
    connection=1,
    dialect="",
    tenant=1,
    tenant_slug="acme",
    tenant_name="Acme",
    suspended=False,
    account="Acme",
    plan="business",
    profile="acall",
    profile_version=0,
    provisioning=Provisioning.ON,
    sso_confirmed=False,
    settings_version=1,
)


@pytest.mark.parametrize("slug", [None, "acme"])
def test_a_good_token_comes_in_at_both_addresses(slug: str | None) -> None:
    assert refusal(GOOD, ACALL, slug, NOW) is None


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (None, "No access token was sent"),
        ("Basic abc", "malformed: one of ours begins with vst_scim_"),
        (TOKEN[:40], "malformed: it is cut, only 40 of 58 characters arrived"),
        (TOKEN[:-1] + ("0" if TOKEN[-1] != "0" else "1"), "its checksum is wrong"),
    ],
)
def test_no_token_at_all(header: str | None, words: str) -> None:
    refused = presented_refusal(read_authorization(header))
    assert refused is not None
    assert refused.status == 401
    assert words in refused.detail


def test_a_well_formed_unknown_token_learns_nothing() -> None:
    assert presented_refusal(read_authorization(TOKEN)) is None
    assert unknown_token().status == 401
    assert "unknown" in unknown_token().detail


@pytest.mark.requirement("R79", "R184")
@pytest.mark.parametrize(
    ("change", "product", "slug", "status", "words"),
    [
        ({"revoked_at": "2026-01-01T12:00:00.000Z"}, ACALL, None, 401, "'okta' was revoked on 2026-01-01"),
        ({"expires_at": "2026-01-01T12:00:00.000Z"}, ACALL, None, 401, "'okta' expired on 2026-01-01"),
        ({"expires_at": NOW}, ACALL, None, 401, "expired"),
        ({}, ACALL, "other", 401, "this token is not for this Tenant URL"),
        ({"plan": "basic"}, ACALL, None, 403, "plan 'Basic'"),
        ({"plan": "basic"}, ACALL, None, 403, "Contact ACALL customer success"),
        ({"plan": "of-old"}, ACALL, None, 403, "plan 'of-old'"),
        ({"provisioning": Provisioning.DRAFT}, ACALL, None, 403, "press Save on SCIM user provisioning"),
        ({"provisioning": Provisioning.PAUSED}, ACALL, "acme", 403, "paused"),
        ({"suspended": True}, ACALL, None, 403, "suspended. Contact ACALL customer success"),
        ({"plan": "standard"}, GETACCEPT, None, 403, "single sign-on"),
    ],
)
def test_the_reason_is_told(
    change: dict[str, object], product: ApplicationProfile, slug: str | None, status: int, words: str
) -> None:
    refused = refusal(replace(GOOD, **change), product, slug, NOW)  # type: ignore[arg-type]
    assert refused is not None
    assert refused.status == status
    assert words in refused.detail


def test_confirmed_sign_on_opens() -> None:
    confirmed = replace(GOOD, plan="standard", sso_confirmed=True)
    assert refusal(confirmed, GETACCEPT, None, NOW) is None


def test_nothing_about_a_tenant_is_told_at_the_address_of_another() -> None:
    plain = refusal(GOOD, ACALL, "unknown-slug", NOW)
    assert plain is not None
    for change in ({"suspended": True}, {"plan": "basic"}, {"provisioning": Provisioning.DRAFT}):
        refused = refusal(replace(GOOD, **change), ACALL, "of-another-tenant", NOW)  # type: ignore[arg-type]
        assert refused is not None
        assert (refused.status, refused.detail) == (plain.status, plain.detail)


def test_what_an_operator_is_told_is_what_the_door_says() -> None:
    tenant = Tenant(1, "acme", "Acme", "Acme", "acall", "basic", Provisioning.ON, False, False, 1, NOW)
    at_the_door = refusal(replace(GOOD, plan="basic"), ACALL, None, NOW)
    assert at_the_door is not None
    assert why_closed(tenant, ACALL) == at_the_door.detail
    assert why_closed(replace(tenant, plan="business"), ACALL) is None
