"""People who existed before, from ``user import`` over ``review`` to the identity provider's second try."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import cast
from tests.cli.conftest import CommandLine
from tests.cli.provider import Provider, provider_of

MIKA_FROM_OKTA = cast.existing_mika(userName="Mika.Laine@Corp.test", externalId="00u7mika")
NAME = "mika.laine@corp.test"


@pytest.fixture
def okta(cli: CommandLine, tmp_path: Path) -> Provider:
    provider = provider_of(cli)
    people = tmp_path / "people.csv"
    people.write_text(f"userName,givenName,familyName,email\n{NAME},Mika,Laine,{NAME}\n", "utf-8")
    assert cli("user", "import", "corp", str(people)).code == 0
    return provider


def id_of_mika(cli: CommandLine) -> str:
    found: str = cli("user", "show", "corp", NAME, "--json").json["id"]
    return found


def test_linked_by_hand_the_next_try_takes_the_person_over(cli: CommandLine, okta: Provider) -> None:
    mika = id_of_mika(cli)
    refused = okta("POST", "/Users", MIKA_FROM_OKTA)
    assert refused.status == 409
    assert refused.json["scimType"] == "uniqueness"
    [waiting] = cli("review", "list", "corp", "--json").json
    assert f"waiting for review at https://vestibule.test/reviews/{waiting['id']} " in refused.json["detail"]
    assert waiting["userName"] == "Mika.Laine@Corp.test"
    assert waiting["request"] == refused.request
    [candidate] = waiting["candidates"]
    assert (candidate["id"], candidate["userName"], candidate["email"]) == (mika, NAME, NAME)
    assert cli("user", "show", "corp", mika, "--json").json["openReviews"] == [waiting["id"]]
    assert NAME in cli("review", "list", "corp").out

    assert f"vestibule review link corp {waiting['id']}" in cli("explain", refused.request).out
    said = cli("review", "link", "corp", waiting["id"])
    assert said.code == 0
    assert mika in said.out
    assert cli("review", "list", "corp", "--json").json == []
    made = okta("POST", "/Users", MIKA_FROM_OKTA)
    assert (made.status, made.json["id"]) == (201, mika)

    why_refused = cli("explain", refused.request).out
    assert "409 Conflict" in why_refused
    assert "adoption.domain_not_proven" in why_refused
    assert "the domain of the address held on them is not proven" in why_refused
    assert "was answered since: linked" in why_refused
    why_made = cli("explain", made.request).out
    assert "adoption.approved" in why_made
    assert "An administrator linked this person" in why_made
    story = cli("explain", NAME, "--json").json
    assert [entry.get("action") or entry["status"] for entry in story["timeline"]] == [
        "user.imported",
        409,
        "review.linked",
        201,
    ]


def test_a_proven_domain_needs_nobody(cli: CommandLine, okta: Provider) -> None:
    mika = id_of_mika(cli)
    cli("domain", "add", "corp", "corp.test")
    made = okta("POST", "/Users", MIKA_FROM_OKTA)
    assert (made.status, made.json["id"]) == (201, mika)
    assert cli("review", "list", "corp", "--json").json == []
    why = cli("explain", made.request, "--json").json
    assert why["rule"] == "adoption.proven_domain"
    assert why["events"][0]["type"] == "user.linked"
    assert cli("user", "show", "corp", mika, "--json").json["state"] == "managed"


def test_kept_apart_the_name_stays_taken(cli: CommandLine, okta: Provider) -> None:
    okta("POST", "/Users", MIKA_FROM_OKTA)
    [waiting] = cli("review", "list", "corp", "--json").json
    assert cli("review", "keep-apart", "corp", waiting["id"], "--json").json["outcome"] == "kept_apart"
    refused = okta("POST", "/Users", MIKA_FROM_OKTA)
    assert refused.status == 409
    assert "keep the two apart" in refused.json["detail"]
    [answered] = cli("review", "list", "corp", "--all", "--json").json
    assert answered["outcome"] == "kept_apart"


def test_of_two_candidates_one_must_be_named(cli: CommandLine, okta: Provider, tmp_path: Path) -> None:
    twins = tmp_path / "twins.csv"
    twins.write_text("userName,email\none,shared@corp.test\ntwo,shared@corp.test\n", "utf-8")
    cli("user", "import", "corp", str(twins))
    asked = cast.hanako(userName="shared@corp.test", emails=[{"value": "shared@corp.test", "primary": True}])
    assert okta("POST", "/Users", asked).status == 409
    [waiting] = cli("review", "list", "corp", "--json").json
    assert {one["userName"] for one in waiting["candidates"]} == {"one", "two"}
    said = cli("review", "link", "corp", waiting["id"])
    assert said.code == 1
    assert "--person" in said.err
    assert "one" in said.err
    assert cli("review", "link", "corp", waiting["id"], "--person", "three").code == 1
    assert cli("review", "link", "corp", waiting["id"], "--person", "two").code == 0
    made = okta("POST", "/Users", asked)
    assert made.status == 201
    assert made.json["id"] == next(one["id"] for one in waiting["candidates"] if one["userName"] == "two")


def test_two_candidates_kept_apart_leave_a_free_name_free(
    cli: CommandLine, okta: Provider, tmp_path: Path
) -> None:
    twins = tmp_path / "twins.csv"
    twins.write_text("userName,email\none,shared@corp.test\ntwo,shared@corp.test\n", "utf-8")
    cli("user", "import", "corp", str(twins))
    asked = cast.hanako(userName="shared@corp.test", emails=[{"value": "shared@corp.test", "primary": True}])
    okta("POST", "/Users", asked)
    [waiting] = cli("review", "list", "corp", "--json").json
    assert cli("review", "keep-apart", "corp", waiting["id"]).code == 0
    made = okta("POST", "/Users", asked)
    assert made.status == 201
    assert made.json["id"] not in {one["id"] for one in waiting["candidates"]}


def test_the_link_of_the_refusal_serves_as_id(cli: CommandLine, okta: Provider) -> None:
    okta("POST", "/Users", MIKA_FROM_OKTA)
    [waiting] = cli("review", "list", "corp", "--json").json
    assert cli("review", "link", "corp", f"https://vestibule.test/reviews/{waiting['id']}").code == 0


def test_an_unknown_review_says_where_to_look(cli: CommandLine, okta: Provider) -> None:
    said = cli("review", "link", "corp", "nothing")
    assert (said.code, said.out) == (1, "")
    assert "vestibule review list corp" in said.err
