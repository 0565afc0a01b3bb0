"""What is handed on: nothing secret in it, nothing of the server's that a browser would run."""

from __future__ import annotations

import base64
import json
from html.parser import HTMLParser

import pytest

from tests.judge.crooked import Answer, Asked, Crooked, serving
from vestibule.judge.check import Fault, Role, Topic, check
from vestibule.judge.exchange import Exchange
from vestibule.judge.html_report import html_report
from vestibule.judge.redaction import authorization_of, redactor
from vestibule.judge.report import Outcome, Report, Result, outcome_of
from vestibule.judge.rows import Level
from vestibule.judge.run import Assignment, judge

BEGAN = "2026-01-02T03:04:05Z"
TOKEN = "s3cret/token+of=this&test"
SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'"


class Page(HTMLParser):
    """Which tags there are, whether they are closed, and which attributes could run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.add(tag)
        if tag not in ("meta", "br", "img", "circle", "rect"):
            self.open.append(tag)
        for name, value in attrs:
            leads_elsewhere = name == "href" and not (value or "").startswith("#")
            if name.startswith("on") or name == "src" or leads_elsewhere:
                self.dangers.append(name)

    def handle_endtag(self, tag: str) -> None:
        """It closes the last one that is open, or the page is broken."""
        if tag not in ("circle", "rect"):
            assert self.open.pop() == tag


async def echoing(asked: Asked) -> Answer | None:
    """Says back what it was shown, token and all, with a script around it, wherever it can."""
    if asked.method == "GET" and asked.path == "/Users" and "filter" not in asked.query:
        return None
    told = f"{SCRIPT} {asked.headers.get('authorization')} {TOKEN}"
    body = json.dumps({"schemas": [SCRIPT], "detail": told, "status": told, "scimType": SCRIPT, TOKEN: told})
    return 500, body.encode(), {"Content-Type": "text/html", "Location": told.replace("\n", "")}


async def report_of_an_echo() -> Report:
    """A run against a server that echoes everything."""
    async with serving(Crooked(instead=echoing)) as address:
        return await judge(Assignment(address, authorization_of(TOKEN), tuple(Role)), began=BEGAN)


async def test_the_token_is_nowhere_and_no_markup_gets_through() -> None:
    report = await report_of_an_echo()
    assert report.of(Outcome.FAILED)
    redacted = redactor(TOKEN)
    page, document = html_report(report, redacted), json.dumps(report.as_document(redacted))
    for text in (page, document):
        assert TOKEN not in text
        assert "s3cret" not in text
        assert "[redacted]" in text
    assert "&lt;script&gt;alert(" in page
    read = Page()
    read.feed(page)
    assert not read.open
    assert not read.dangers
    assert not read.tags & {"script", "img", "iframe", "link", "object"}


def test_every_spelling_of_a_secret_is_hidden() -> None:
    plain = "user:p4ssw0rd-of-basic"
    basic = f"Basic {base64.b64encode(plain.encode()).decode()}"
    redacted = redactor(basic)
    for text in (basic, basic.partition(" ")[2], plain, "p4ssw0rd-of-basic"):
        assert redacted(f"before {text} after") == "before [redacted] after"
    assert redactor(TOKEN)("s3cret%2Ftoken%2Bof%3Dthis%26test") == "[redacted]"
    assert redactor("")("nothing to hide") == "nothing to hide"
    assert redactor("an")("an innocent banana") == "an innocent banana"


@pytest.mark.parametrize(
    ("token", "header"), [("abc", "Bearer abc"), ("Basic dXNlcjpwYXNz", "Basic dXNlcjpwYXNz")]
)
def test_a_token_without_a_scheme_is_a_bearer_token(token: str, header: str) -> None:
    assert authorization_of(token) == header


@pytest.mark.parametrize(
    ("level", "outcome", "status"), [(Level.MUST, Outcome.FAILED, 1), (Level.SHOULD, Outcome.WARNED, 2)]
)
def test_the_exit_status_follows_the_level(level: Level, outcome: Outcome, status: int) -> None:
    fault = Fault("this", "that")
    assert outcome_of(level, [fault]) is outcome
    assert outcome_of(level, []) is Outcome.PASSED
    report = Report("https://scim.example.com", (Role.RFC,), BEGAN, "vcheck-0123456789")
    assert report.exit_status == 0
    report.results.append(Result(Topic(1, "Test"), _declared(level), outcome, (fault,)))
    assert report.exit_status == status
    report.stopped = "the time is over"
    assert report.exit_status == 1


def test_a_long_body_is_cut_and_one_that_is_no_json_is_shown() -> None:
    exchange = Exchange("GET", "https://scim.example.com/Users", {}, b"", 200, {}, b"<" * 9000)
    told = exchange.as_document(str)["came"]["body"]
    assert len(told) < 4100
    assert told.endswith("5,000 more")


def _declared(level: Level):  # type: ignore[no-untyped-def]
    async def tries(bench: object) -> None:
        """Something."""

    return check("R1", means="Nothing.", level=level)(tries)  # type: ignore[arg-type]
