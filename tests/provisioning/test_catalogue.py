"""The application catalogue, and the steps of setting an application up from it, as Okta has them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.connectors.scim_server import TOKEN, ScimServer, scim_server
from vestibule.cli.main import app
from vestibule.provisioning.application import Application, SignOn
from vestibule.provisioning.catalogue import FaultyDeclaration, UnknownEntry, read_entry
from vestibule.provisioning.sign_on import compare
from vestibule.provisioning.source import Person
from vestibule.sending import catalogue

ENTRY = (
    'title = "T"\nlogo = "generic.svg"\nkind = "catalogue"\nprofile = "generic"\nauthentication = "bearer"\n'
)
LOGOS = Path(__file__).parents[2] / "src" / "vestibule" / "catalogue" / "logos"


def test_the_folder_is_the_catalogue() -> None:
    whole = catalogue()
    assert {entry.name for entry in whole.entries()} >= {
        "acall", "getaccept", "generic-bearer", "generic-header", "generic-oauth", "wizard",
        "aws-iam-identity-center", "slack", "github", "atlassian",
    }  # fmt: skip
    for entry in whole.entries():
        assert (LOGOS / entry.logo).read_text("utf-8").startswith("<svg"), entry.name
    with pytest.raises(UnknownEntry, match="There are: acall, atlassian"):
        whole.entry("nowhere")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title =", "x.toml is no TOML"),
        (ENTRY.replace('logo = "generic.svg"\n', ""), "logo is missing"),
        (ENTRY + "colour = 1\n", "'colour' is not known. Allowed: title, logo"),
        (ENTRY.replace("catalogue", "hand-made"), "kind cannot be 'hand-made'. Allowed: catalogue, wizard"),
        (
            ENTRY.replace("bearer", "basic"),
            "authentication cannot be 'basic'. Allowed: bearer, header, oauth",
        ),
        (ENTRY + 'username_format = "mail"\n', "username_format cannot be 'mail'"),
        (ENTRY + "[limits]\npage_size = 0\n", "are 1 at least"),
        (ENTRY + "[limits]\npage_size = -5\n", "page_size cannot be -5"),
        (ENTRY + '[limits]\npage_size = "50"\n', "page_size cannot be '50'"),
        (ENTRY + '[limits]\nsuppressed = "password"\n', "suppressed is a list of texts"),
        (ENTRY + "[limits]\npages = 5\n", "'pages' is not known"),
        (ENTRY + "limits = 5\n", "limits is a table"),
    ],
)
def test_what_is_wrong_with_a_declaration_is_said(text: str, said: str) -> None:
    with pytest.raises(FaultyDeclaration, match=said):
        read_entry("x", text)


@pytest.fixture
def server() -> Iterator[ScimServer]:
    """A server on a loop of its own: commands bring their own loop too."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    serving = scim_server()
    yield asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result(30)
    asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


@pytest.fixture
def vestibule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("VESTIBULE_DATABASE", f"sqlite:///{tmp_path}/vestibule.db")
    monkeypatch.delenv("VESTIBULE_DIRECTORY_DATABASE", raising=False)
    (tmp_path / "staff.jsonl").write_text(
        '{"login": "ana", "email": "ana@corp.test", "firstName": "Ana", "lastName": "Ruiz", "displayName": "Ana"}\n'
        '{"login": "mika@corp.test", "email": "mika@corp.test", "firstName": "Mika", "lastName": "L", "displayName": "M"}\n'
    )

    def call(*words: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, (words, result.output)
        return result

    return call


def test_the_steps_are_those_of_okta(vestibule: Any, server: ScimServer, tmp_path: Path) -> None:
    vestibule("directory", "import", str(tmp_path / "staff.jsonl"))
    early = vestibule("app", "add", "A", "--from", "atlassian", "--url", server.url, "--token", TOKEN, code=1)
    assert "opens once Sign On is set up" in early.output
    vestibule("app", "add", "A", "--from", "atlassian")
    vestibule("app", "assign", "A", "--person", "ana")
    for words in (
        ["connect", "A", "--url", server.url, "--token", TOKEN],
        ["test", "A"],
        ["integration", "A"],
    ):
        assert "opens once Sign On is set up" in vestibule("app", *words, code=1).output
    assert "--saml-email user.email" in vestibule("app", "sign-on", "A", code=1).output
    vestibule("app", "sign-on", "A", "--saml-email", "user.email")
    refused = vestibule("app", "connect", "A", "--url", server.url, "--token", "wrong-token", code=1)
    assert "Nothing was saved. The token is wrong" in refused.output
    assert json.loads(vestibule("app", "show", "A", "--json").stdout)["url"] == ""
    vestibule("app", "connect", "A", "--url", server.url, "--token", TOKEN)
    vestibule("app", "integration", "A", "--off")
    assert "API integration of A is off" in vestibule("app", "provision-now", "A", code=1).output
    assert not server.writes()
    vestibule("app", "integration", "A", "--on")
    vestibule("app", "provision-now", "A")
    assert [user["userName"] for user in server.users.values()] == ["ana@corp.test"]


def test_what_is_not_ticked_is_not_sent(vestibule: Any, server: ScimServer, tmp_path: Path) -> None:
    vestibule("directory", "import", str(tmp_path / "staff.jsonl"))
    given = ["--url", server.url, "--token", TOKEN]
    vestibule("app", "add", "A", *given, "--no-create", "--no-update", "--no-deactivate")
    vestibule("app", "assign", "A", "--person", "ana")
    vestibule("app", "apply", "A")
    assert not server.writes()
    vestibule("app", "change", "A", "--create", "--password")
    vestibule("app", "apply", "A")
    posted = next(request.body for request in server.requests if request.method == "POST")
    assert len(posted["password"]) == 8
    server.forget_requests()
    vestibule("app", "map", "A", "title", "--expression", '"Clerk"')
    vestibule("app", "unassign", "A", "--person", "ana")
    vestibule("app", "apply", "A")
    assert not server.writes()
    vestibule("app", "change", "A", "--deactivate", "--no-password")
    vestibule("app", "apply", "A")
    assert server.writes() == ["PATCH /Users/user"]
    assert [user["active"] for user in server.users.values()] == [False]


def test_sign_on_and_provisioning_are_shown_side_by_side(
    vestibule: Any, server: ScimServer, tmp_path: Path
) -> None:
    """P8a: on Save and on test."""
    vestibule("directory", "import", str(tmp_path / "staff.jsonl"))
    vestibule("app", "add", "A", "--from", "generic-bearer", "--username-format", "okta-username")
    vestibule("app", "assign", "A", "--person", "ana", "--person", "mika@corp.test")
    said = vestibule("app", "sign-on", "A", "--saml-email", "user.email").output
    side_by_side = "Sign On, e-mail attribute: user.email   |   Provisioning, user name: user.login"
    assert side_by_side in said
    assert "ana: ana@corp.test   |   ana" in said
    assert "mika" not in said
    assert side_by_side in vestibule("app", "connect", "A", "--url", server.url, "--token", TOKEN).output
    assert side_by_side in vestibule("app", "test", "A").output
    record = json.loads(vestibule("app", "test", "A", "--json").stdout)["sign_on"]
    assert (record["differing"], record["shown"][0]["login"]) == (1, "ana")
    assert side_by_side not in vestibule("app", "change", "A", "--username-format", "email").output


def test_letter_case_is_no_difference() -> None:
    person = Person("1", "ANA@corp.test", {"login": "ANA@corp.test", "email": "ana@corp.test"})
    application = Application(
        1, "A", "generic", username_format="okta-username", sign_on=SignOn.SAML, sign_on_email="user.email"
    )
    assert compare(application, [person]).differing == 0


def test_the_catalogue_is_listed_and_shown(vestibule: Any) -> None:
    assert "AWS IAM Identity Center" in vestibule("app", "catalog", "list").output
    shown = json.loads(vestibule("app", "catalog", "show", "aws-iam-identity-center", "--json").stdout)
    assert shown["limits"]["members_per_patch"] == 100
    assert "There are: acall" in vestibule("app", "catalog", "show", "nowhere", code=1).output
