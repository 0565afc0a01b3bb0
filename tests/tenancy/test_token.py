"""Access tokens: their shape, and how a faulty one is told from an unknown one."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.tenancy.token import (
    Token,
    TokenFault,
    TokenKind,
    make_token,
    read_authorization,
    token_hash,
    token_id,
    token_length,
)

TOKEN = make_token(bytes(range(32)))


@pytest.mark.requirement("R183")
@given(st.binary(min_size=32, max_size=32), st.sampled_from(TokenKind))
def test_whatever_is_made_is_read(random: bytes, kind: TokenKind) -> None:
    token = make_token(random, kind)
    assert token.startswith(f"vst_{kind.value}_")
    assert len(token) == token_length(kind)
    presented = read_authorization(f"Bearer {token}", kind)
    assert presented.fault is None
    assert presented.hash == sha256(token.encode()).digest() == token_hash(token)
    assert presented.id == token_id(token, kind)
    assert len(presented.id) == 8


@pytest.mark.requirement("R183")
@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_token_takes_256_random_bits(size: int) -> None:
    with pytest.raises(ValueError, match="32"):
        make_token(bytes(size))


@pytest.mark.parametrize(
    "header",
    [f"Bearer {TOKEN}", f"bearer {TOKEN}", TOKEN, f"  {TOKEN} ", f"BEARER   {TOKEN}", f"Bearer\t{TOKEN}"],
)
def test_the_word_bearer_may_be_there_or_not(header: str) -> None:
    assert read_authorization(header).hash == token_hash(TOKEN)


@pytest.mark.requirement("R76", "R80")
@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (None, TokenFault.MISSING),
        ("", TokenFault.MISSING),
        ("Bearer", TokenFault.MISSING),
        ("Bearer  ", TokenFault.MISSING),
        ("Basic dXNlcjpwYXNz", TokenFault.MALFORMED),
        ("xoxb-1234", TokenFault.MALFORMED),
        (TOKEN.replace("_scim_", "_api_"), TokenFault.MALFORMED),
        (TOKEN + "x", TokenFault.MALFORMED),
        (TOKEN[:-1] + "!", TokenFault.MALFORMED),
        (TOKEN[:20] + "é" + TOKEN[21:], TokenFault.MALFORMED),
        (TOKEN[:30], TokenFault.CUT),
        (TOKEN[:-1], TokenFault.CUT),
        ("vst_scim_", TokenFault.CUT),
    ],
)
def test_what_is_wrong_with_it_is_told(header: str | None, fault: TokenFault) -> None:
    presented = read_authorization(header)
    assert presented.fault is fault
    assert presented.hash == b""


@given(st.integers(9, len(TOKEN) - 1), st.sampled_from("0Az9"))
def test_a_changed_character_is_mistyped_and_still_names_its_token(position: int, character: str) -> None:
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    presented = read_authorization(changed)
    assert presented.fault is (None if changed == TOKEN else TokenFault.MISTYPED)
    assert presented.id == changed[9:17]


def test_a_cut_token_names_its_token_where_enough_arrived() -> None:
    assert read_authorization(TOKEN[:17]).id == token_id(TOKEN)
    assert read_authorization(TOKEN[:16]).id == ""


@pytest.mark.requirement("R184")
@pytest.mark.parametrize(
    ("expires_at", "revoked_at", "state"),
    [
        (None, None, "live"),
        ("2026-02-01T00:00:00.000Z", None, "live"),
        ("2026-01-01T00:00:00.000Z", None, "expired"),
        (None, "2025-01-01T00:00:00.000Z", "revoked"),
        ("2020-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z", "revoked"),
    ],
)
def test_state(expires_at: str | None, revoked_at: str | None, state: str) -> None:
    token = Token("abcdefgh", 1, 1, "okta", "2025-01-01T00:00:00.000Z", expires_at, revoked_at)
    assert token.state("2026-01-01T00:00:00.000Z") == state
