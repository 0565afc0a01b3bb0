"""From ``vestibule serve`` on an empty database to the first provisioned person, by what the console shows.

``python -m tests.console.first_user`` tells the steps and the seconds; it exits 1 where they take 90 or more. The
server is started as anybody starts it. Then somebody follows links and fills in forms that stand on the pages,
and copies Base URL and token from them into the sending side, which plays Okta's part.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import httpx2
from typer.testing import CliRunner

from vestibule.cli.main import app

LIMIT_SECONDS = 90.0
_VESTIBULE = str(Path(sys.executable).with_name("vestibule"))
_WHO = "mika.laine@corp.example"
_COMPANY = {
    "people.csv": f"login,email,firstName,lastName,displayName\n{_WHO},{_WHO},Mika,Laine,Mika Laine\n",
}


@dataclass(slots=True)
class _Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)
    method: str = "get"


class _Shown(HTMLParser):
    """What somebody without scripts can use of a page: links, forms with their labels, texts with an id."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: dict[str, str] = {}
        self.forms: list[_Form] = []
        self.labels: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(given.get("action", ""), method=given.get("method", "get")))
        if tag in ("input", "select", "textarea") and "name" in given:
            self.names[given.get("id", "")] = given["name"]
            if self.forms and given.get("type") not in ("checkbox", "file"):
                self.forms[-1].fields.setdefault(given["name"], given.get("value", ""))
        if tag in ("a", "button", "label", "code"):
            self._open.append((tag, given, []))

    def handle_data(self, data: str) -> None:
        for _, _, said in self._open:
            said.append(data)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            return
        _, given, said = self._open.pop()
        text = given.get("aria-label") if tag != "code" else None
        text = text or " ".join("".join(said).split())
        if tag == "a":
            self.links.setdefault(text, given.get("href", ""))
        elif tag == "button" and self.forms:
            self.forms[-1].buttons.append(text)
        elif tag == "label":
            self.labels[text] = given.get("for", "")
        elif given.get("id"):
            self.texts[given["id"]] = text


@dataclass(slots=True)
class Browser:
    """Somebody who clicks, and counts it: ``clicks`` is what they did in the console."""

    client: httpx2.Client
    clicks: list[str] = field(default_factory=list)
    _at: str = ""
    _html: str = ""

    def open(self, address: str) -> None:
        """An address that was told."""
        self._took(self.client.get(address), f"open {address.rpartition('/')[0]}/…")

    def follow(self, link: str) -> None:
        """A link that stands on the page."""
        links = _Shown(self._html).links
        assert link in links, (link, sorted(links))
        self._took(self.client.get(urljoin(self._at, links[link])), f"follow {link}")

    def press(self, button: str, fields: Mapping[str, str] | None = None) -> None:
        """A button of a form on the page, with these fields, by their labels, filled in."""
        shown = _Shown(self._html)
        form = next((form for form in shown.forms if button in form.buttons), None)
        assert form is not None, (button, [form.buttons for form in shown.forms])
        typed = {shown.names[shown.labels[label]]: value for label, value in (fields or {}).items()}
        sent = {**form.fields, **typed}
        address = urljoin(self._at, form.action or self._at)
        assert form.method == "post"
        self._took(self.client.post(address, data=sent), f"press {button}")

    def copy(self, id: str) -> str:
        """The value beside a copy button."""
        return _Shown(self._html).texts[id]

    def sees(self, text: str) -> bool:
        """Whether that stands on the page."""
        return text in self._html

    def _took(self, answer: httpx2.Response, what: str) -> None:
        assert answer.status_code == 200, (what, answer.status_code, answer.text[:2000])
        self.clicks.append(what)
        self._at, self._html = str(answer.url), answer.text


@dataclass(slots=True)
class Run:
    """What it took: clicks in the console, commands of the sending side, and whether the person is there."""

    clicks: list[str]
    commands: list[str]
    arrived: bool
    seconds: float


#: Runs ``vestibule`` with these words, environment and standard input; exit code and what it said.
Command = Callable[[Sequence[str], Mapping[str, str], str], tuple[int, str]]


def in_a_shell(words: Sequence[str], environment: Mapping[str, str], told: str) -> tuple[int, str]:
    """As anybody runs it."""
    done = subprocess.run(
        [_VESTIBULE, *words], env=dict(environment), input=told, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def in_this_process(words: Sequence[str], environment: Mapping[str, str], told: str) -> tuple[int, str]:
    """The same without starting an interpreter."""
    done = CliRunner().invoke(app, list(words), env=environment, input=told)
    return done.exit_code, f"{done.output} {done.exception or ''}"


def from_nothing(folder: Path, command: Command = in_a_shell) -> Run:
    """All of it; everything is kept in ``folder``."""
    began = time.monotonic()
    environment = {**os.environ, "VESTIBULE_DATABASE": f"sqlite:///{folder / 'vestibule.db'}"}
    environment["PYTHONUNBUFFERED"] = "1"
    commands: list[str] = []

    def vestibule(*words: str, told: str = "") -> None:
        commands.append(" ".join(words))
        code, said = command(words, environment, told)
        assert code == 0, (words, said)

    company = folder / "company"
    company.mkdir()
    for name, text in _COMPANY.items():
        (company / name).write_text(text, "utf-8")
    with (
        _serving(environment, folder) as welcome,
        httpx2.Client(follow_redirects=True, timeout=60, trust_env=False) as client,
    ):
        browser = Browser(client)
        base_url, token = _set_up(browser, welcome)
        vestibule("directory", "import", str(company))
        vestibule(
            "app", "add", "sales", "--profile", "getaccept", "--url", base_url, "--token", "-", told=token
        )
        vestibule("app", "test", "sales")
        vestibule("app", "assign", "sales", "--person", _WHO)
        vestibule("app", "apply", "sales")
        browser.follow("People")
        return Run(browser.clicks, commands, browser.sees("Mika Laine"), time.monotonic() - began)


def _set_up(browser: Browser, welcome: str) -> tuple[str, str]:
    """From the link that the first start prints to Base URL and token."""
    browser.open(welcome)
    browser.press(
        "Sign in",
        {
            "E-mail address": "op@corp.example",
            "Name": "Operator",
            "Choose a password": "four words that rhyme badly",
        },
    )
    browser.follow("Customers")
    browser.follow("New tenant")
    browser.press("Make the tenant", {"Name": "Example Sales", "Product": "getaccept"})
    browser.press("Confirm that it is set up")
    browser.press("See their screens")
    browser.follow("Settings")
    browser.follow("SCIM user provisioning: Settings")
    base_url = browser.copy("base-url")
    browser.press("Create an access token")
    token = browser.copy("secret")
    browser.press("Save")
    return base_url, token


@contextmanager
def _serving(environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """The server on a free port; the one-time link that it prints."""
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [_VESTIBULE, "serve", "--port", "0"], env=dict(environment), stdout=said, stderr=said, cwd=folder
        )
    try:
        while "Stop with Ctrl-C." not in (text := (folder / "said").read_text("utf-8")):
            assert process.poll() is None, text
            time.sleep(0.02)
        link = re.search(r"http\S+/welcome/\S+", text)
        assert link, text
        yield link[0]
    finally:
        process.terminate()
        process.wait(30)


def main() -> int:
    """Tell what was done and how long it took; 1 where that is too long."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = from_nothing(Path(folder))
    for number, what in enumerate((*run.clicks, *(f"vestibule {words}" for words in run.commands)), 1):
        print(f"{number:3} {what}")
    print(f"From vestibule serve to the first person: {run.seconds:.1f} s (at most {LIMIT_SECONDS:.0f}).")
    return 0 if run.arrived and run.seconds < LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
