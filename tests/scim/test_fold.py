"""The one form in which texts and instants are compared (R7, R38, R120)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from precis_i18n import get_profile

from vestibule.scim.fold import (
    FOLD_VERSION,
    fold,
    fold_user_name,
    hidden_character,
    instant,
    refuse_user_name,
)

ORACLE = get_profile("UsernameCaseMapped:ToLower")


def oracle(text: str) -> str | None:
    """What precis-i18n makes of a userName; None where it refuses it."""
    try:
        return str(ORACLE.enforce(text))
    except UnicodeEncodeError:
        return None


@pytest.mark.requirement("R67")
@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("Bjensen@Example.COM", "bjensen@example.com", id="ASCII"),
        pytest.param("STRASSE", "strasse", id="sharp s, capitals"),
        pytest.param("Straße", "strasse", id="sharp s"),
        pytest.param("ΟΔΟΣ", "οδοσ", id="final sigma, capitals"),
        pytest.param("οδος", "οδοσ", id="final sigma"),
        pytest.param("Jose\u0301", "josé", id="combining accent"),
        pytest.param("佐藤", "佐藤", id="no case"),
    ],
)
def test_text_folds(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_user_name(fold_user_name(text)) == fold_user_name(text)


@given(st.text())
def test_canonically_equivalent_texts_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)


@pytest.mark.requirement("R179")
@given(st.text(min_size=1, max_size=20))
def test_a_user_name_that_precis_takes_is_mapped_as_precis_maps_it(text: str) -> None:
    expected = oracle(text)
    if expected is not None:
        assert fold_user_name(text) == expected


@pytest.mark.requirement("R179")
@pytest.mark.parametrize(
    "text",
    ["Ａｌｉｃｅ", "ﾊﾅｺ", "O’Brien", "Łukasz", "ЙОЖИК", "İstanbul", "ﬁsh", "ΑΣ", "Ａ@b"],
)
def test_known_names_are_mapped_as_precis_maps_them(text: str) -> None:
    expected = oracle(text)
    assert expected is None or fold_user_name(text) == expected


@pytest.mark.requirement("R179")
def test_every_single_character_is_mapped_and_judged_as_precis_does() -> None:
    """U+00B7 and its like depend on what stands beside them; a sample of the astral planes is enough."""
    codes = [*range(0x20, 0xD800), *range(0xE000, 0x10000), *range(0x10000, 0x20000, 7)]
    differing = []
    for code in codes:
        expected = oracle(chr(code))
        if (expected is None) != (refuse_user_name(chr(code)) is not None) or (
            expected is not None and fold_user_name(chr(code)) != expected
        ):
            differing.append(f"U+{code:04X}")
    assert differing == []


def test_strict_refuses_what_precis_refuses_and_the_mapping_does_not() -> None:
    assert fold_user_name("O’Brien") == "o’brien"
    assert "U+2019" in (refuse_user_name("O’Brien") or "")


@pytest.mark.requirement("R179")
@given(st.text(alphabet=st.characters(max_codepoint=0x31FF, exclude_categories=["Cs", "Cn"]), max_size=12))
def test_refusals_agree_with_precis(text: str) -> None:
    """Save for joiners, which show nothing: refused here whatever stands beside them."""
    if not set("\u200c\u200d") & set(text):
        assert (refuse_user_name(text) is None) == (oracle(text) is not None)


CONTEXTUAL = "\u00b7\u0375\u05f3\u05f4\u30fb"


@pytest.mark.requirement("R179")
@given(st.text(alphabet=f"{CONTEXTUAL}lLaαΩאתあカ花子ー1.", min_size=1, max_size=6))
def test_what_is_valid_in_some_contexts_is_taken_in_these(text: str) -> None:
    assert (refuse_user_name(text) is None) == (oracle(text) is not None)


@pytest.mark.requirement("R179")
@pytest.mark.parametrize("text", ["col·legi", "GAL·LA", "͵α", "צ׳רלס", "צה״ל", "花・子", "アン・リー"])
def test_names_that_need_their_context_are_names(text: str) -> None:
    assert oracle(text) is not None
    assert refuse_user_name(text) is None


@pytest.mark.requirement("R179")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a\u200bb", id="zero-width space"),
        pytest.param("a\u200d", id="zero-width joiner"),
        pytest.param("\ufeffa", id="byte-order mark"),
        pytest.param("a\u2060b", id="word joiner"),
        pytest.param("a\u202eb", id="right-to-left override"),
        pytest.param("a\u00adb", id="soft hyphen"),
        pytest.param("a\u3164", id="Hangul filler"),
        pytest.param("a\ufe0f", id="variation selector"),
        pytest.param("a\tb", id="tab"),
    ],
)
def test_characters_that_show_nothing_are_found(text: str) -> None:
    assert hidden_character(text)


@pytest.mark.parametrize("text", ["anna", "O'Brien", "花子", "محمد", "Zoë Müller", "김민준", "𝔸"])
def test_visible_names_hide_nothing(text: str) -> None:
    assert hidden_character(text) is None


@pytest.mark.requirement("R7")
@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02t03:04:05z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02T03:04:05.6789Z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05.1+02:00", "2026-01-02T01:04:05.100Z"),
        ("2026-01-01T00:30:00-01:00", "2026-01-01T01:30:00.000Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"),
        ("2026-12-31T24:00:00Z", "2027-01-01T00:00:00.000Z"),
        ("0099-01-01T00:00:00Z", "0099-01-01T00:00:00.000Z"),
    ],
)
def test_instants_become_utc_of_fixed_width(text: str, normal: str) -> None:
    assert instant(text) == normal


@pytest.mark.requirement("R6")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-01-01",
        "03:04:05Z",
        "2024-02-30T00:00:00Z",
        "2024-01-01T25:00:00Z",
        "2024-01-01T24:00:01Z",
        "2024-01-01T00:00:00+15:00",
        "2024-01-01T00:00:00+01:60",
        "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:00Z ",
        "24-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T24:00:00Z",
        "２０２４-01-01T00:00:00Z",
    ],
)
def test_what_is_no_date_with_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        instant(text)


def test_the_fold_version_moves_with_unicode() -> None:
    assert unicodedata.unidata_version in FOLD_VERSION
