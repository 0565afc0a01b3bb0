"""Every page: no violation that axe finds, none of the CSP, nothing wider than a small telephone, in dark too."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import pytest
from playwright.sync_api import Browser

from tests.console.conftest import Person
from tests.console.filled import PAGES_OF_OPERATORS, Filled, filled
from tests.console.serving import Served

_AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
_NARROW = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def tenant(server: Served) -> Filled:
    """A tenant with people, teams, refusals and reviews."""
    return filled(server)


@pytest.fixture(scope="module")
def narrow(chromium: Browser, server: Served, tenant: Filled) -> Iterator[Person]:
    """Its administrator, at night, on a telephone."""
    one = Person(chromium, server, color_scheme="dark", bypass_csp=False)
    one.page.set_viewport_size(_NARROW)  # type: ignore[arg-type]
    one.sign_in(server.administrator("night@looks.test", tenant.tenant, tenant.office))
    yield one
    one.close()


@pytest.fixture(scope="module")
def wide(chromium: Browser, server: Served, tenant: Filled) -> Iterator[Person]:
    """An operator who looks at its screens, at a desk."""
    one = Person(chromium, server)
    one.sign_in(server.do(server.stage.operator("day@looks.test")))
    one.open(f"/operator/customers/{tenant.tenant.slug}")
    one.press("See their screens")
    yield one
    one.close()


def look(person: Person, path: str) -> None:
    """Nothing is wrong with that page."""
    person.complaints.clear()
    answer = person.page.goto(path)
    assert answer is not None
    assert answer.status == 200, path
    page = person.page
    too_wide = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
        " && !e.closest('.scroll, pre, .nav, .unseen, .skip, .steps code')).map(e => e.tagName + '.' + e.className).slice(0, 5)"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), too_wide
    page.evaluate(_AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    told = [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]
    assert not told, "\n".join(told)
    assert not person.complaints, person.complaints


@pytest.mark.parametrize("name", Filled.NAMES)
def test_a_page_in_the_dark_on_a_telephone(narrow: Person, tenant: Filled, name: str) -> None:
    look(narrow, tenant.path(name))


@pytest.mark.parametrize("name", ["overview", "scim", "person", "story", "guide", "webhook"])
def test_a_page_at_a_desk(wide: Person, tenant: Filled, name: str) -> None:
    look(wide, tenant.path(name))


@pytest.mark.parametrize("path", PAGES_OF_OPERATORS)
def test_a_page_of_operators(wide: Person, path: str) -> None:
    look(wide, path)


def test_the_pages_before_a_session(person: Person, server: Served, tenant: Filled) -> None:
    look(person, "/sign-in")
    look(person, server.link(server.administrator("new@looks.test", tenant.tenant)))


def test_scripts_off_forms_do(chromium: Browser, server: Served, tenant: Filled) -> None:
    one = Person(chromium, server, java_script_enabled=False)
    one.sign_in(server.administrator("plain@looks.test", tenant.tenant))
    one.menu("People")
    one.page.get_by_label("Search people").fill("hanako")
    one.press("Search")
    assert one.page.locator("tbody tr").count() == 1
    one.close()


def test_japanese_is_chosen_by_the_browser_and_kept_by_choice(
    chromium: Browser, server: Served, tenant: Filled
) -> None:
    one = Person(chromium, server, locale="ja-JP")
    one.page.goto(server.link(server.administrator("ja@looks.test", tenant.tenant)))
    one.page.locator("main button").click()
    one.page.get_by_role("link", name="人々", exact=True).click()
    assert one.page.evaluate("document.documentElement.lang") == "ja"
    one.close()
