"""Held against the recordings: the requests of the engine's connectors are those that the clients really send."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from vestibule.connectors.entra import EntraConnector
from vestibule.connectors.scim import ScimConnector
from vestibule.profiles.external_name import parse_external_name
from vestibule.provisioning.application import Application, Connection
from vestibule.provisioning.connector import Connector, Member, UserToSend
from vestibule.provisioning.external_name import CORE_USER, ExternalValue
from vestibule.provisioning.play_acting import PARTS, playing

RECORDINGS = Path(__file__).parents[1] / "recordings"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MIKA, ANNA = "11111111-aaaa", "22222222-bbbb"
OKTA_ID, ENTRA_ID = "00u1abcdEFGH2ijkl3m4", "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"
SALES = "33333333-cccc"


class Played:
    """Answers as the recording's steps expect, and notes what was asked."""

    def __init__(self, name: str, there: dict[str, Any] | None = None) -> None:
        self.recording = json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))
        self.steps = [self._filled(step) for step in self.recording["steps"]]
        self.there = there or {}
        self.asked: list[tuple[str, str, Any]] = []
        self.headers: list[httpx2.Headers] = []

    def _filled(self, step: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(step)
        for name, id in (("mika", MIKA), ("anna", ANNA), ("kim", "kim"), ("sales", SALES)):
            text = text.replace(f"${{{name}}}", id)
        filled: dict[str, Any] = json.loads(text)
        return filled

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        target = request.url.raw_path.decode().removeprefix("/scim/v2")
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, target, body))
        self.headers.append(request.headers)
        if request.method == "POST":
            return httpx2.Response(201, json={"id": SALES if target == "/Groups" else MIKA})
        if "filter=" in target:
            found = [self.there] if self.there else []
            return httpx2.Response(200, json={"totalResults": len(found), "Resources": found})
        if request.method == "GET":
            return httpx2.Response(
                200, json=self.there or {"id": target.rpartition("/")[2].partition("?")[0]}
            )
        return httpx2.Response(200, json={})

    def connector(self, part: str, **given: Any) -> Connector:
        plain = Application(1, "app", "generic", connection=Connection("https://x.test/scim/v2", "t"))
        application = playing(plain, part)
        make = {"scim": ScimConnector, "entra": EntraConnector}[application.connector]
        made: Connector = make(application, transport=httpx2.MockTransport(self), **given)
        return made

    def expected(self, *numbers: int) -> list[tuple[str, str, Any]]:
        return [(step["method"], step["path"], step.get("body")) for step in (self.steps[n] for n in numbers)]


def user(own_id: str, *more: tuple[str, str, Any], **changed: Any) -> UserToSend:
    plain = {
        "userName": "mika.laine@corp.test",
        "name.givenName": "Mika",
        "name.familyName": "Laine",
        "emails.^[primary==true].value": "mika.laine@corp.test",
        "emails.^[primary==true].type": "work",
        "displayName": "Mika Laine",
    }
    rows = [(name, CORE_USER, value) for name, value in plain.items()]
    rows = [(name, urn, changed.get(name.rpartition(".")[2], value)) for name, urn, value in rows]
    values = tuple(
        ExternalValue(parse_external_name(name), urn, value) for name, urn, value in (*rows, *more)
    )
    return UserToSend(own_id, plain["userName"], ("userName", plain["userName"]), values, values)


LOCALE = ("locale", CORE_USER, "en-US")
MIKA_THERE = {
    "schemas": [CORE_USER],
    "id": MIKA,
    "userName": "mika.laine@corp.test",
    "name": {"givenName": "Mika", "familyName": "Laine"},
    "emails": [{"primary": True, "value": "mika.laine@corp.test", "type": "work"}],
    "displayName": "Mika Laine",
    "active": True,
}

Play = Callable[[Connector], Awaitable[Any]]


@pytest.mark.parametrize(
    ("part", "name", "numbers", "play"),
    [
        ("okta-catalogue", "okta/catalogue-create", (0, 1), lambda c: c.assign(user(OKTA_ID, LOCALE))),
        ("okta-catalogue", "okta/catalogue-deactivate", (0,), lambda c: c.deactivate(MIKA)),
        ("okta-catalogue", "okta/catalogue-group-push", (0,), lambda c: c.find_group("Sales")),
        ("okta-catalogue", "okta/catalogue-group-push", (1,), lambda c: c.create_group("Sales", "00g1")),
        ("okta-catalogue", "okta/catalogue-group-push", (2,), lambda c: c.rename_group(SALES, "Sales")),
        (
            "okta-catalogue",
            "okta/catalogue-group-push",
            (3,),
            lambda c: c.change_members(SALES, "Sales", [Member(MIKA, "mika.laine@corp.test")], []),
        ),
        (
            "okta-catalogue",
            "okta/catalogue-group-push",
            (5,),
            lambda c: c.change_members(
                SALES, "Sales", [Member(ANNA, "anna.berg@corp.test")], [Member(MIKA, "mika.laine@corp.test")]
            ),
        ),
        ("okta-wizard", "okta/wizard-group-push", (0,), lambda c: c.find_group("Sales")),
        ("okta-wizard", "okta/wizard-group-push", (1,), lambda c: c.create_group("Sales")),
        (
            "okta-wizard",
            "okta/wizard-group-push",
            (2, 4),
            lambda c: c.replace_members(
                SALES, "Sales", [Member(MIKA, "mika.laine@corp.test"), Member(ANNA, "anna.berg@corp.test")]
            ),
        ),
        (
            "entra",
            "entra/create",
            (0, 1),
            lambda c: c.assign(
                user(
                    ENTRA_ID,
                    ("phoneNumbers.^[type=='work'].value", CORE_USER, "+1 (425) 555-0100"),
                    ("department", ENTERPRISE, "Sales"),
                    ("employeeNumber", ENTERPRISE, "007"),
                )
            ),
        ),
        ("entra", "entra/disable", (0,), lambda c: c.deactivate(MIKA)),
        ("entra", "entra/group-create", (0,), lambda c: c.find_group("Sales")),
        (
            "entra",
            "entra/group-create",
            (1,),
            lambda c: c.create_group("Sales", "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159"),
        ),
        ("entra", "entra/group-update", (0,), lambda c: c.rename_group(SALES, "Sales EMEA")),
        (
            "entra",
            "entra/group-members",
            (0,),
            lambda c: c.change_members(
                SALES, "Sales", [Member(MIKA, ""), Member(ANNA, ""), Member("kim", "")], []
            ),
        ),
        (
            "entra",
            "entra/group-members",
            (3,),
            lambda c: c.change_members(SALES, "Sales", [Member(MIKA, "")], [Member(ANNA, "")]),
        ),
    ],
)
async def test_what_is_sent_is_what_was_recorded(
    part: str, name: str, numbers: tuple[int, ...], play: Play
) -> None:
    played = Played(name)
    given = {"new_password": lambda: "k3Tq9ab1"} if part.startswith("okta") else {}
    connector = played.connector(part, **given)
    await play(connector)
    await connector.close()
    assert played.asked == played.expected(*numbers)
    for name_of, value in played.recording["headers"].items():
        if name_of != "Content-Type" or played.asked[0][2] is not None:
            assert played.headers[-1][name_of] == value
    assert list(played.headers[-1]).count("authorization") == 1


async def test_okta_s_wizard_application_deactivates_by_an_echo() -> None:
    played = Played("okta/wizard-deactivate", MIKA_THERE)
    connector = played.connector("okta-wizard")
    await connector.deactivate(MIKA)
    assert played.asked == [
        ("GET", f"/Users/{MIKA}", None),
        ("PUT", f"/Users/{MIKA}", {**MIKA_THERE, "active": False}),
    ]


async def test_okta_s_wizard_application_links_with_an_echo() -> None:
    """W28: the same GET and PUT twice, over the server's own answer."""
    played = Played("okta/wizard-link-existing", MIKA_THERE)
    await played.connector("okta-wizard").assign(user(OKTA_ID, displayName="Mika L."))
    assert [(method, path) for method, path, _ in played.asked] == [
        (method, path) for method, path, _ in played.expected(0, 1, 2, 3, 4)
    ]
    for (_, _, sent), (_, _, told) in zip(played.asked, played.expected(0, 1, 2, 3, 4), strict=True):
        assert (told or {}).items() <= (sent or {}).items()


async def test_entra_says_each_changed_attribute_with_its_path() -> None:
    played = Played("entra/update", MIKA_THERE)
    moved = user(
        ENTRA_ID,
        ("employeeNumber", ENTERPRISE, "701984"),
        ("manager.value", ENTERPRISE, ANNA),
        ("roles.^[primary==true].value", CORE_USER, "admin"),
        familyName="Koski",
        displayName="Mika Koski",
        value="mika.koski@corp.test",
        userName="mika.koski@corp.test",
    )
    await played.connector("entra").update(MIKA, moved)
    sent = played.asked[-1][2]["Operations"]
    recorded = played.expected(0)[0][2]["Operations"]
    said = {operation["path"]: operation for operation in sent}
    for operation in recorded:
        if operation["path"] != "externalId":
            assert said[operation["path"]] == operation
    assert said[f"{ENTERPRISE}:manager"] == {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": ANNA}
    assert said['roles[primary eq "True"].value']["op"] == "Add"


async def test_entra_tests_the_connection_with_somebody_who_cannot_be_there() -> None:
    played = Played("entra/connection-test")
    guid = "8c1e5b1a-2b57-4a0f-9d1c-6b8c7b4a9e10"
    result = await played.connector("entra", new_guid=lambda: guid).test_credentials()
    assert result.verdict == "good"
    assert played.asked == played.expected(0)


def test_the_parts_are_those_that_are_offered() -> None:
    assert list(PARTS) == ["vestibule", "okta-catalogue", "okta-wizard", "entra"]
