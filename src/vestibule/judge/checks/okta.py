"""What Okta does: its own SPEC suite step by step, then its sequences for people and groups."""

from __future__ import annotations

from typing import Any

from vestibule.judge.bench import Bench, Made
from vestibule.judge.check import NotOffered, Role, Topic, Untried, check
from vestibule.judge.exchange import Exchange
from vestibule.judge.rows import Level

TOPIC = Topic(200, "As Okta")

_OKTA = (Role.OKTA,)
#: Okta's other headers (W2); not its name, for a server may adapt to that, and would be another one afterwards.
HEADERS = {
    "Accept-Charset": "utf-8",
    "Content-Type": "application/scim+json; charset=utf-8",
}
#: The SPEC suite's creates use this mix (W3).
_SPEC_CREATE = {
    "Content-Type": "application/json",
    "Accept": "application/scim+json; charset=utf-8",
}
#: S10 and the older suites.
_SLOW = 0.6


async def _get(bench: Bench, path: str, **query: Any) -> Exchange:
    return await bench.get(path, HEADERS, **query)


async def _lookup(bench: Bench, name: str) -> Exchange:
    return await _get(bench, bench.users, filter=f'userName eq "{name}"', startIndex=1, count=100)


def _body(bench: Bench, **attributes: Any) -> dict[str, Any]:
    """Okta's default create (W21)."""
    body = bench.specimens.user(**attributes)
    body |= {"locale": "en-US", "groups": [], "password": "k3Tq9ab1"}
    return body


async def _created(bench: Bench, **attributes: Any) -> Made:
    exchange = await bench.post(bench.users, _body(bench, **attributes), HEADERS)
    return await bench.made(bench.need(exchange, 201))


@check(
    "K2",
    roles=_OKTA,
    means="Okta cannot work with this server at all: it looks for everybody by filter before it creates them.",
)
async def what_okta_cannot_do_without(bench: Bench) -> None:
    """The server offers filters."""
    bench.expect(
        bench.server.offers("filter"), bench.server.configuration, "filter.supported true", "filter is denied"
    )


@check(
    "W40",
    "K5",
    roles=_OKTA,
    level=Level.SHOULD,
    means="Only apps made with Okta's wizard work, which use PUT: apps of the catalogue deactivate by PATCH.",
)
async def catalogue_apps_need_patch(bench: Bench) -> None:
    """The server offers PATCH."""
    bench.expect(
        bench.server.offers("patch"), bench.server.configuration, "patch.supported true", "patch is denied"
    )


@check(
    "K4",
    "W7",
    "W54",
    roles=_OKTA,
    means="The first step of Okta's SPEC suite: the submission to its catalogue is refused.",
)
async def spec_1_first_user(bench: Bench) -> None:
    """S1, S2: the first person of the list has id, names, userName, active and an address, and so by id."""
    await bench.shared("plain")
    listed = await _get(bench, bench.users, count=1, startIndex=1)
    bench.expect(listed.is_list and bool(listed.resources), listed, "a list that is not empty")
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        value = listed.document.get(name)
        bench.expect(isinstance(value, int), listed, f"{name} as a number", f"{value!r}", row="W54")
    if not bench.wire.ledger.is_ours(listed.resources[0]):
        raise Untried(
            "the first person of the list is not of this run: make sure that they have names and an address"
        )
    one = bench.need(await _get(bench, f"{bench.users}/{listed.ids[0]}"), 200)
    for exchange, document in ((listed, listed.resources[0]), (one, one.document)):
        names, emails = document.get("name") or {}, document.get("emails") or [{}]
        missing = [key for key in ("id", "userName") if not document.get(key)]
        missing += [f"name.{key}" for key in ("familyName", "givenName") if not names.get(key)]
        missing += [] if emails[0].get("value") else ["emails[0].value"]
        missing += [] if isinstance(document.get("active"), bool) else ["active"]
        bench.expect(
            not missing,
            exchange,
            "id, userName, both names, active and an address",
            f"no {', '.join(missing)}",
        )


@check(
    "K2",
    "W17",
    roles=_OKTA,
    needs=("filter",),
    means="Okta looks before it creates: without an empty answer nobody is ever assigned.",
)
async def spec_3_nobody_of_that_name(bench: Bench) -> None:
    """S3, S5: the lookup of a name that nobody has answers 200 with totalResults 0."""
    exchange = await _lookup(bench, f"{bench.prefix}-Nobody@Example.com")
    bench.expect(exchange.is_list and exchange.total == 0, exchange, "status 200 and totalResults 0")


@check(
    "W25",
    "W100d",
    "K2",
    roles=_OKTA,
    needs=("filter",),
    means="Okta's SPEC suite fails; in the field a person's name is rewritten or the person created twice.",
)
async def spec_6_create_in_mixed_case(bench: Bench) -> None:
    """S6 to S9: a create is 201 with everything as sent, letter case kept; again it is 409; in capitals it is found."""
    body = bench.specimens.user(userName=f"{bench.prefix}-Runscope-User@Example.com", externalId=None)
    exchange = await bench.post(bench.users, body, _SPEC_CREATE)
    bench.expect_status(exchange, 201)
    made = await bench.made(exchange)
    shown = await _get(bench, made.path)
    for answer in (exchange, shown):
        document = answer.document
        bench.expect(
            document.get("userName") == body["userName"], answer, f"userName {body['userName']}", row="W100d"
        )
        if "name" in body:
            name = document.get("name") or {}
            same = all(name.get(key) == value for key, value in body["name"].items())
            bench.expect(same, answer, "both names as sent", f"{name!r}")
        bench.expect(document.get("active") is True, answer, "active true", f"{document.get('active')!r}")
        bench.expect(
            bench.kind("User").urn in (document.get("schemas") or ()), answer, "the core URN in schemas"
        )
    again = await bench.post(bench.users, body, _SPEC_CREATE)
    bench.expect_status(again, 409)
    capitals = await _lookup(bench, body["userName"].upper())
    bench.expect(
        capitals.is_list and capitals.ids == [made.id], capitals, "that person, in capitals too", row="K2"
    )


@check(
    "W100b",
    roles=_OKTA,
    means="The last steps of the SPEC suite fail; administrators see no reason in Okta's tasks.",
)
async def spec_11_errors_in_words(bench: Bench) -> None:
    """S4, S11, S12: 404 and 401 carry a SCIM Error with a detail; 401 also for an Authorization without a scheme."""
    answers = [(404, await _get(bench, f"{bench.users}/00919288221112222"))]
    if bench.wire.authorization:
        path = f"{bench.users}?filter=userName%20eq%20%22{bench.prefix}%22"
        answers.append((401, await bench.wire.send("GET", path, headers=HEADERS, authorization="non-token")))
    for status, exchange in answers:
        bench.expect_status(exchange, status)
        bench.expect(exchange.is_scim_error, exchange, "a SCIM Error")
        bench.expect(bool(exchange.document.get("detail")), exchange, "a detail that is not empty")
        bench.expect(
            str(exchange.document.get("status")) == str(status), exchange, f"status {status} in the body"
        )


@check(
    "W5",
    roles=_OKTA,
    means="The button “Test API Credentials” fails: provisioning cannot be switched on.",
)
async def connection_test(bench: Bench) -> None:
    """The two reads of the connection test are answered with lists, also where there are no groups."""
    for path, count in ((bench.users, 2), ("/Groups", 100)):
        exchange = await _get(bench, path, startIndex=1, count=count)
        if not exchange.is_list:
            bench.fault(exchange, "status 200 with a ListResponse")


@check(
    "K2",
    roles=_OKTA,
    level=Level.SHOULD,
    means="The SPEC suite marks the step as failed.",
)
async def groups_are_quick(bench: Bench) -> None:
    """S10: GET /Groups answers within 600 ms."""
    exchange = await _get(bench, "/Groups")
    bench.need(exchange, 200)
    bench.expect(
        exchange.seconds < _SLOW, exchange, "an answer within 600 ms", f"{exchange.seconds * 1000:.0f} ms"
    )


@check(
    "W55",
    roles=_OKTA,
    means="Okta's import goes on 100 further, whatever came: those in between are skipped, and count as gone.",
)
async def pages_of_a_hundred(bench: Bench) -> None:
    """count=100 gives a hundred people where there are as many."""
    exchange = bench.need(await _get(bench, bench.users, startIndex=1, count=100), 200)
    if not isinstance(exchange.total, int) or exchange.total < 100:
        # So few are there that the page must be everybody.
        bench.expect(len(exchange.resources) == exchange.total, exchange, "everybody on one page")
        return
    bench.expect(len(exchange.resources) == 100, exchange, "a hundred people", f"{len(exchange.resources)}")


@check(
    "W21",
    "W25",
    roles=_OKTA,
    means="Every assignment in Okta fails.",
)
async def create_as_okta_sends_it(bench: Bench) -> None:
    """Okta's create, with groups, a password, a locale and an externalId, is answered 201 with the resource."""
    body = _body(bench)
    exchange = await bench.post(bench.users, body, HEADERS)
    bench.expect_status(exchange, 201)
    bench.expect(bool(exchange.document.get("id")), exchange, "an id", row="W25")
    external = exchange.document.get("externalId")
    bench.expect(
        external == body["externalId"], exchange, f"externalId {body['externalId']}", f"{external!r}"
    )


@check(
    "W40",
    "W43",
    "W38",
    "W47",
    roles=_OKTA,
    needs=("patch", "filter"),
    means="Leavers keep their access, or who comes back gets a second account (catalogue apps).",
)
async def leave_and_return_by_patch(bench: Bench) -> None:
    """A catalogue app: PATCH without path deactivates, the person stays readable and is found; PATCH activates the same id."""
    made = await _created(bench)
    for active in (False, True):
        exchange = await bench.patch(
            made.path, {"op": "replace", "value": {"active": active}}, headers=HEADERS
        )
        bench.expect_status(exchange, 200, 204, row="W43")
        shown = await _get(bench, made.path)
        bench.expect_status(shown, 200, row="W38")
        bench.expect(
            shown.document.get("active") is active,
            shown,
            f"active {str(active).lower()}",
            f"{shown.document.get('active')!r}",
        )
        found = await _lookup(bench, str(made.sent["userName"]))
        bench.expect(found.ids == [made.id], found, "the same id in the lookup", row="W47")


@check(
    "W32",
    "K5",
    "K6",
    roles=_OKTA,
    means="Every profile push and every deactivation of an app made with Okta's wizard fails.",
)
async def leave_and_return_by_put(bench: Bench) -> None:
    """A wizard app: the server's own GET answer with active over it, in a PUT, is answered 200."""
    made = await _created(bench)
    for active in (False, True):
        echoed = {**await bench.resource(made), "active": active}
        exchange = await bench.put(made.path, echoed, HEADERS)
        bench.expect_status(exchange, 200)
        shown = exchange.document.get("active")
        bench.expect(shown is active, exchange, f"active {str(active).lower()}", f"{shown!r}", row="K5")
        bench.expect(exchange.document.get("id") == made.id, exchange, "the same id")
        kept = exchange.document.get("name") == made.sent.get("name")
        bench.expect(kept, exchange, "everything else as it was", f"{exchange.document.get('name')!r}")


@check(
    "W32",
    roles=_OKTA,
    means="A new name in Okta does not arrive, or a stale name.formatted makes it an error.",
)
async def profile_push(bench: Bench) -> None:
    """The GET answer with new names over it and a stale name.formatted, twice in a row, is taken."""
    bench.declared("name.givenName")
    made = await _created(bench)
    echoed = await bench.resource(made)
    name = {**(echoed.get("name") or {}), "givenName": "Magdalena"}
    if bench.kind("User").declares("name.formatted"):
        name["formatted"] = "Stale Name"
    for _ in range(2):
        exchange = await bench.put(made.path, {**echoed, "name": name}, HEADERS)
        bench.expect_status(exchange, 200)
    shown = await bench.resource(made)
    given = (shown.get("name") or {}).get("givenName")
    bench.expect(given == "Magdalena", exchange, "givenName Magdalena", f"{given!r}")


@check(
    "W26",
    roles=_OKTA,
    needs=("filter",),
    means="The lookup says nobody, the create says conflict: Okta stops there, and the administrator cannot help it.",
)
async def lookup_finds_what_create_collides_with(bench: Bench) -> None:
    """Whoever makes a create end in 409 is found by the lookup: also who is inactive, in any letter case."""
    made = await _created(bench, active=False)
    name = str(made.sent["userName"]).upper()
    collision = await bench.post(bench.users, _body(bench, userName=name), HEADERS)
    found = await _lookup(bench, name)
    if collision.status == 409:
        bench.expect(made.id in found.ids, (collision, found), "the one it collides with")
    else:
        bench.expect_status(collision, 409)


@check(
    "W37",
    roles=_OKTA,
    means="Okta's manual plan, case C9337: emptied values must cause no error.",
)
async def emptied_values(bench: Bench) -> None:
    """An optional attribute that is emptied, as an empty text or as null, is no error."""
    bench.declared("nickName", "title")
    made = await _created(bench, nickName="Rob", title="Engineer")
    echoed = await bench.resource(made)
    for empty in ("", None):
        exchange = await bench.put(made.path, {**echoed, "nickName": empty, "title": empty}, HEADERS)
        bench.expect_status(exchange, 200)
        bench.expect(
            not exchange.document.get("nickName"),
            exchange,
            "no nickName",
            f"{exchange.document.get('nickName')!r}",
        )


@check(
    "W66",
    "W59",
    roles=_OKTA,
    means="Okta finds its value in the array by type or primary; where these do not come back each push adds one more.",
)
async def selectors_come_back(bench: Bench) -> None:
    """type and primary of emails and phone numbers are shown as they were sent."""
    bench.declared("phoneNumbers.type", "emails.primary")
    phones = [{"type": "mobile", "value": "+49 30 1234567"}, {"type": "work", "value": "+49 30 7654321"}]
    made = await _created(bench, phoneNumbers=phones)
    shown = await bench.get(made.path)
    pairs = {(one.get("type"), one.get("value")) for one in shown.document.get("phoneNumbers") or ()}
    wanted = {(one["type"], one["value"]) for one in phones}
    bench.expect(pairs == wanted, shown, "both numbers with their types", f"{sorted(map(str, pairs))}")
    primaries = [one for one in shown.document.get("emails") or () if one.get("primary") is True]
    bench.expect(len(primaries) == 1, shown, "one address with primary true", f"{len(primaries)}", row="W59")


@check(
    "W9",
    roles=_OKTA,
    level=Level.SHOULD,
    means="With header authentication Okta sends the token as it was typed: an administrator who leaves Bearer away "
    "gets 401.",
)
async def token_without_bearer(bench: Bench) -> None:
    """The token is accepted without the word Bearer too."""
    scheme, _, token = bench.wire.authorization.partition(" ")
    if scheme != "Bearer":
        raise NotOffered("no bearer token is used")
    exchange = await bench.wire.send("GET", f"{bench.users}?count=1", headers=HEADERS, authorization=token)
    bench.expect_status(exchange, 200)


@check(
    "W12",
    roles=_OKTA,
    level=Level.SHOULD,
    means="A slash too many at the end of the base URL, and nothing works.",
)
async def double_slash(bench: Bench) -> None:
    """A double slash between base URL and endpoint is tolerated."""
    exchange = await _get(bench, f"/{bench.users}", startIndex=1, count=1)
    bench.expect(exchange.is_list, exchange, "status 200 with a ListResponse")
