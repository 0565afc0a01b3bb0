"""Each example product, served as it says, has whom the identity provider sends in its own table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.products import PRODUCTS, Product, provision, served


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.name)
def test_a_person_arrives_in_the_products_own_table_and_leaves_it(product: Product, tmp_path: Path) -> None:
    with served(product, tmp_path) as base:
        assert provision(base, tmp_path) == [["hanako.sato@corp.test", 1]]


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.name)
def test_it_has_under_thirty_lines_of_its_own(product: Product) -> None:
    assert product.lines() < 30
