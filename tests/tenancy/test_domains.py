"""Which texts are domains."""

from __future__ import annotations

import pytest

from vestibule.tenancy.domains import domain_name
from vestibule.tenancy.errors import BadDomain


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("example.com", "example.com"),
        (" Corp.Test. ", "corp.test"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("a.b.c", "a.b.c"),
    ],
)
def test_a_domain(text: str, name: str) -> None:
    assert domain_name(text) == name


@pytest.mark.parametrize(
    "text",
    ["", "com", "a@example.com", "https://example.com", "-a.com", "a..com", "a b.com", f"{'x' * 64}.com"],
)
def test_no_domain(text: str) -> None:
    with pytest.raises(BadDomain):
        domain_name(text)
