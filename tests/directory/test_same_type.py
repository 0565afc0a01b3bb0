"""Two values of one type are kept, and told (K28)."""

from __future__ import annotations

from typing import Any

import pytest

from tests import cast
from tests.directory.acting import id_of, made
from tests.directory.products import PLAIN
from tests.directory.world import World
from vestibule.directory.same_type import same_type_notes
from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.checker import compile_type
from vestibule.scim.schema import Extension, ResourceType, Schema
from vestibule.scim.schemas.user import USER

TWO_OF_WORK = [
    {"value": "hanako.sato@corp.test", "type": "work", "primary": True},
    {"value": "h.sato@corp.test", "type": "Work"},
    {"value": "hanako@home.test", "type": "home"},
]


def _told(notes: tuple[str, ...]) -> list[str]:
    return [note for note in notes if "of type" in note or "of one type" in note]


@pytest.mark.requirement("K28")
@pytest.mark.parametrize("strict", [False, True])
def test_two_work_addresses_are_kept_and_told(strict: bool) -> None:
    world = World(PLAIN)
    change = world.post(cast.hanako(emails=TWO_OF_WORK), strict=strict)
    assert [email["value"] for email in made(change).document()["emails"]] == [
        email["value"] for email in TWO_OF_WORK
    ]
    (note,) = _told(change.explanation.notes)
    assert note.startswith("emails has 2 values of type work: they are kept")


@pytest.mark.requirement("K28")
def test_a_patch_and_a_put_that_make_a_second_one_are_told_and_others_are_not() -> None:
    world = World(PLAIN)
    created = world.post(cast.hanako())
    person = id_of(created)
    added = world.patch(
        person, {"op": "add", "path": "emails", "value": [{"value": "other@corp.test", "type": "work"}]}
    )
    elsewhere = world.patch(person, {"op": "replace", "path": "title", "value": "Captain"})
    put = world.put(person, cast.hanako(emails=TWO_OF_WORK))
    assert [len(_told(one.explanation.notes)) for one in (created, added, elsewhere, put)] == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param(
            {"phoneNumbers": [{"value": "1", "type": "mobile"}, {"value": "2", "type": "mobile"}]},
            ["phoneNumbers has 2 values of type mobile"],
            id="other attributes",
        ),
        pytest.param(
            {"emails": [{"value": "a@b.test", "type": "hanako"}, {"value": "c@b.test", "type": "HANAKO"}]},
            ["emails has 2 values of one type"],
            id="a client's own word is not repeated",
        ),
        pytest.param({"emails": [{"value": "a@b.test"}, {"value": "c@b.test"}]}, [], id="without a type"),
        pytest.param(
            {"emails": [{"value": "a@b.test", "type": "work"}, {"value": "a@b.test", "type": "work"}]},
            [],
            id="the same twice is one (R16)",
        ),
    ],
)
def test_what_is_told(sent: dict[str, Any], words: list[str]) -> None:
    notes = _told(World(PLAIN).post(cast.hanako(**sent)).explanation.notes)
    assert len(notes) == len(words)
    assert all(note.startswith(word) for note, word in zip(notes, words, strict=True))


def test_it_is_told_of_an_extensions_attribute_too_and_of_none_that_has_no_types() -> None:
    urn = "urn:example:Desk"
    value, kind = Attribute("value"), Attribute("type", canonical_values=("work",))
    phones = Attribute("phones", Type.COMPLEX, multi_valued=True, sub_attributes=(value, kind))
    desk = Schema(urn, "Desk", "", (phones, Attribute("keys", multi_valued=True)))
    type = compile_type(ResourceType("User", "/Users", "", USER, (Extension(desk),)))
    two = [{"value": "1", "type": "work"}, {"value": "2", "type": "Work"}]
    changes = {f"{urn}:phones": [None, two], f"{urn}:keys": [None, ["1", "1"]], "ims": [two, None]}
    (note,) = same_type_notes(type, changes)
    assert note.startswith(f"{urn}:phones has 2 values of type work")
