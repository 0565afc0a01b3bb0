"""Every page of the sending side: no violation that axe finds, none of the CSP, nothing wider than a small telephone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser

from tests.console.conftest import Person
from tests.console.directory import Directory, directory_served
from tests.console.filled_directory import NAMES, filled_directory
from tests.console.serving import Served
from tests.console.test_looks import look


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """The example's company."""
    with directory_served(tmp_path_factory.mktemp("directory")) as one:
        yield one


@pytest.fixture(scope="module")
def paths(directory: Directory, server: Served) -> Mapping[str, str]:
    """Its pages."""
    tenant = server.tenant("Looked at Sales", "getaccept")
    return filled_directory(directory, server.base(tenant), server.token(tenant))


@pytest.fixture(scope="module")
def narrow(chromium: Browser, directory: Directory, paths: Mapping[str, str]) -> Iterator[Person]:
    """Its administrator, at night, on a telephone."""
    one = Person(chromium, directory, color_scheme="dark", viewport={"width": 360, "height": 740})
    one.sign_in(directory.administrator("night@looks.test"))
    yield one
    one.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_in_the_dark_on_a_telephone(
    narrow: Person, directory: Directory, paths: Mapping[str, str], name: str
) -> None:
    look(narrow, f"{directory.url}{paths[name]}")


def test_scripts_off_forms_do(chromium: Browser, directory: Directory, paths: Mapping[str, str]) -> None:
    one = Person(chromium, directory, java_script_enabled=False)
    one.sign_in(directory.administrator("plain@looks.test"))
    one.menu("Directory")
    one.page.get_by_label("Search people").fill("hanako.sato2")
    one.press("Search")
    assert one.page.locator("tbody tr").count() == 1
    one.menu("Plans")
    one.press("Make a plan")
    one.sees("The plan is made.")
    one.close()
