"""Slugs: what may stand in a Tenant URL, and what a name suggests."""

from __future__ import annotations

import pytest

from vestibule.tenancy.tenant import is_slug, slug_from


@pytest.mark.parametrize("text", ["ab", "acme", "acme-2", "0-0", "a" * 63])
def test_a_slug(text: str) -> None:
    assert is_slug(text)


@pytest.mark.requirement("K9")
@pytest.mark.parametrize("text", ["", "a", "Acme", "acme_2", "acme.2", "a" * 64, "büro", "acme\n", "a b"])
def test_no_slug(text: str) -> None:
    assert not is_slug(text)


@pytest.mark.requirement("K9")
@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme", "acme"),
        ("Acme Corp. (Tokyo)", "acme-corp-tokyo"),
        ("Bücher & Söhne", "bucher-sohne"),
        ("a_b", "a-b"),
        ("x" * 80, "x" * 63),
    ],
)
def test_a_name_suggests_its_slug(name: str, slug: str) -> None:
    assert slug_from(name) == slug


def test_a_name_without_latin_letters_gets_one_of_its_own() -> None:
    assert is_slug(slug_from("株式会社"))
    assert slug_from("株式会社") != slug_from("합자회사")
