"""A Chromium for each module and one serving installation for a session of tests; every page is looked at for faults."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.console.okta import Okta
from tests.console.serving import Served, served
from vestibule.sign_in.administrator import Administrator
from vestibule.tenancy.tenant import Tenant


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The installation that listens."""
    with served(
        tmp_path_factory.mktemp("console"), security_events=True, allowed_networks="127.0.0.0/8"
    ) as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium. It ends with its module: playwright keeps an event loop in this thread meanwhile."""
    path = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("machine: a Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        browser.close()


class Site(Protocol):
    """What somebody signs in to: either side."""

    url: str

    def link(self, one: Administrator) -> str:
        """Where they sign in, once."""
        ...


class Person:
    """Somebody at the browser. What the browser complains of fails the test at its end."""

    def __init__(self, browser: Browser, server: Site, **options: object) -> None:
        usual = {"base_url": server.url, "viewport": {"width": 1280, "height": 800}, "locale": "en-US"}
        self._context = browser.new_context(**{**usual, **options})  # type: ignore[arg-type]
        self._context.set_default_timeout(15_000)
        self.page: Page = self._context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._server = server

    def _hear(self, message: ConsoleMessage) -> None:
        # Answers of 4xx and 5xx are told there as well; tests look at them themselves.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def sign_in(self, one: Administrator) -> None:
        """By a link, as it is handed over."""
        self.page.goto(self._server.link(one))
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(re.compile(r"/(tenants|operator|applications|$)"))

    def open(self, path: str) -> None:
        """A page by its address."""
        self.page.goto(path)

    def menu(self, *words: str) -> None:
        """Click through the menu."""
        for word in words:
            self.page.get_by_role("link", name=word, exact=True).first.click()

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def sees(self, text: str) -> None:
        """The text is on the page, or comes within some seconds."""
        self.page.get_by_text(text).first.wait_for()

    def close(self) -> None:
        """The end: nothing was complained of."""
        self._context.close()
        assert not self.complaints, self.complaints


@pytest.fixture
def person(chromium: Browser, server: Served) -> Iterator[Person]:
    """Somebody at a browser of their own."""
    one = Person(chromium, server)
    yield one
    one.close()


@pytest.fixture
def sales(server: Served, request: pytest.FixtureRequest) -> Tenant:
    """A GetAccept entity of this test's own, sign-on confirmed, in draft."""
    name = re.sub(r"[^a-z0-9]+", " ", request.node.name.removeprefix("test_").lower()).strip()[:40]
    return server.tenant(f"Sales {name}", "getaccept")


@pytest.fixture
def mia(server: Served, sales: Tenant) -> Administrator:
    """Who looks after it."""
    return server.administrator(f"mia@{sales.slug[:40].strip('-')}.test", sales)


@pytest.fixture
def okta(server: Served, sales: Tenant) -> Okta:
    """An identity provider that is connected to it."""
    return Okta(server.base(sales), server.token(sales))


def shot(page: Page, path: Path) -> None:
    """A picture of the whole page."""
    page.screenshot(path=path, full_page=True)
