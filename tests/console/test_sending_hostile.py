"""Hostile input on the sending side does nothing but produce itself as text; nobody overwrites unseen; ids lead nowhere."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.connectors.scim_server import TOKEN, ScimServer, scim_server
from tests.console.company import Company, company
from tests.console.test_hostile import NASTY
from tests.console.test_sending_pages import over, path_of, seen
from vestibule.provisioning.setting_up import Wanted
from vestibule.web.console.sending.wording import as_shown


@pytest.fixture
async def corp() -> AsyncIterator[Company]:
    async with company(os.urandom) as one:
        yield one


@pytest.fixture
async def there() -> AsyncIterator[ScimServer]:
    async with scim_server() as one:
        yield one


async def _application(corp: Company, url: str = "") -> None:
    """One, connected where a URL is given, in a directory of two people."""
    desk = corp.server.sending.desk("operator:test")
    await corp.reads_the_example()
    await desk.add(Wanted(name="Files", url=url, token=TOKEN if url else ""))


@pytest.mark.parametrize("nasty", NASTY)
async def test_what_is_typed_is_shown_as_text_and_kept_beside_its_fault(corp: Company, nasty: str) -> None:
    await _application(corp)
    hand = await corp.hand()
    for path in (
        "people",
        "groups",
        "catalog",
        "applications/1/assignments",
        "applications/1/assignments/assign",
    ):
        page = await hand.open(path, q=nasty)
        assert page.status_code == 200, path
        harmless(page.text)
    page = await hand.open("applications/1/mappings", who=nasty)
    assert page.status_code == 422
    harmless(page.text)
    await hand.open("applications/1/general")
    await hand.send("applications/1/general", {"seen": seen(hand), "name": nasty})
    harmless(hand.page.text)  # type: ignore[union-attr]
    await hand.open("applications/1/provisioning", edit="connection")
    fields = {"seen": seen(hand), "base_url": nasty, "token": "t", "enable": "on", "do": "save"}
    page = await hand.send("applications/1/provisioning", fields)
    assert page.status_code == 422
    harmless(page.text)
    await hand.open("applications/1/sign-on")
    fields = {
        "seen": seen(hand),
        "method": "saml",
        "saml_email": nasty,
        "format": "custom",
        "expression": nasty,
    }
    page = await hand.send("applications/1/sign-on", fields)
    assert page.status_code == 422, hand.text
    harmless(page.text)
    await hand.open("applications/1/push-groups")
    for path, fields in (
        ("push-groups", {"group": nasty, "link_to": nasty}),
        ("push-groups/rules", {"rule": nasty, "fit": "contains", "text": nasty, "part": nasty}),
    ):
        page = await hand.send(f"applications/1/{path}", fields)
        assert page.status_code == 422, path
        harmless(page.text)
    page = await hand.send("administrators", {"email": nasty, "name": nasty})
    assert page.status_code == 422
    harmless(page.text)


def harmless(html: str) -> None:
    """Nothing of it is markup, or was evaluated."""
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "49{%" not in html


@pytest.mark.parametrize(
    "path",
    [
        "applications/2", "applications/0/general", "applications/x/assignments", "applications/1/assignments/00uNobody",
        "applications/1/runs/0011223344556677", "applications/1/mappings/attributes/nothing", "people/00uNobody",
        "groups/00gNobody", "import/0011223344556677", "plans/1/9", "plans/9/1", "plans/1/x", "catalog/nothing",
        "catalog/..%2f..%2fetc", "people/%00", "nowhere",
    ],
)  # fmt: skip
async def test_an_id_of_nothing_here_or_of_another_directory_leads_nowhere(corp: Company, path: str) -> None:
    await _application(corp)
    hand = await corp.hand()
    page = await hand.open(path)
    assert page.status_code == 404
    assert "Nothing here" in hand.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("assignments/assign", {"to": "people", "who": "00uNobody"}),
        ("assignments/assign", {"to": "groups", "who": "00gNobody"}),
        ("assignments/unassign", {"kind": "person", "who": "00uNobody"}),
        ("assignments/provision", {"who": "00uNobody"}),
        ("push-groups/one", {"who": "00gNobody", "do": "unlink"}),
        ("push-groups/rule", {"rule": "9", "do": "delete"}),
    ],
)
async def test_a_form_that_names_nobody_here_changes_nothing(
    corp: Company, path: str, fields: dict[str, str]
) -> None:
    await _application(corp)
    hand = await corp.hand()
    await hand.open("applications/1/assignments")
    assert (await hand.send(f"applications/1/{path}", fields)).status_code == 404


async def test_a_form_without_its_mark_or_from_elsewhere_is_not_taken(corp: Company) -> None:
    await _application(corp)
    hand = await corp.hand()
    await hand.open("applications/1/general")
    fields = {"seen": seen(hand), "name": "Other"}
    assert (await hand.send("applications/1/general", fields, marked=False)).status_code == 403
    given = {**fields, "form_token": "0" * 40}
    assert (await hand.client.post("applications/1/general", data=given)).status_code == 403
    await hand.open("applications/1/general")
    given = {**fields, "form_token": hand.mark}
    for header in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.test"}):
        assert (
            await hand.client.post("applications/1/general", data=given, headers=header)
        ).status_code == 403
    assert (await corp.server.sending.store.application("Files")).name == "Files"


async def test_a_lost_session_returns_to_where_one_was_and_to_no_other_site(corp: Company) -> None:
    await _application(corp)
    stranger = corp.stranger()
    for path in ("applications/1/provisioning", "people", "audit", "plans"):
        page = await stranger.client.get(path)
        assert page.status_code == 303
        assert page.headers["location"].startswith("/directory/sign-in?next=%2Fdirectory%2F")
    await stranger.open("people")
    assert "Password" in stranger.text
    one = await corp.administrator("ann@corp.test")
    await corp.server.sending.store.sign_in.password(one.id)
    page = await stranger.client.get("sign-in", params={"next": "//evil.test"})
    assert "evil.test" not in page.headers.get("location", "")


async def test_two_administrators_do_not_overwrite_each_other_unseen(
    corp: Company, there: ScimServer
) -> None:
    await _application(corp, there.url)
    first, second = await corp.hand("first@corp.test"), await corp.hand("second@corp.test")
    await first.open("applications/1/provisioning", edit="to-app")
    await second.open("applications/1/sign-on")
    await second.send(
        "applications/1/sign-on",
        {"seen": seen(second), "method": "elsewhere", "saml_email": "", "format": "okta-username"},
    )
    assert "Saved." in second.text
    page = await first.send("applications/1/provisioning/to-app", {"seen": seen(first), "tick_create": "on"})
    assert page.status_code == 409
    assert "Somebody else changed this application meanwhile" in first.text
    found = await corp.server.sending.store.application("Files")
    assert found.username_format == "okta-username"
    assert len(found.operations) == 3
    await first.open("applications/1/mappings/attributes/title")
    mark = first.page.text.partition('name="rows_mark" value="')[2][:32]  # type: ignore[union-attr]
    await corp.server.sending.desk("operator:test").map("Files", "nickName", {"expression": "user.login"})
    page = await first.send("applications/1/mappings/attributes/title", {"rows_mark": mark, "do": "remove"})
    assert page.status_code == 409


async def test_an_import_that_was_overtaken_is_read_again(corp: Company, tmp_path: Path) -> None:
    hand = await corp.hand()
    await hand.open("import")
    files = {"people": ("people.csv", b"login,email\nada,ada@corp.test\n")}
    hand.page = await hand.client.post(
        "import", data={"form_token": hand.mark}, files=files, follow_redirects=True
    )
    pending = path_of(hand)
    await over(hand, pending)
    await corp.reads_the_example()
    page = await hand.send(pending, {"do": "keep"})
    assert page.status_code == 409
    assert "The directory was changed meanwhile" in hand.text
    await hand.send(pending, {"do": "drop"})
    assert (await hand.open(pending)).status_code == 404


async def test_an_import_that_takes_too_many_is_held_until_somebody_says_that_they_left(
    corp: Company,
) -> None:
    await corp.reads_the_example()
    hand = await corp.hand()
    await hand.open("import")
    files = {"people": ("people.csv", b"login,email\nada,ada@corp.test\n")}
    hand.page = await hand.client.post(
        "import", data={"form_token": hand.mark}, files=files, follow_redirects=True
    )
    pending = path_of(hand)
    assert "The safeguard holds it" in await over(hand, pending)
    page = await hand.send(pending, {"do": "keep"})
    assert page.status_code == 409
    assert "--accept" not in hand.text
    await hand.send(pending, {"do": "keep", "accept_leavers": "on"})
    assert "Imported." in hand.text


@pytest.mark.parametrize(
    "content", [b"GIF89a...", b"<html><svg></svg>", b"\x89PNG\r\n\x1a\n" + b"x" * 600_000]
)
async def test_a_logo_that_is_no_picture_or_too_large_is_refused(corp: Company, content: bytes) -> None:
    await _application(corp)
    hand = await corp.hand()
    await hand.open("applications/1/general")
    page = await hand.client.post(
        "applications/1/logo", data={"form_token": hand.mark}, files={"logo": ("logo.png", content)}
    )
    assert page.status_code in (413, 422)
    shown = await hand.open("applications/1/logo")
    assert "sandbox" in shown.headers["content-security-policy"]


async def test_an_uploaded_logo_is_shown_and_can_be_taken_back(corp: Company) -> None:
    await _application(corp)
    hand = await corp.hand()
    await hand.open("applications/1/general")
    picture = b"\x89PNG\r\n\x1a\n" + b"x" * 100
    hand.page = await hand.client.post(
        "applications/1/logo",
        data={"form_token": hand.mark},
        files={"logo": ("logo.png", picture)},
        follow_redirects=True,
    )
    assert (await hand.client.get("applications/1/logo")).content == picture
    await hand.send("applications/1/logo", {"restore": "yes"})
    assert (await hand.client.get("applications/1/logo")).headers["content-type"] == "image/svg+xml"


async def test_whoever_is_taken_away_is_out_with_the_next_click_and_the_last_one_stays(corp: Company) -> None:
    first, second = await corp.hand("first@corp.test"), await corp.hand("second@corp.test")
    await first.open("administrators")
    await first.send("administrators/remove", {"who": "second@corp.test"})
    assert "Taken away" in first.text
    assert "Password" in (await second.open("people")).text
    page = await first.send("administrators/remove", {"who": "first@corp.test"})
    assert page.status_code == 409
    assert "only administrator" in first.text


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Files has no URL and token yet: vestibule app connect Files.", "Files has no URL and token yet."),
        (
            "12 of 40 would be deactivated: more than 10 and more than 20%. If that is meant, say --accept deactivations.",
            "12 of 40 would be deactivated: more than 10 and more than 20%.",
        ),
        ("There is no person 'x' in the directory. See: vestibule directory list.", "There is no person 'x' in the directory."),
        ("The token is empty.", "The token is empty."),
    ],
)  # fmt: skip
def test_a_rule_s_sentence_is_shown_without_its_command(told: str, shown: str) -> None:
    assert as_shown(told) == shown
