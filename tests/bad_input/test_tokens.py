"""Tokens that open nothing: each answer says which of the many reasons it is."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from bench.servers import Vestibule
from tests.served import Answer, Hand, at_once
from vestibule.tenancy.token import make_token


def _ask(hand: Hand, token: str, slug: str = "") -> Answer:
    return Hand(hand.port, token, base=f"/t/{slug}/scim/v2" if slug else "/scim/v2")("GET", "/Users")


def _refused(answer: Answer, status: int, *words: str) -> None:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/scim+json"
    assert answer.json["status"] == str(status)
    for word in words:
        assert word in answer.json["detail"]
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.requirement("R77", "K13")
def test_no_token(hand: Hand) -> None:
    nobody = Hand(hand.port, "", headers={"Authorization": ""})
    _refused(nobody("GET", "/Users"), 401, "No access token")


@pytest.mark.requirement("R77", "R80")
@pytest.mark.parametrize(
    "token", ["secret", "eyJhbGciOi.J9.x", "vst_api_" + "0" * 49, "vst_scim_" + "ä" * 49]
)
def test_a_malformed_token(hand: Hand, token: str) -> None:
    wire = hand.wire("GET", "/Users").replace(hand.token.encode(), token.encode())
    _refused(at_once(hand.port, [wire])[0], 401, "malformed")


def test_a_cut_and_a_mistyped_token(hand: Hand) -> None:
    _refused(_ask(hand, hand.token[:-5]), 401, "cut")
    wrong = "A" if hand.token[20] != "A" else "B"
    _refused(_ask(hand, hand.token[:20] + wrong + hand.token[21:]), 401, "checksum")


@pytest.mark.requirement("R78")
def test_an_unknown_token_learns_nothing_of_others(hand: Hand) -> None:
    unknown = make_token(secrets.token_bytes(32))
    answer, at_url = _ask(hand, unknown), _ask(hand, unknown, hand.slug)
    _refused(answer, 401, "unknown")
    assert answer.detail == at_url.detail
    assert hand.slug not in at_url.json["detail"]


@pytest.mark.requirement("R184")
def test_a_revoked_token(hand: Hand, server: Vestibule) -> None:
    token = server.command("token", "issue", hand.slug, "--name", "short-lived")
    server.command("token", "revoke", hand.slug, "short-lived")
    _refused(_ask(hand, token), 401, "revoked")


@pytest.mark.requirement("R184")
def test_an_expired_token(hand: Hand, server: Vestibule) -> None:
    token = server.command("token", "issue", hand.slug, "--name", "brief", "--expires-in", "0")
    _refused(_ask(hand, token), 401, "expired")


@pytest.mark.requirement("R78", "R180")
def test_a_token_of_another_tenant(hand: Hand, new_hand: Callable[..., Hand]) -> None:
    other = new_hand()
    _refused(_ask(hand, other.token, hand.slug), 401, "this token is not for this Tenant URL")


def test_a_plan_without_provisioning(new_hand: Callable[..., Hand], server: Vestibule) -> None:
    acall = new_hand("--profile", "acall")
    server.command("tenant", "set-plan", acall.slug, "basic")
    _refused(acall("GET", "/Users"), 403, "Basic", "Contact")


def test_a_tenant_in_draft_and_a_paused_one(hand: Hand, server: Vestibule) -> None:
    slug = f"draft-{secrets.token_hex(3)}"
    server.command("tenant", "create", slug)
    token = server.command("token", "issue", slug, "--draft")
    _refused(_ask(hand, token), 403, "press Save")
    server.command("provisioning", "on", slug)
    assert _ask(hand, token).status == 200
    server.command("provisioning", "pause", slug)
    _refused(_ask(hand, token), 403, "paused")
