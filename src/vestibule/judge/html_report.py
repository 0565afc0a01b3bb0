"""The report that one hands to a customer: one HTML file that needs nothing else.

Whatever came from the server, or from whoever called, is escaped and has the token hidden.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from html import escape
from importlib import resources
from typing import Any
from urllib.parse import unquote

from vestibule.judge.check import Fault
from vestibule.judge.picture import CLASSES, bars, legend, ring
from vestibule.judge.report import CLEAN, DOUBTFUL, Outcome, Report, Result, first_row, severity

Redacted = Callable[[str], str]

_ROLES = {"rfc": "the RFCs", "okta": "Okta", "entra": "Microsoft Entra ID"}


def html_report(report: Report, redacted: Redacted) -> str:
    """The whole page. ``redacted`` hides the token in a text."""

    def shown(text: object) -> str:
        return escape(redacted(str(text)))

    style = resources.files("vestibule.judge").joinpath("report.css").read_text("utf-8")
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            # The page runs and loads nothing, whatever a server managed to put into it.
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>SCIM check of {shown(report.url)}</title>",
            f"<style>\n{style}</style>\n</head>\n<body>\n<main>",
            *_head(report, shown),
            *_findings(report, redacted, shown),
            *_tables(report, shown),
            *_foot(report, shown),
            "</main>\n</body>\n</html>\n",
        )
    )


def _head(report: Report, shown: Callable[[object], str]) -> Iterator[str]:
    tone = {CLEAN: "passed", DOUBTFUL: "warned"}.get(report.exit_status, "failed")
    yield '<p class="over">SCIM 2.0 check</p>'
    yield f"<h1>How this server answers {shown(_judged_as(report))}</h1>"
    yield f'<p class="url">{shown(report.url)}</p>'
    yield f'<div class="verdict {tone}">{shown(report.verdict())}</div>'
    facts = {
        "Tried on": f"{report.began[:10]} {report.began[11:16]} UTC",
        "Checks": len(report.results),
        "Requests": report.requests,
        "Took": f"{report.seconds:.0f} seconds",
    }
    yield '<dl class="facts">'
    yield from (f"<div><dt>{name}</dt><dd>{shown(value)}</dd></div>" for name, value in facts.items())
    yield "</dl>"
    yield f'<div class="picture"><div>{ring(report)}{legend(report)}</div>{bars(report)}</div>'


def _judged_as(report: Report) -> str:
    names = [_ROLES[str(role)] for role in report.roles]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _findings(report: Report, redacted: Redacted, shown: Callable[[object], str]) -> Iterator[str]:
    for title, outcome in (("What is broken", Outcome.FAILED), ("What is not followed", Outcome.WARNED)):
        results = report.by_weight(outcome)
        if results:
            yield f"<h2>{title}</h2>"
            yield from _index(results, shown)
            for result in results:
                for at, fault in enumerate(result.faults):
                    yield from _finding(result, fault, redacted, shown, "" if at else result.check.name)


def _index(results: list[Result], shown: Callable[[object], str]) -> Iterator[str]:
    """What follows, a line each: nobody reads forty requests to learn what they are about."""
    yield '<ol class="index">'
    for result in results:
        check, times = result.check, f" × {len(result.faults)}" if len(result.faults) > 1 else ""
        rows = ", ".join(dict.fromkeys(first_row(check, fault) for fault in result.faults))
        yield f'<li class="{CLASSES[result.outcome]}"><span class="row">{shown(rows)}</span>'
        yield f'<a href="#{escape(check.name)}">{shown(check.demand)}</a>'
        yield f'<span class="weight">{severity(check)}{times}</span></li>'
    yield "</ol>"


def _finding(
    result: Result, fault: Fault, redacted: Redacted, shown: Callable[[object], str], anchor: str
) -> Iterator[str]:
    check = result.check
    named = f' id="{escape(anchor)}"' if anchor else ""
    yield f'<section class="finding {CLASSES[result.outcome]}"{named}>'
    tags = (first_row(check, fault), check.sources[0], result.topic.title, f"weight: {severity(check)}")
    yield f'<p class="tags"><span class="tag strong">{check.level}</span>'
    yield "".join(f'<span class="tag">{shown(tag)}</span>' for tag in tags) + "</p>"
    yield f"<h3>{shown(check.demand)}</h3>"
    yield f"<dl><dt>Expected</dt><dd>{shown(fault.expected)}</dd><dt>Came</dt><dd>{shown(fault.got)}</dd>"
    yield f'<dt>Means</dt><dd class="means">{shown(check.means)}</dd></dl>'
    for exchange in fault.exchanges:
        yield from _exchange(exchange.as_document(redacted))
    yield "</section>"


def _exchange(told: dict[str, Any]) -> Iterator[str]:
    """One request and its answer; ``told`` is redacted already."""
    sent, came = told["sent"], told["came"]
    line = f"{sent['method']} {sent['url']}"
    # Percent-encoded filters are for machines; as they went over the wire they stand below.
    readable = f"{sent['method']} {unquote(sent['url'])}"
    answer = f"status {came['status']}" if came["status"] else came.get("failure", "no answer")
    yield f'<details class="exchange" open><summary><b>{escape(readable)}</b> → {escape(answer)}, '
    yield f"{came['milliseconds']} ms</summary>"
    yield f'<div class="both"><div><p>Sent</p><pre>{escape(_raw(line, sent))}</pre></div>'
    yield f"<div><p>Came</p><pre>{escape(_raw(answer, came))}</pre></div></div></details>"


def _raw(first: str, told: dict[str, Any]) -> str:
    headers = [f"{name}: {value}" for name, value in (told.get("headers") or {}).items()]
    body = told.get("body")
    text = body if isinstance(body, str) or body is None else json.dumps(body, ensure_ascii=False, indent=2)
    return "\n".join([first, *headers, *(["", text] if text else [])])


def _tables(report: Report, shown: Callable[[object], str]) -> Iterator[str]:
    yield "<h2>Everything that was tried</h2>"
    for topic in dict.fromkeys(result.topic for result in report.results):
        results = [result for result in report.results if result.topic is topic]
        passed = sum(result.outcome is Outcome.PASSED for result in results)
        yield f"<table><caption>{shown(topic.title)}<span>{passed} of {len(results)} passed</span></caption>"
        for result in results:
            reason = f"<small>{shown(result.reason)}</small>" if result.reason else ""
            yield f'<tr><td class="mark {CLASSES[result.outcome]}">{result.outcome}</td>'
            yield f'<td class="row">{shown(result.check.rows[0])}</td>'
            yield f"<td>{shown(result.check.demand)}{reason}</td></tr>"
        yield "</table>"


def _foot(report: Report, shown: Callable[[object], str]) -> Iterator[str]:
    if report.left:
        yield "<h2>What could not be removed</h2><table>"
        for made in report.left:
            yield f"<tr><td>{shown(made.endpoint)}/{shown(made.id)}</td><td>{shown(made.name)}</td></tr>"
        yield "</table>"
    yield (
        "<footer><p><b>How to read this.</b> <i>Failed</i>: a MUST of the named source is broken. <i>Warned</i>: a "
        "SHOULD is not followed. <i>Not offered</i>: the server says that it does not do this, and need not. R rows "
        "are demands of RFC 7643, 7644 and 9865; K and W rows are what identity providers in the field demand and "
        f"send.</p><p>Everything that was created had a name beginning with {shown(report.prefix)}; nothing else was "
        "changed or removed.</p><p>Made by vestibule check.</p></footer>"
    )
