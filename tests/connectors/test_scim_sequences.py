"""The exact sequences of Okta's catalogue and wizard applications, over a socket (table 5.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest

from tests.connectors.scim_server import CORE_USER, TOKEN, ScimServer, scim_server
from vestibule.connectors.scim import ScimConnector
from vestibule.profiles.external_name import parse_external_name
from vestibule.provisioning.application import Application, Connection, Mode
from vestibule.provisioning.connector import (
    AlreadyThere,
    Busy,
    Counterpart,
    Failing,
    Member,
    NotThere,
    Refused,
    StopRun,
    Unreachable,
    UserToSend,
    Verdict,
)
from vestibule.provisioning.external_name import ExternalValue


@pytest.fixture
async def server() -> AsyncIterator[ScimServer]:
    async with scim_server() as running:
        yield running


def connector(
    server: ScimServer, mode: Mode = Mode.PATCH, *, as_okta: bool = True, **given: Any
) -> ScimConnector:
    connection = Connection(
        given.pop("url", server.url), given.pop("token", TOKEN), given.pop("authentication", "bearer")
    )
    application = Application(1, "app", "generic", mode, connection=connection, as_okta=as_okta, **given)
    return ScimConnector(application, new_password=lambda: "k3Tq9ab1")


def user(user_name: str = "mika.laine@corp.test", given: str = "Mika") -> UserToSend:
    values = tuple(
        ExternalValue(parse_external_name(name), CORE_USER, value)
        for name, value in (
            ("userName", user_name),
            ("name.givenName", given),
            ("name.familyName", "Laine"),
            ("emails.^[primary==true].value", user_name),
            ("emails.^[primary==true].type", "work"),
            ("displayName", f"{given} Laine"),
            ("locale", "en-US"),
        )
    )
    return UserToSend("00u1abcdEFGH2ijkl3m4", user_name, ("userName", user_name), values, values)


async def test_a_new_user_is_looked_up_then_created_with_oktas_body(server: ScimServer) -> None:
    sender = connector(server)
    assert await sender.assign(user()) == Counterpart("user-1")
    await sender.close()
    assert server.lines == ["GET /Users?filter", "POST /Users"]
    assert server.requests[0].query == (
        "filter=userName%20eq%20%22mika.laine%40corp.test%22&startIndex=1&count=100"
    )
    assert server.requests[1].body == {
        "schemas": [CORE_USER],
        "userName": "mika.laine@corp.test",
        "name": {"givenName": "Mika", "familyName": "Laine"},
        "emails": [{"primary": True, "value": "mika.laine@corp.test", "type": "work"}],
        "displayName": "Mika Laine",
        "locale": "en-US",
        "externalId": "00u1abcdEFGH2ijkl3m4",
        "groups": [],
        "password": "k3Tq9ab1",
        "active": True,
    }


async def test_headers_are_oktas(server: ScimServer) -> None:
    sender = connector(server)
    await sender.assign(user())
    await sender.close()
    sent = server.requests[1].headers
    assert sent["user-agent"] == "Okta SCIM Client 1.0.0"
    assert sent["accept"] == "application/scim+json"
    assert sent["accept-charset"] == "utf-8"
    assert sent["content-type"] == "application/scim+json; charset=utf-8"
    assert sent["authorization"] == f"Bearer {TOKEN}"


async def test_a_header_token_goes_out_as_typed(server: ScimServer) -> None:
    sender = connector(server, authentication="header")
    await sender.assign(user())
    await sender.close()
    assert server.requests[0].headers["authorization"] == TOKEN


@pytest.mark.parametrize(
    ("mode", "active", "lines"),
    [
        pytest.param(
            Mode.PATCH, True, ["GET /Users?filter", "GET /Users/user", "PUT /Users/user"], id="patch"
        ),
        pytest.param(
            Mode.PATCH,
            False,
            ["GET /Users?filter", "PATCH /Users/user", "GET /Users/user", "PUT /Users/user"],
            id="patch, inactive there",
        ),
        pytest.param(
            Mode.PUT,
            False,
            ["GET /Users?filter", *("GET /Users/user", "PUT /Users/user") * 2],
            id="put: the second pair is Okta's echo (W28)",
        ),
    ],
)
async def test_a_user_who_is_there_is_linked_activated_and_updated(
    server: ScimServer, mode: Mode, active: bool, lines: list[str]
) -> None:
    sender = connector(server, mode)
    await sender.assign(user())
    server.users["user-1"]["active"] = active
    server.forget_requests()
    assert await sender.assign(user(given="Miko")) == Counterpart("user-1", found=True)
    await sender.close()
    assert server.lines == lines
    assert server.users["user-1"]["active"] is True
    assert server.users["user-1"]["name"]["givenName"] == "Miko"


async def test_a_user_known_before_is_assigned_again_without_the_echo(server: ScimServer) -> None:
    sender = connector(server, Mode.PUT)
    await sender.assign(user())
    server.forget_requests()
    await sender.assign(user(), "user-1")
    await sender.close()
    assert server.lines == ["GET /Users?filter", "GET /Users/user", "PUT /Users/user"]


async def test_under_our_own_name_nobody_gets_a_password_and_nothing_is_said_twice(
    server: ScimServer,
) -> None:
    sender = connector(server, Mode.PUT, as_okta=False)
    await sender.assign(user())
    created = server.requests[1].body
    assert "password" not in created
    assert "groups" not in created
    assert created["active"] is True
    server.forget_requests()
    await sender.assign(user())
    await sender.close()
    assert server.lines == ["GET /Users?filter", "GET /Users/user", "PUT /Users/user"]


async def test_an_update_puts_the_servers_own_answer_back_with_the_values_over_it(server: ScimServer) -> None:
    sender = connector(server)
    await sender.assign(user())
    server.users["user-1"]["nickName"] = "kept"
    server.forget_requests()
    await sender.update("user-1", user(given="Miko"))
    await sender.close()
    assert server.lines == ["GET /Users/user", "PUT /Users/user"]
    body = server.requests[1].body
    assert body["nickName"] == "kept"
    assert body["meta"]["resourceType"] == "User"
    assert "password" not in body
    assert body["emails"] == [{"primary": True, "value": "mika.laine@corp.test", "type": "work"}]


@pytest.mark.parametrize(
    ("mode", "lines"),
    [(Mode.PATCH, ["PATCH /Users/user"]), (Mode.PUT, ["GET /Users/user", "PUT /Users/user"])],
)
async def test_deactivation(server: ScimServer, mode: Mode, lines: list[str]) -> None:
    sender = connector(server, mode)
    await sender.assign(user())
    server.forget_requests()
    await sender.deactivate("user-1")
    await sender.close()
    assert server.lines == lines
    assert server.users["user-1"]["active"] is False
    if mode is Mode.PATCH:
        assert server.requests[0].body == {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "value": {"active": False}}],
        }


async def test_a_group_is_created_empty_and_filled_after(server: ScimServer) -> None:
    sender = connector(server)
    first = await sender.assign(user("a@corp.test"))
    second = await sender.assign(user("b@corp.test"))
    server.forget_requests()
    assert await sender.find_group("Sales") == ""
    id = await sender.create_group("Sales")
    await sender.change_members(id, "Sales", [Member(first.external_id, "a@corp.test")], [])
    await sender.rename_group(id, "Sales EMEA")
    await sender.change_members(
        id, "Sales EMEA", [Member(second.external_id, "b@corp.test")], [Member(first.external_id, "a")]
    )
    await sender.close()
    assert server.member_names("Sales EMEA") == {"b@corp.test"}
    create, fill, rename, change = [r.body for r in server.requests if r.method != "GET"]
    assert create == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Sales",
        "members": [],
    }
    assert fill["Operations"] == [
        {"op": "add", "path": "members", "value": [{"value": "user-1", "display": "a@corp.test"}]}
    ]
    assert rename["Operations"] == [{"op": "replace", "value": {"id": id, "displayName": "Sales EMEA"}}]
    assert change["Operations"] == [
        {"op": "remove", "path": 'members[value eq "user-1"]'},
        {"op": "add", "path": "members", "value": [{"value": "user-2", "display": "b@corp.test"}]},
    ]


async def test_a_wizard_app_puts_the_whole_group(server: ScimServer) -> None:
    sender = connector(server, Mode.PUT)
    await sender.assign(user())
    id = await sender.create_group("Sales")
    server.forget_requests()
    await sender.change_members(id, "Sales", [Member("user-1", "mika")], [])
    await sender.close()
    assert server.lines == ["GET /Groups/group", "PUT /Groups/group"]
    assert server.requests[1].body["members"] == [{"value": "user-1", "display": "mika"}]


@pytest.mark.parametrize(
    ("status", "headers", "failure"),
    [
        (400, {}, Refused),
        (401, {}, StopRun),
        (403, {}, StopRun),
        (404, {}, NotThere),
        (409, {}, AlreadyThere),
        (429, {"retry-after": "7"}, Busy),
        (500, {}, Failing),
        (501, {}, Refused),
        (503, {"retry-after": "3"}, Failing),
        (302, {"location": "https://elsewhere.test"}, Refused),
    ],
)
async def test_a_failing_answer_is_a_failure_by_name(
    server: ScimServer, status: int, headers: dict[str, str], failure: type[Exception]
) -> None:
    detail = f"The reason, and your token {TOKEN}"
    server.answering = lambda method, path: (status, headers, {"detail": detail})
    sender = connector(server)
    with pytest.raises(failure) as raised:
        await sender.update("user-1", user())
    await sender.close()
    assert "Errors reported by remote server: The reason, and your token [redacted]" in str(raised.value)
    assert len(server.requests) == 1
    if headers.get("retry-after"):
        assert raised.value.retry_after == int(headers["retry-after"])  # type: ignore[attr-defined]


async def test_nothing_the_server_says_can_hold_the_token_or_speak_to_a_terminal() -> None:
    """A server that quotes our Authorization header in its status line, and paints its sentences."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        quoted = request.headers["authorization"].encode()
        detail = {"detail": "\x1b[31mred\x1b[0m\x00 and \u202eturned"}
        return httpx2.Response(400, json=detail, extensions={"reason_phrase": quoted})

    connection = Connection("http://127.0.0.1:9/scim/v2", TOKEN)
    application = Application(1, "app", "generic", connection=connection)
    sender = ScimConnector(application, transport=httpx2.MockTransport(answer))
    with pytest.raises(Refused) as raised:
        await sender.update("user-1", user())
    await sender.close()
    assert str(raised.value) == (
        "Update user mika.laine@corp.test: 400 Bad Request. "
        "Errors reported by remote server: [31mred [0m  and  turned"
    )


async def test_a_duplicate_is_told_with_the_servers_words(server: ScimServer) -> None:
    sender = connector(server)
    await sender.assign(user())
    server.answering = lambda m, p: (200, {}, {"totalResults": 0, "Resources": []}) if m == "GET" else None
    with pytest.raises(AlreadyThere, match="Errors reported by remote server: userName mika"):
        await sender.assign(user())
    await sender.close()


async def test_a_lookup_that_answers_404_found_nobody(server: ScimServer) -> None:
    server.answering = lambda m, p: (404, {}, {"detail": "none"}) if m == "GET" else None
    sender = connector(server)
    assert (await sender.assign(user())).external_id == "user-1"
    await sender.close()


async def test_quotes_and_backslashes_in_a_lookup_are_escaped(server: ScimServer) -> None:
    sender = connector(server)
    await sender.find_group('The "A\\B" team')
    await sender.close()
    assert unquote(server.requests[0].query).startswith('filter=displayName eq "The \\"A\\\\B\\" team"&')


async def test_credentials_are_tested_as_okta_does(server: ScimServer) -> None:
    sender = connector(server)
    assert (await sender.test_credentials()).verdict is Verdict.GOOD
    await sender.close()
    assert server.lines == ["GET /Users?startIndex=1&count=2", "GET /Groups?startIndex=1&count=100"]


@pytest.mark.parametrize(
    ("given", "answer", "verdict", "words"),
    [
        ({"token": "wrong"}, None, Verdict.WRONG_TOKEN, "The token is wrong"),
        ({}, (404, {}, None), Verdict.WRONG_URL, "The URL is wrong"),
        ({}, (200, {}, None), Verdict.WRONG_URL, "no SCIM list"),
        ({}, (403, {}, {"detail": "Plan Basic has none"}), Verdict.NOT_ALLOWED, "Plan Basic has none"),
        ({}, (503, {}, None), Verdict.FAILING, "503"),
        ({"url": "http://127.0.0.1:9/scim/v2"}, None, Verdict.UNREACHABLE, "cannot be reached"),
    ],
)
async def test_a_failed_test_says_which_of_token_url_and_plan_it_is(
    server: ScimServer, given: dict[str, str], answer: Any, verdict: Verdict, words: str
) -> None:
    server.answering = lambda method, path: answer
    sender = connector(server, **given)
    result = await sender.test_credentials()
    await sender.close()
    assert result.verdict is verdict
    assert words in result.sentence


async def test_nobody_listening_is_unreachable(server: ScimServer) -> None:
    sender = connector(server, url="http://127.0.0.1:9/scim/v2")
    with pytest.raises(Unreachable, match=r"No connection to 127\.0\.0\.1"):
        await sender.update("user-1", user())
    await sender.close()


async def test_an_import_steps_by_a_hundred(server: ScimServer) -> None:
    server.users = {f"user-{n}": {"id": f"user-{n}", "userName": f"n{n}"} for n in range(250)}
    sender = connector(server)
    assert len([entry async for entry in sender.users()]) == 250
    await sender.close()
    assert [request.query for request in server.requests] == [
        f"startIndex={start}&count=100" for start in (1, 101, 201)
    ]
