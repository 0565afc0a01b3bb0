"""What every answer of the run had in common: errors, media types, ids. Looked at last."""

from __future__ import annotations

import orjson

from vestibule.judge.bench import Bench
from vestibule.judge.check import EVERYBODY, Role, Topic, Untried, check

TOPIC = Topic(900, "Every answer")


def _expect_never(bench: Bench, word: str, expected: str, row: str = "") -> None:
    seen = bench.watch.seen.get(word)
    if seen:
        times = f" ({seen.count} answers like it)" if seen.count > 1 else ""
        bench.fault(seen.example, expected, f"{seen.got}{times}", row)


@check(
    "R88",
    "R84",
    means="A broken request looks like a broken server, and is sent again and again.",
)
async def broken_bodies_are_refused(bench: Bench) -> None:
    """A body that is no JSON, no UTF-8, or no object is refused with 400."""
    name = bench.specimens.name().encode()
    for body in (b'{"userName": ', b'{"userName": "' + name + b'\xff\xfe"}', b"[]", b'"text"'):
        exchange = await bench.wire.send("POST", bench.users, body)
        if exchange.status != 400:
            bench.fault(exchange, "status 400 invalidSyntax", row="R88" if b"\xff" in body else "R84")


@check(
    "R90",
    means="Clients that ask for application/json (OneLogin does) are turned away.",
)
async def plain_json_is_taken(bench: Bench) -> None:
    """application/json is accepted, in Accept and as Content-Type, and so is no Accept at all."""
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    exchange = await bench.post(bench.users, bench.specimens.user(), headers)
    if exchange.status != 201:
        bench.fault(exchange, "status 201")
    for accept in ("application/json", "*/*", "application/scim+json; charset=utf-8, application/json;q=0.5"):
        shown = await bench.get(f"{bench.users}?count=1", {"Accept": accept})
        if shown.status != 200:
            bench.fault(shown, f"status 200 for Accept: {accept}")


@check(
    "R89",
    "R91",
    "W101",
    roles=(Role.RFC, Role.ENTRA),
    means="Entra wants application/scim+json, and says so in its requirements.",
)
async def the_media_type(bench: Bench) -> None:
    """Every answer with a body is application/scim+json where that is asked for."""
    _expect_never(bench, "media type", "Content-Type: application/scim+json")


@check(
    "R84",
    "R83",
    "W100b",
    roles=EVERYBODY,
    means="The administrator sees “unknown error” in Okta's tasks or Entra's log, and not what to do.",
)
async def errors_are_scim_errors(bench: Bench) -> None:
    """Every error has a SCIM Error body, its status a text equal to the HTTP status."""
    exchange = await bench.get(f"/{bench.prefix}")
    bench.expect(exchange.status >= 400, exchange, "an error for a path that leads nowhere")
    _expect_never(bench, "error body", "a SCIM Error in the body", "R83")
    _expect_never(bench, "error status", "status as a text, equal to the HTTP status")


@check(
    "R85",
    means="Clients that act on scimType do the wrong thing.",
)
async def scim_types_are_known(bench: Bench) -> None:
    """scimType is one of the words that the RFCs have."""
    if not bench.watch.errors:
        raise Untried("no error was seen")
    _expect_never(bench, "scimType", "a scimType of RFC 7644 §3.12 or RFC 9865 §2.1")


@check(
    "R86",
    roles=EVERYBODY,
    means="The client tries again for hours what can never succeed, or stops the whole job.",
)
async def nothing_breaks_the_server(bench: Bench) -> None:
    """Nothing in the whole run was answered with a fault of the server (5xx), or not at all."""
    nested = orjson.dumps(bench.specimens.user())[:-1] + b',"nickName":' + b"[" * 500 + b"]" * 500 + b"}"
    await bench.wire.send("POST", bench.users, nested)
    await bench.get(bench.users, filter="(" * 300 + 'userName eq "a"' + ")" * 300)
    await bench.get(f"{bench.users}/%00")
    _expect_never(bench, "server fault", "a status below 500, or 501")
    _expect_never(bench, "no answer", "an answer")


@check(
    "R87",
    means="Attackers learn which software runs, and administrators nothing.",
)
async def no_internals_are_shown(bench: Bench) -> None:
    """No answer holds a stack trace."""
    _expect_never(bench, "internals", "a sentence for the administrator")


@check(
    "R18",
    "R20",
    "R22",
    roles=EVERYBODY,
    means="Clients cannot tell what they are looking at, and drop extension attributes.",
)
async def every_resource_names_its_schemas(bench: Bench) -> None:
    """Every resource shown has schemas: not empty, none twice, and with the URN of each extension in it."""
    if not bench.watch.resources:
        raise Untried("no resource was seen")
    _expect_never(bench, "schemas", "schemas, not empty")
    _expect_never(bench, "schemas twice", "no URN twice", "R20")
    _expect_never(bench, "schemas incomplete", "each extension's URN in schemas", "R22")


@check(
    "R24",
    "R28",
    roles=EVERYBODY,
    means="Okta keeps the id and addresses everything later by it.",
)
async def every_resource_has_an_id(bench: Bench) -> None:
    """Every resource shown has an id, a text that is not empty and does not contain bulkId."""
    if not bench.watch.resources:
        raise Untried("no resource was seen")
    _expect_never(bench, "id", "an id")
    _expect_never(bench, "bulkId in id", "no bulkId in an id", "R28")


@check(
    "K7",
    roles=(Role.OKTA, Role.ENTRA),
    means="Okta waits five minutes where the time is missing, a date or a fraction, doubles it each time, and "
    "gives up for good after ten.",
)
async def retry_after_in_seconds(bench: Bench) -> None:
    """Every 429 has Retry-After in whole seconds."""
    if not bench.watch.retry_afters:
        raise Untried("no request was answered with 429")
    _expect_never(bench, "retry-after", "Retry-After in whole seconds")
