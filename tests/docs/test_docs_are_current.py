"""Generated pages are as the code has them, and nothing declared is missing in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.cli_page import commands
from docs.errors_page import refusals, wire_errors
from docs.generate import CLOSING, DOCS, OPENING, REFERENCE, pages, with_generated_parts
from vestibule.directory.events import EVENTS, Event
from vestibule.profiles.attribute_table import attribute_table
from vestibule.profiles.builtin import builtin_profile, builtin_texts
from vestibule.registry import members
from vestibule.scim.errors import ScimError
from vestibule.settings import setting_names

STALE = "is stale: make docs writes it again"


@pytest.mark.parametrize("page", sorted(pages()), ids=lambda page: str(page.relative_to(DOCS)))
def test_a_generated_page_is_current(page: Path) -> None:
    assert page.exists(), f"{page.name} is missing: make docs writes it"
    assert page.read_text("utf-8") == pages()[page](), f"{page.relative_to(DOCS)} {STALE}"


def test_every_setting_is_listed() -> None:
    listed = _first_cells("settings")
    assert listed == {f"VESTIBULE_{name.upper()}" for name in setting_names()}


def test_every_event_is_declared_in_the_list_and_on_the_page() -> None:
    assert {event.type for event in _below(Event)} - {""} == {event.type for event in EVENTS}
    assert {event.type for event in EVENTS} <= _first_cells("events")


def test_every_error_is_listed() -> None:
    assert set(wire_errors()) == set(_below(ScimError))
    assert {one.__name__ for one in refusals()} <= _first_cells("errors")


def test_every_command_is_listed_with_a_help_text() -> None:
    headings = set(re.findall(r"^### (.+)$", _reference("cli"), re.MULTILINE))
    assert headings == {" ".join(words) for words, _ in commands()}
    assert [words for words, command in commands() if not command.help] == []


def test_every_option_has_a_help_text() -> None:
    silent = [
        " ".join((*words, one.opts[0]))
        for words, command in commands()
        for one in command.params
        if one.param_type_name == "option" and not one.hidden and not one.help
    ]
    assert silent == []


def test_every_profile_and_dialect_is_listed() -> None:
    assert re.findall(r"^## (.+)$", _reference("profiles"), re.MULTILINE) == sorted(builtin_texts())
    assert members("vestibule.scim.dialects", "DIALECT", third_parties=False).keys() <= _first_cells(
        "dialects"
    )


@pytest.mark.parametrize("name", ["acall", "getaccept"])
def test_the_help_page_has_the_attribute_table_of_its_profile(name: str) -> None:
    profile = builtin_profile(name)
    assert profile is not None
    assert attribute_table(profile).strip() in (DOCS / "how-to" / f"okta-{name}.md").read_text("utf-8")


def test_a_part_that_nobody_writes_is_a_fault() -> None:
    with pytest.raises(KeyError):
        with_generated_parts(f"<!-- generated: weather -->\n{CLOSING}")


def test_what_stands_around_a_generated_part_stays() -> None:
    written = with_generated_parts(f"before\n<!-- generated: metrics -->\nold\n{CLOSING}\nafter\n")
    assert OPENING.search(written)
    assert written.startswith("before\n")
    assert written.endswith(f"{CLOSING}\nafter\n")
    assert "old" not in written
    assert "vestibule_scim_requests" in written


def _reference(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text("utf-8")


def _first_cells(name: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)` \|", _reference(name), re.MULTILINE))


def _below(parent: type) -> list[type]:
    found = []
    for child in parent.__subclasses__():
        found += [child, *_below(child)]
    return found
