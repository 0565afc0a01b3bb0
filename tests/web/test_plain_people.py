"""What is read as plain is what the checks make of it, and nothing that they would repair, refuse or note."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.people import person as invented
from tests.scim.declared import BADGE, ENTERPRISE, PERSON, USER_URN
from vestibule.profiles.builtin import builtin_profile
from vestibule.scim.attribute import Attribute, Mutability, Type
from vestibule.scim.checker import Checked, CompiledType, compile_type
from vestibule.scim.dialects.shapes import shapes_of
from vestibule.scim.schema import Extension, ResourceType, Schema
from vestibule.scim.schemas.user import USER as USER_SCHEMA
from vestibule.scim.values import is_kept
from vestibule.web.plain_people import PlainPeople, plain_people

RECORDINGS = Path(__file__).parent.parent / "recordings"
PROFILES = ("generic", "acall", "getaccept")


def of(profile: str) -> CompiledType:
    found = builtin_profile(profile)
    assert found is not None
    return found.types["User"]


def with_badges(**value: Any) -> CompiledType:
    """People with badges of an odd declaration."""
    badges = Attribute(
        "badges",
        Type.COMPLEX,
        multi_valued=True,
        sub_attributes=(Attribute("type"), Attribute(**{"name": "value", **value})),
    )
    schema = replace(USER_SCHEMA, attributes=(*USER_SCHEMA.attributes, badges))
    return compile_type(ResourceType("User", "/Users", "A person", schema))


TYPES = {
    **{name: of(name) for name in PROFILES},
    "everything": PERSON,
    "badges": BADGE,
    "value read only": with_badges(mutability=Mutability.READ_ONLY),
    "value in capitals": with_badges(name="Value"),
}


def read(
    type: CompiledType, document: Any, *, strict: bool = False, raw: bytes | None = None
) -> Checked | None:
    raw = raw or json.dumps(document).encode()
    return plain_people(type).read(raw, orjson.loads(raw), strict=strict)


def order(value: Any) -> Any:
    """A document with the order of its keys: equal dicts may differ in that."""
    if isinstance(value, dict):
        return [(key, order(part)) for key, part in value.items()]
    return [order(part) for part in value] if isinstance(value, list) else value


def hold_equal(type: CompiledType, document: Any, *, strict: bool = False) -> bool:
    """Whether it was plain; then the dialects find nothing in it, and the checks the same."""
    raw = orjson.dumps(document)
    parsed = orjson.loads(raw)
    found = read(type, parsed, strict=strict, raw=raw)
    if found is None:
        return False
    assert shapes_of(type).is_clean(parsed)
    expected = type.check(parsed, strict=strict)
    assert found == expected
    assert order(found.document) == order(expected.document)
    return True


def person(**more: Any) -> dict[str, Any]:
    return {"schemas": [USER_URN], "userName": "anna@example.com", **more}


@pytest.mark.parametrize("number", range(40))
def test_what_nearly_everybody_sends_is_plain(number: int) -> None:
    assert hold_equal(TYPES["generic"], invented(number))


def recorded_people() -> Iterator[tuple[str, Any]]:
    for file in sorted(RECORDINGS.rglob("*.json")):
        for at, body in enumerate(_bodies(json.loads(file.read_text("utf-8")))):
            yield f"{file.relative_to(RECORDINGS)}:{at}", body


def _bodies(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if "userName" in value:
            yield value
        for part in value.values():
            yield from _bodies(part)
    elif isinstance(value, list):
        for part in value:
            yield from _bodies(part)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_clients_really_send_is_read_the_same(profile: str) -> None:
    bodies = list(recorded_people())
    plain = [name for name, body in bodies if hold_equal(TYPES[profile], body)]
    assert len(bodies) > 20
    assert plain, "recorded people come plain, too"


#: Each of these the checks refuse, repair, note or leave something out of.
NEVER_PLAIN: list[dict[str, Any]] = [
    person(title=""),
    person(title=None),
    person(title=7),
    person(title=["x"]),
    person(title="x" * 70_000),
    person(title="a\0b"),
    person(active="true"),
    person(active=1),
    person(active=None),
    person(USERNAME="bo"),
    person(name={}),
    person(name={"givenName": ""}),
    person(name={"GivenName": "A"}),
    person(name=[]),
    person(emails=[]),
    person(emails=[{}]),
    person(emails=[None]),
    person(emails=[{"type": "work"}]),
    person(emails=[{"value": "a@b.example", "type": None}]),
    person(emails=[{"value": "a@b.example"}, {"value": "a@b.example"}]),
    person(emails=[{"value": "a@b.example", "primary": True}, {"value": "c@b.example", "primary": True}]),
    person(emails=[{"value": "a" * 600}]),
    person(emails={"value": "a@b.example"}),
    person(emails=[{"value": "a@b.example", "primary": "true"}]),
    person(emails=[{"value": "a@b.example", "display": {}}]),
    person(externalId=""),
    person(externalId=None),
    person(externalId="x" * 600),
    person(unheardOf="x"),
    person(schemas=[]),
    person(schemas=[USER_URN.upper()]),
    person(schemas=[USER_URN, "urn:unheard:of"]),
    person(schemas=USER_URN),
    person(userName="an\u200bna@example.com"),
    person(userName="  "),
    person(userName=None),
    person(roles=[]),
    person(roles=[{"value": '{"id": 1}'}]),
    person(roles=["admin"]),
    person(**{ENTERPRISE: {}}),
    person(**{ENTERPRISE: {"department": ""}}),
    person(**{ENTERPRISE: {"Department": "R&D"}}),
    person(**{ENTERPRISE: None}),
    person(**{ENTERPRISE: {"manager": {}}}),
    person(**{ENTERPRISE: {"manager": {"value": "1", "displayName": "Bo"}}}),
    person(**{ENTERPRISE.upper(): {"department": "R&D"}}),
    {"userName": "anna@example.com"},
]
#: Of these nothing is kept; and what is required is asked for elsewhere.
OURS: list[dict[str, Any]] = [
    {"schemas": [USER_URN]},
    person(id="7"),
    person(meta={"resourceType": "User"}),
    person(groups=[{"value": "7"}]),
    person(password="secret"),
    person(meta={"deep": [[[{}]]]}, groups=[{"value": "7", "display": "Team"}], id=""),
]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("type", TYPES.values(), ids=TYPES)
def test_what_is_odd_is_left_to_the_checks_or_read_as_they_do(type: CompiledType, strict: bool) -> None:
    for document in (*NEVER_PLAIN, *OURS):
        hold_equal(type, document, strict=strict)


@pytest.mark.parametrize("number", range(len(NEVER_PLAIN)))
def test_what_is_empty_unknown_or_of_a_wrong_type_is_not_plain(number: int) -> None:
    assert read(TYPES["generic"], NEVER_PLAIN[number]) is None


def test_what_is_the_servers_own_or_never_shown_hinders_nobody() -> None:
    assert all(hold_equal(TYPES["generic"], document) for document in OURS)


def test_an_extension_whose_urn_msgspec_cannot_name_makes_nobody_plain() -> None:
    generic = TYPES["generic"].resource_type
    quoted = Extension(Schema('urn:acme:a"b', "Odd", "Odd", (Attribute("size"),)))
    type = compile_type(replace(generic, extensions=(*generic.extensions, quoted)))
    assert read(type, person()) is None
    assert type.check(person()).document == person()


@pytest.mark.parametrize(
    "badge", [{"type": "w"}, {}, {"value": "1"}, {"Value": "1"}, {"type": "w", "value": "1"}]
)
@pytest.mark.parametrize("name", ["value read only", "value in capitals"])
def test_values_without_one_that_is_kept(name: str, badge: dict[str, str]) -> None:
    hold_equal(TYPES[name], person(badges=[badge]))


def test_blanks_in_the_text_make_no_difference() -> None:
    type = TYPES["generic"]
    document = invented(3)
    assert read(type, document, raw=json.dumps(document, indent=4).encode()) == type.check(document)
    for empty in (b"{ }", b"[ ]", b'""', b"null"):
        for name in (b"name", b"emails", b"title", b"active", ENTERPRISE.encode()):
            raw = b'{"schemas": ["%s"], "userName": "a@b.example", "%s": %s}' % (
                USER_URN.encode(),
                name,
                empty,
            )
            assert read(type, None, raw=raw) is None, raw


def test_an_extension_without_its_urn_in_schemas_is_in_use_all_the_same() -> None:
    document = person(**{ENTERPRISE: {"department": "R&D"}})
    assert hold_equal(TYPES["generic"], document)
    found = read(TYPES["generic"], document)
    assert found is not None
    assert found.document["schemas"] == [USER_URN, ENTERPRISE]


def test_lengths_are_counted_in_characters() -> None:
    type = TYPES["generic"]
    assert hold_equal(type, person(externalId="ü" * 512))
    assert read(type, person(externalId="ü" * 513)) is None
    assert hold_equal(type, person(title="\U0001f600" * 65_536))
    assert read(type, person(title="\U0001f600" * 65_537)) is None


def test_it_is_compiled_once() -> None:
    assert plain_people(TYPES["generic"]) is plain_people(TYPES["generic"])
    assert isinstance(plain_people(TYPES["generic"]), PlainPeople)


#: Values as they should be, and others under names that are declared or nearly so.
_RIGHT = st.sampled_from(["x", "Zoë", "a@b.example", "work", "https://a.example/", "tel:+46-8-1", " y"])
_TEXTS = st.sampled_from(["", " ", "true", "2026-01-31T08:00:00Z", "[]", '{"a":1}', "\0", "x" * 513])
_SIMPLE = st.one_of(
    _RIGHT,
    _TEXTS,
    st.none(),
    st.booleans(),
    st.integers(-2, 1 << 63),
    st.floats(allow_nan=False),
    st.text(max_size=8),
)
_NAMES = st.sampled_from(["value", "type", "primary", "display", "$ref", "givenName", "country", "Value"])
_OBJECTS = st.dictionaries(_NAMES, _SIMPLE, max_size=4)
_ODD = st.one_of(_SIMPLE, _OBJECTS, st.lists(st.one_of(_OBJECTS, _SIMPLE), max_size=3))


def _due(attribute: Attribute) -> st.SearchStrategy[Any]:
    """Values of the declared type; of several, none is empty."""
    one: st.SearchStrategy[Any] = _RIGHT
    if attribute.type is Type.BOOLEAN:
        one = st.booleans()
    elif attribute.type is Type.COMPLEX:
        subs = {sub.name: _due(sub) for sub in attribute.sub_attributes if is_kept(sub)}
        fixed = {"value": subs.pop("value")} if attribute.multi_valued and "value" in subs else {}
        one = st.fixed_dictionaries(fixed, optional=subs).filter(bool)
    return st.lists(one, min_size=1, max_size=3) if attribute.multi_valued else one


def documents(type: CompiledType, *, odd: bool) -> st.SearchStrategy[dict[str, Any]]:
    """People whose values are as declared; of ``odd`` ones some are not."""

    def object_of(attributes: Sequence[Attribute]) -> dict[str, st.SearchStrategy[Any]]:
        return {
            a.name: st.one_of(_due(a), _due(a), _ODD) if odd else _due(a) for a in attributes if is_kept(a)
        }

    optional = object_of(type.resource_type.schema.attributes)
    optional |= {"groups": st.just([]), "externalId": _RIGHT}
    if odd:
        optional |= {
            "password": _SIMPLE,
            "externalId": _SIMPLE,
            "id": _SIMPLE,
            "meta": _OBJECTS,
            "groups": _ODD,
        }
    for extension in type.resource_type.extensions:
        inner = st.fixed_dictionaries({}, optional=object_of(extension.schema.attributes))
        optional[extension.schema.id] = st.one_of(inner, _ODD) if odd else inner
    fixed = {
        "schemas": st.sampled_from([[type.base_urn], [type.base_urn, *type.urns], *([[]] if odd else [])])
    }
    if optional.pop("userName", None) is not None:
        fixed["userName"] = st.sampled_from(["anna@example.com", "Zoë", *(["a\u200bb", ""] if odd else [])])
    return st.fixed_dictionaries(fixed, optional=optional)  # type: ignore[arg-type]


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), strict=st.booleans())
def test_any_document_is_read_as_the_checks_do_or_not_at_all(
    name: str, odd: bool, data: st.DataObject, strict: bool
) -> None:
    hold_equal(TYPES[name], data.draw(documents(TYPES[name], odd=odd)), strict=strict)


@pytest.mark.parametrize("name", TYPES)
def test_most_of_what_is_as_declared_is_plain(name: str) -> None:
    """Else the comparison above would compare nothing."""
    seen: list[bool] = []

    @settings(
        max_examples=60,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(documents(TYPES[name], odd=False))
    def look(document: dict[str, Any]) -> None:
        seen.append(hold_equal(TYPES[name], document))

    look()
    assert sum(seen) > len(seen) / 10
