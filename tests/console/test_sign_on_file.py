"""Settings → Single sign-on: the identity provider's metadata as a file, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.console.conftest import Person
from tests.console.serving import Served
from tests.sign_on.stage import keys
from vestibule.dev_idp.application import DevelopmentIdp
from vestibule.sign_on.service_provider import metadata as our_metadata
from vestibule.sign_on.service_provider import service_provider
from vestibule.tenancy.tenant import Tenant

METADATA = DevelopmentIdp("https://idp.test", keys("idp"), ()).metadata()
_SAVE = "Save the identity provider"


class Office:
    """An administrator at the page; ``gives`` uploads a file."""

    def __init__(self, person: Person, tenant: Tenant, folder: Path) -> None:
        self.person = person
        self.page = f"/tenants/{tenant.slug}/settings/sign-on"
        self._folder = folder

    def gives(self, name: str, content: bytes) -> None:
        """Choose that file and save; what the browser shows then."""
        file = self._folder / name
        file.write_bytes(content)
        self.person.open(self.page)
        self.person.page.get_by_label("or its metadata as a file").set_input_files(file)
        self.person.press(_SAVE)

    def is_told(self, sentence: str) -> None:
        """What is wrong is said on the page itself, where the next file can be chosen."""
        self.person.sees(sentence)
        assert self.person.page.get_by_label("or its metadata as a file").count() == 1
        assert self.person.page.locator("#provider-fault").inner_text().find(sentence) >= 0


@pytest.fixture
def office(person: Person, server: Served, sales: Tenant, tmp_path: Path) -> Office:
    person.sign_in(server.administrator(f"mia@{sales.slug[:40].strip('-')}.test", sales))
    return Office(person, sales, tmp_path)


def test_a_good_file_sets_sign_on_up(office: Office) -> None:
    office.gives("okta.xml", METADATA)
    office.person.sees("Sign-on is set up. Test it now.")
    office.person.sees("Set up with https://idp.test/metadata.")


def test_what_identity_providers_really_write_is_read(office: Office) -> None:
    """A byte order mark, lines as Windows ends them, and comments, of which Shibboleth writes many."""
    commented = METADATA.replace(b"<md:IDPSSODescriptor", b"<!-- This one -->\n<md:IDPSSODescriptor", 1)
    for number, wrapped in enumerate(
        (
            b"\xef\xbb\xbf" + METADATA,
            b"\r\n\r\n" + METADATA.replace(b"\n", b"\r\n"),
            commented + b"\n<!-- written by hand -->",
        )
    ):
        entity_id = f"https://idp{number}.test"
        office.gives("metadata.xml", wrapped.replace(b"https://idp.test", entity_id.encode()))
        office.person.sees(f"Set up with {entity_id}/metadata.")


def test_a_wrong_file_is_told_and_the_right_one_can_follow(office: Office, server: Served) -> None:
    ours = our_metadata(service_provider(server.url, "x", shared=False), [keys("idp").certificate])
    for name, content, sentence in (
        ("ours.xml", ours, "This is the metadata of a service provider, such as ours"),
        ("rss.xml", b"<rss><channel/></rss>", "it has no IDPSSODescriptor"),
        ("page.html", b"<!DOCTYPE html><title>Sign in</title>", "This is a web page, no metadata"),
        ("picture.xml", b"\x89PNG\r\n\x1a\n\x00\x00\xff", "is not UTF-8"),
        ("notes.xml", b"Dear Mia, here is it", "is not well-formed XML"),
        ("cut.xml", METADATA[:400], "is not well-formed XML"),
        ("empty.xml", b"", "The metadata is empty"),
        ("bomb.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "document type declaration"),
    ):
        office.gives(name, content)
        office.is_told(sentence)
    office.gives("right.xml", METADATA)
    office.person.sees("Set up with https://idp.test/metadata.")


def test_a_file_that_is_too_large_is_told_on_the_page(office: Office) -> None:
    office.gives("two.xml", METADATA + b" " * (2 << 20) + b"<x/>")
    office.is_told("at most 1,048,576 are read")
    office.gives("five.xml", b"<x>" + b"y" * (5 << 20) + b"</x>")
    office.person.sees("The file is larger than 4096 KB. Nothing was changed.")
    office.gives("right.xml", METADATA)
    office.person.sees("Set up with https://idp.test/metadata.")


def test_two_ways_at_once_are_refused_and_what_was_typed_stays(office: Office) -> None:
    office.person.open(office.page)
    page = office.person.page
    page.locator("#metadata_url").fill("https://idp.test/metadata")
    page.locator("#metadata").fill("<x/>")
    office.person.press(_SAVE)
    office.is_told("Give the identity provider in one way")
    assert page.locator("#metadata_url").input_value() == "https://idp.test/metadata"
    assert page.locator("#metadata").input_value() == "<x/>"


def test_a_file_without_scripts(chromium: Browser, server: Served, sales: Tenant, tmp_path: Path) -> None:
    one = Person(chromium, server, java_script_enabled=False)
    one.sign_in(server.administrator("plain@files.test", sales))
    office = Office(one, sales, tmp_path)
    office.gives("notes.xml", b"Dear Mia")
    office.is_told("is not well-formed XML")
    office.gives("okta.xml", METADATA)
    one.sees("Sign-on is set up. Test it now.")
    one.close()
