"""A client's document becomes canonical (RFC 7643 §2–§4)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scim.declared import (
    BADGE,
    BADGE_URN,
    ENTERPRISE,
    GROUP_URN,
    PERSON,
    PHONETIC,
    STRICT_URN,
    TEAM,
    USER_URN,
)
from vestibule.scim.absent import ABSENT
from vestibule.scim.checker import CompiledType
from vestibule.scim.errors import InvalidSyntax, InvalidValue, Mutability, ScimError
from vestibule.scim.filter.tree import AttributePath

ANNA: dict[str, Any] = {
    "schemas": [USER_URN, ENTERPRISE],
    "userName": "anna@example.com",
    "externalId": "00u1",
    "name": {"givenName": "Anna", "familyName": "Berg"},
    "emails": [{"primary": True, "value": "anna@example.com", "type": "work"}],
    "active": True,
    "groups": [],
    ENTERPRISE: {"department": "R&D", "manager": {"value": "26118915", "displayName": "Bo"}},
}


def person(**more: Any) -> dict[str, Any]:
    return {"schemas": [USER_URN], "userName": "anna@example.com", **more}


def test_names_and_order_are_those_declared() -> None:
    checked = PERSON.check(ANNA)
    assert list(checked.document) == ["schemas", "userName", "name", "active", "emails", ENTERPRISE]
    assert list(checked.document["emails"][0]) == ["value", "type", "primary"]
    assert checked.external_id == "00u1"
    assert checked.members is ABSENT


@pytest.mark.requirement("R2", "R92")
def test_letter_case_of_names_makes_no_difference() -> None:
    """R2, and R92 for URNs."""
    shouted = {
        "SCHEMAS": [USER_URN.upper(), ENTERPRISE.lower()],
        "USERNAME": "anna@example.com",
        "externalid": "00u1",
        "Name": {"GIVENNAME": "Anna", "familyname": "Berg"},
        "EMails": [{"Primary": True, "VALUE": "anna@example.com", "Type": "work"}],
        "ACTIVE": True,
        "Groups": [],
        ENTERPRISE.upper(): {"Department": "R&D", "MANAGER": {"Value": "26118915"}},
    }
    assert PERSON.check(shouted) == PERSON.check(ANNA)


@pytest.mark.requirement("R2")
def test_one_name_in_two_spellings_is_refused() -> None:
    with pytest.raises(InvalidSyntax, match="userName is given twice"):
        PERSON.check({**person(), "USERNAME": "bo"})


@pytest.mark.requirement("R12")
@given(st.randoms())
def test_key_order_makes_no_difference(shuffler: random.Random) -> None:
    """R12."""

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            shuffler.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    assert str(PERSON.check(shuffled(ANNA)).document) == str(PERSON.check(ANNA).document)


def test_the_callers_document_is_left_alone() -> None:
    before = str(ANNA)
    PERSON.check(ANNA)
    two = person(emails=[{"value": "a", "primary": True}, {"value": "b", "primary": True}])
    kept = str(two)
    PERSON.check(two)
    assert (str(ANNA), str(two)) == (before, kept)


@pytest.mark.requirement("R17")
@pytest.mark.parametrize("unassigned", [None, [], ""], ids=["null", "[]", "empty text"])
@pytest.mark.parametrize(
    "name",
    [
        "name",
        "displayName",
        "nickName",
        "profileUrl",
        "title",
        "userType",
        "preferredLanguage",
        "locale",
        "timezone",
        "active",
        "emails",
        "phoneNumbers",
        "ims",
        "photos",
        "addresses",
        "entitlements",
        "roles",
        "x509Certificates",
    ],
)
def test_unassigned_is_one_state(name: str, unassigned: Any) -> None:
    """R17, W37; ``cleared`` alone tells an explicit one."""
    checked = PERSON.check(person(**{name: unassigned}))
    assert checked.document == PERSON.check(person()).document
    assert checked.cleared == {name}


@pytest.mark.requirement("R17")
def test_unassigned_inside_objects() -> None:
    checked = PERSON.check(
        person(**{"name": {"givenName": "Anna", "middleName": ""}, ENTERPRISE: {"department": None}})
    )
    assert checked.document == {**person(), "name": {"givenName": "Anna"}}
    assert checked.cleared == {"name.middleName", f"{ENTERPRISE}:department"}


def test_an_extension_set_to_null_clears_each_of_its_attributes() -> None:
    checked = PERSON.check(person(**{ENTERPRISE: None}))
    assert ENTERPRISE not in checked.document
    assert f"{ENTERPRISE}:manager" in checked.cleared
    assert len(checked.cleared) == 6


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("value", ["", "   "])
def test_a_required_attribute_is_not_empty(value: str) -> None:
    """R37."""
    with pytest.raises(InvalidValue, match="userName is required"):
        PERSON.check(person(userName=value))


@pytest.mark.requirement("R27", "R32", "R43", "R47", "R54", "R68", "R95")
def test_only_what_a_client_may_write_is_kept() -> None:
    """R27, R32, R47, R68, R70."""
    checked = PERSON.check(
        person(
            id="mine",
            meta={"version": 'W/"9"', "created": "yesterday"},
            groups=[{"value": "g1"}],
            password="s3cret",
            **{ENTERPRISE: {"manager": {"displayName": "Bo"}}},
        )
    )
    assert checked.document == PERSON.check(person()).document
    assert checked.password_given
    assert checked.dropped == ()


def test_a_wrong_password_is_refused_without_showing_it() -> None:
    with pytest.raises(InvalidValue) as refusal:
        PERSON.check(person(password=["hunter2"]))
    assert "hunter2" not in refusal.value.detail


@pytest.mark.requirement("R18", "R19", "R20")
@pytest.mark.parametrize(
    ("sent", "used"),
    [
        pytest.param(
            {"schemas": [USER_URN], ENTERPRISE: {"department": "R&D"}}, [ENTERPRISE], id="W64: not named"
        ),
        pytest.param({"schemas": [USER_URN, ENTERPRISE]}, [], id="named and not used"),
        pytest.param(
            {"schemas": [ENTERPRISE, USER_URN, USER_URN, "urn:x:y"]}, [], id="R19, R20: undeclared, twice"
        ),
        pytest.param({"schemas": None, ENTERPRISE: {"manager": {}}}, [], id="missing"),
    ],
)
def test_schemas_says_what_is_in_use(sent: dict[str, Any], used: list[str]) -> None:
    assert PERSON.check({**sent, "userName": "anna"}).document["schemas"] == [USER_URN, *used]


@pytest.mark.requirement("R21")
@pytest.mark.parametrize(
    "schemas",
    [
        pytest.param([ENTERPRISE], id="R21: extension only"),
        pytest.param([GROUP_URN], id="another type"),
        pytest.param(USER_URN, id="text"),
        pytest.param([7], id="no text"),
        pytest.param([USER_URN] * 101, id="too many"),
    ],
)
def test_schemas_that_cannot_be(schemas: Any) -> None:
    with pytest.raises(InvalidSyntax, match="schemas"):
        PERSON.check({"schemas": schemas, "userName": "anna"})


def test_what_nobody_declared_is_left_out_and_named() -> None:
    sent = person(
        favourite="tea", name={"nick": "A"}, emails=[{"value": "a", "x": 1}], **{"urn:x:y": {"a": 1}}
    )
    checked = PERSON.check({**sent, "schemas": [USER_URN, "urn:x:y"]})
    assert checked.document == {**person(), "emails": [{"value": "a"}]}
    assert set(checked.dropped) == {"favourite", "name.nick", "emails.x", "urn:x:y", "schemas: urn:x:y"}
    assert checked.cleared == frozenset()


@pytest.mark.requirement("R19", "K44")
@pytest.mark.parametrize(
    "sent",
    [
        {"favourite": "tea"},
        {"name": {"nick": "A"}},
        {ENTERPRISE: {"desk": 4}},
        {"urn:x:y": {}},
        {"schemas": [USER_URN, "urn:x:y"]},
        {"schemas": []},
    ],
)
def test_strict_refuses_what_nobody_declared(sent: dict[str, Any]) -> None:
    with pytest.raises(InvalidSyntax):
        PERSON.check({**person(), **sent}, strict=True)


@pytest.mark.requirement("R14", "R16")
@pytest.mark.parametrize(
    ("emails", "kept"),
    [
        pytest.param(
            [{"value": "a", "primary": True}, {"value": "b", "primary": True}],
            [{"value": "a", "primary": False}, {"value": "b", "primary": True}],
            id="R14: one primary, the last",
        ),
        pytest.param(
            [{"value": "a", "type": "work", "primary": True}, {"value": "a", "type": "work", "display": "A"}],
            [{"value": "a", "display": "A", "type": "work", "primary": True}],
            id="R16: the same twice",
        ),
        pytest.param(
            [{"value": "a", "type": "work"}, {"value": "a", "type": "home"}],
            [{"value": "a", "type": "work"}, {"value": "a", "type": "home"}],
            id="one value of two types",
        ),
        pytest.param(
            [{"type": "work", "primary": True}, None, {}, {"value": "a"}],
            [{"value": "a"}],
            id="W79: no value",
        ),
    ],
)
def test_values_of_a_multi_valued_attribute(emails: list[Any], kept: list[Any]) -> None:
    document = PERSON.check(person(emails=emails)).document
    assert [dict(sorted(e.items())) for e in document["emails"]] == [dict(sorted(e.items())) for e in kept]


@pytest.mark.requirement("R14")
def test_strict_refuses_two_primaries() -> None:
    with pytest.raises(InvalidValue, match="primary"):
        PERSON.check(
            person(roles=[{"value": "a", "primary": True}, {"value": "b", "primary": True}]), strict=True
        )


@pytest.mark.requirement("R46")
def test_country_is_two_letters_in_strict() -> None:
    sent = person(addresses=[{"country": "USA"}])
    assert PERSON.check(sent).document["addresses"] == [{"country": "USA"}]
    with pytest.raises(InvalidValue, match="ISO 3166"):
        PERSON.check(sent, strict=True)


@pytest.mark.requirement("R8", "R9", "R49")
@pytest.mark.parametrize(
    ("sent", "says"),
    [
        pytest.param(
            {"emails": "a@b"}, ['emails must be an array such as [{"value": …}], not "a@b"'], id="R49"
        ),
        pytest.param({"emails": {"value": "a"}}, ["emails must be an array"], id="object for array"),
        pytest.param(
            {"roles": ["admin"]}, ["roles must be an object", '"admin"', "(value 1 of roles)"], id="W76"
        ),
        pytest.param(
            {"emails": [{"value": "a"}, {"value": 7}]}, ["emails.value", "7", "value 2"], id="which value"
        ),
        pytest.param({"name": "Anna Berg"}, ["name must be an object", "Anna Berg"], id="text for object"),
        pytest.param({"title": ["CEO"]}, ["title must be text", "CEO"], id="array for text"),
        pytest.param(
            {"active": "True"}, ["active must be true or false, without quotes", '"True"'], id="K18"
        ),
        pytest.param({"active": 1}, ["active", "1"], id="number for boolean"),
        pytest.param({"userName": "a\u200bb"}, ["userName", "ZERO WIDTH SPACE"], id="hidden character"),
        pytest.param({"title": "a\0"}, ["title", "U+0000"], id="U+0000"),
        pytest.param({"title": "\ud800"}, ["title", "surrogate"], id="lone surrogate"),
        pytest.param({"title": "x" * 65_537}, ["title", "65,537", "65,536"], id="too long"),
        pytest.param({"displayName": "x" * 513}, ["displayName", "513", "512"], id="too long for an index"),
        pytest.param({"emails": [{"value": "a"}] * 1001}, ["emails", "1,001", "1,000"], id="too many"),
        pytest.param({"externalId": 7}, ["externalId", "7"], id="externalId"),
        pytest.param({ENTERPRISE: "R&D"}, [ENTERPRISE, "R&D"], id="text for extension"),
        pytest.param({ENTERPRISE: {"department": 4}}, [f"{ENTERPRISE}:department"], id="in an extension"),
        pytest.param({"profileUrl": "not a uri"}, ["profileUrl", "URI"], id="R9"),
        pytest.param({"x509Certificates": [{"value": "###"}]}, ["x509Certificates.value", "base64"], id="R8"),
    ],
)
def test_a_refusal_names_attribute_value_and_form(sent: dict[str, Any], says: list[str]) -> None:
    with pytest.raises(InvalidValue) as refusal:
        PERSON.check(person(**sent) if "userName" not in sent else {**person(), **sent})
    assert all(part in refusal.value.detail for part in says), refusal.value.detail
    refusal.value.detail.encode()


TEXTS: list[Any] = [
    "Work",
    "",
    " ",
    "a\tb",
    "\0",
    "a\0b",
    "a\x7f",
    "a b",
    "a\u200bb",
    "Zoë",
    "é\0",
    "\ud800",
    "x\udfff",
    *("x" * length for length in (512, 513, 65_536, 65_537)),
    "é" * 513,
    "low",
    "US",
    "USA",
    None,
    [],
    {},
    ["x"],
    7,
    True,
    False,
]


@pytest.mark.parametrize("strict", [False, True], ids=["tolerant", "strict"])
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{ascii(text)[:12]}…{len(str(text))}")
@pytest.mark.parametrize(
    ("type", "path"),
    [
        (PERSON, AttributePath("title")),
        (PERSON, AttributePath("userName")),
        (PERSON, AttributePath("displayName")),
        (PERSON, AttributePath("active")),
        (PERSON, AttributePath("profileUrl")),
        (PERSON, AttributePath("name", "givenName")),
        (PERSON, AttributePath("emails", "value")),
        (PERSON, AttributePath("emails", "type")),
        (PERSON, AttributePath("emails", "primary")),
        (PERSON, AttributePath("addresses", "country")),
        (PERSON, AttributePath("department", urn=ENTERPRISE)),
        (PERSON, AttributePath("manager", "value", urn=ENTERPRISE)),
        (BADGE, AttributePath("text")),
        (BADGE, AttributePath("level")),
        (BADGE, AttributePath("note")),
        (BADGE, AttributePath("place", "room")),
    ],
    ids=str,
)
def test_in_a_document_a_text_is_what_it_is_alone(
    type: CompiledType, path: AttributePath, text: Any, strict: bool
) -> None:
    """Of a document's texts the plain ones are kept by the look of them; ``coerce`` reads each."""
    target = type.target(path)
    assert target
    value = text
    if target.sub:
        companion = {} if target.sub.name == "value" else {"value": "a"}
        known = {sub.name for sub in target.attribute.sub_attributes}
        value = {**{name: part for name, part in companion.items() if name in known}, target.sub.name: text}
    value = {target.attribute.name: [value] if target.attribute.multi_valued else value}
    body = {"schemas": [type.base_urn], **({target.extension: value} if target.extension else value)}

    def in_the_document() -> Any:
        found: Any = type.check(body, strict=strict).document
        for key in target.keys:
            found = (found[0] if isinstance(found, list) else found or {}).get(key)
        return found

    alone = _outcome(lambda: type.coerce(target, text, strict=strict))
    there = _outcome(in_the_document)
    assert there == alone or (isinstance(there, str) and there == f"{alone} (value 1 of {path.name})")
    assert there.__class__ is alone.__class__


def _outcome(read: Callable[[], Any]) -> Any:
    """What is read, or the words of the refusal."""
    try:
        return read()
    except InvalidValue as refusal:
        return f"refused: {refusal.detail}"


@pytest.mark.parametrize("body", [None, [], "x", 7, True])
def test_a_body_is_an_object(body: Any) -> None:
    with pytest.raises(InvalidSyntax, match="JSON object"):
        PERSON.check(body)


KINDS = [
    ("count", 7, 7),
    ("count", -(2**63), -(2**63)),
    ("count", 1.5, InvalidValue),
    ("count", 1e3, InvalidValue),
    ("count", True, InvalidValue),
    ("count", "7", InvalidValue),
    ("count", 2**63, InvalidValue),
    ("weight", 1.5, 1.5),
    ("weight", 2, 2),
    ("weight", True, InvalidValue),
    ("weight", "1.5", InvalidValue),
    ("weight", float("inf"), InvalidValue),
    ("flag", False, False),
    ("flag", 0, InvalidValue),
    ("since", "2026-01-02T03:04:05+02:00", "2026-01-02T03:04:05+02:00"),
    ("since", "2024-01-01", InvalidValue),
    ("since", 1700000000, InvalidValue),
    ("blob", "TWFu", "TWFu"),
    ("blob", "TWE=", "TWE="),
    ("blob", "TWE", "TWE"),
    ("blob", "T", InvalidValue),
    ("blob", "TWE==", InvalidValue),
    ("blob", "TW-_", InvalidValue),
    ("link", "/Users/1", "/Users/1"),
    ("link", "https://example.com/ü", "https://example.com/ü"),
    ("link", "a b", InvalidValue),
    ("level", "HIGH", "High"),
    ("level", "medium", InvalidValue),
    ("advice", "c", "c"),
    ("tags", ["a", "b", "a", "", None], ["a", "b"]),
    ("tags", "a", InvalidValue),
    ("tags", [["a"]], InvalidValue),
    ("place", {"room": "1", "floor": 2}, {"room": "1", "floor": 2}),
    ("place", {"room": {"deep": {}}}, InvalidValue),
    ("issued", "anything", None),
    ("secret", "x", None),
]


@pytest.mark.requirement("R4", "R5", "R6", "R8", "R9")
@pytest.mark.parametrize(("name", "sent", "kept"), KINDS, ids=[f"{n}-{s!r:.30}" for n, s, _ in KINDS])
def test_values_of_each_type(name: str, sent: Any, kept: Any) -> None:
    """R4–R9."""
    document = {"schemas": [BADGE_URN], "text": "t", name: sent}
    if kept is InvalidValue:
        with pytest.raises(InvalidValue, match=name):
            BADGE.check(document)
    else:
        assert BADGE.check(document).document.get(name) == kept


def test_a_closed_attribute_names_what_is_allowed() -> None:
    with pytest.raises(InvalidValue, match="Allowed are: Low, High"):
        BADGE.check({"text": "t", "level": "Middle"})


@pytest.mark.requirement("R22")
def test_extension_objects_may_hold_complex_attributes() -> None:
    sent = person(**{PHONETIC: {"name": {"familyNamePhonetic": "サトウ"}}})
    assert PERSON.check(sent).document[PHONETIC] == {"name": {"familyNamePhonetic": "サトウ"}}
    target = PERSON.target(AttributePath("name", "familynamephonetic", PHONETIC))
    assert target
    assert target.keys == (PHONETIC, "name", "familyNamePhonetic")


def test_what_equals_the_stored_value_is_never_an_error() -> None:
    """Design §5 PUT: only what a request changes is checked."""
    stored = {**person(), "title": 7, "emails": "odd", ENTERPRISE: {"department": ["x"]}}
    checked = PERSON.check({**stored, "displayName": "Anna"}, stored=stored)
    assert (checked.document["title"], checked.document["emails"]) == (7, "odd")
    assert checked.document[ENTERPRISE] == {"department": ["x"]}
    with pytest.raises(InvalidValue, match="title"):
        PERSON.check({**stored, "title": 8}, stored=stored)


def test_a_checked_document_is_its_own_canonical_form() -> None:
    """W31: the resource's own GET answer is accepted."""
    document = PERSON.check(ANNA).document
    assert PERSON.check({**document, "id": "1", "meta": {}}, strict=True).document == document
    assert PERSON.check(document, stored=document).document == document


@pytest.mark.requirement("R69", "R136")
@pytest.mark.parametrize(
    ("sent", "serial"),
    [({"serial": "1"}, "1"), ({}, "1"), ({"serial": "2"}, Mutability), ({"serial": None}, Mutability)],
    ids=["equal", "left out", "other", "null"],
)
def test_an_immutable_attribute_stays(sent: dict[str, Any], serial: Any) -> None:
    """R69, R136."""
    stored = {"schemas": [BADGE_URN], "text": "t", "serial": "1"}
    if serial is Mutability:
        with pytest.raises(Mutability, match="serial"):
            BADGE.check({"text": "t", **sent}, stored=stored)
    else:
        assert BADGE.check({"text": "t", **sent}, stored=stored).document["serial"] == serial


@pytest.mark.requirement("R136")
def test_an_immutable_attribute_takes_its_first_value() -> None:
    assert BADGE.check({"text": "t", "serial": "2"}, stored={"text": "t"}).document["serial"] == "2"


@pytest.mark.requirement("R69")
def test_an_immutable_sub_attribute_stays() -> None:
    stored = {"text": "t", "place": {"room": "1", "building": "A"}}
    kept = BADGE.check({"text": "t", "place": {"room": "2"}}, stored=stored).document["place"]
    assert kept == {"room": "2", "building": "A"}
    with pytest.raises(Mutability, match=r"place\.building"):
        BADGE.check({"text": "t", "place": {"room": "2", "building": "B"}}, stored=stored)


@pytest.mark.requirement("R63")
@pytest.mark.parametrize(
    ("document", "paths"),
    [
        ({}, ["text", STRICT_URN, f"{STRICT_URN}:zone"]),
        ({"text": "t", STRICT_URN: {"zone": "z"}}, []),
        ({"text": "t", STRICT_URN: {"hint": "h"}}, [f"{STRICT_URN}:zone"]),
        ({"text": "t", STRICT_URN: {"zone": "z"}, "place": {"floor": 1}}, ["place.room"]),
    ],
)
def test_missing_names_required_paths(document: dict[str, Any], paths: list[str]) -> None:
    """R37, R63."""
    assert BADGE.missing(document) == paths


def test_group_members_are_taken_out() -> None:
    checked = TEAM.check({"displayName": "A", "members": [{"value": "u1", "display": "x"}, {"value": "u1"}]})
    assert checked.members == [{"value": "u1"}]
    assert "members" not in checked.document


@pytest.mark.parametrize("members", [None, []])
def test_no_members_is_told_from_members_not_sent(members: Any) -> None:
    checked = TEAM.check({"displayName": "A", "members": members})
    assert checked.members is None
    assert checked.cleared == {"members"}
    assert TEAM.check({"displayName": "A"}).members is ABSENT


def test_members_are_objects_with_a_value() -> None:
    with pytest.raises(InvalidValue, match="members"):
        TEAM.check({"displayName": "A", "members": [{"display": "Anna"}]})
    with pytest.raises(InvalidValue, match="members"):
        TEAM.check({"displayName": "A", "members": ["u1"]})


@pytest.mark.parametrize(
    "members",
    [[{"type": "User"}], [{}], [None], [{"value": ""}], [{"value": "u1"}, {"type": "User"}]],
    ids=["label", "nothing", "null", "empty", "beside another"],
)
def test_a_member_without_value_is_refused_rather_than_left_out(members: Any) -> None:
    """A team is never emptied by what could not be read."""
    with pytest.raises(InvalidValue, match=r"members, value \d: value is missing"):
        TEAM.check({"displayName": "A", "members": members})


def test_members_may_be_many() -> None:
    checked = TEAM.check({"displayName": "A", "members": [{"value": str(n)} for n in range(5000)]})
    assert isinstance(checked.members, list)
    assert len(checked.members) == 5000


@pytest.mark.parametrize(
    ("sent", "told"), [({}, ABSENT), ({"externalId": None}, None), ({"externalId": ""}, None)]
)
def test_external_id_absent_or_cleared(sent: dict[str, Any], told: Any) -> None:
    checked = PERSON.check(person(**sent))
    assert checked.external_id is told
    assert ("externalId" in checked.cleared) == bool(sent)


TARGETS = [
    (AttributePath("USERNAME"), ("userName",)),
    (AttributePath("name", "FamilyName"), ("name", "familyName")),
    (AttributePath("userName", urn=USER_URN.upper()), ("userName",)),
    (AttributePath("meta", "lastmodified"), ("meta", "lastModified")),
    (AttributePath("id"), ("id",)),
    (AttributePath("externalid"), ("externalId",)),
    (AttributePath("department", urn=ENTERPRISE.lower()), (ENTERPRISE, "department")),
    (AttributePath("manager", "displayname", ENTERPRISE), (ENTERPRISE, "manager", "displayName")),
    (AttributePath("", urn=ENTERPRISE), (ENTERPRISE,)),
    (AttributePath("User", urn=ENTERPRISE.rpartition(":")[0]), (ENTERPRISE,)),
    (AttributePath("department"), None),
    (AttributePath("userName", urn=ENTERPRISE), None),
    (AttributePath("userName", "x"), None),
    (AttributePath("name", "nick"), None),
    (AttributePath("", urn=USER_URN), None),
    (AttributePath("a", urn="urn:x"), None),
]


@pytest.mark.requirement("R92", "R93")
@pytest.mark.parametrize(("path", "keys"), TARGETS, ids=[str(p) for p, _ in TARGETS])
def test_targets(path: AttributePath, keys: tuple[str, ...] | None) -> None:
    """R92, R93."""
    target = PERSON.target(path)
    assert (target.keys if target else None) == keys


def test_coerce_reads_one_value_as_check_does() -> None:
    def target(name: str, sub: str | None = None, urn: str | None = None) -> Any:
        return PERSON.target(AttributePath(name, sub, urn))

    assert PERSON.coerce(target("emails"), [{"VALUE": "a"}]) == [{"value": "a"}]
    assert PERSON.coerce(target("emails"), {"Value": "a"}, element=True) == {"value": "a"}
    assert PERSON.coerce(target("emails", "primary"), True) is True
    assert PERSON.coerce(target("title"), "") is None
    assert PERSON.coerce(target("title"), None) is None
    assert PERSON.coerce(target("", urn=ENTERPRISE), {"DEPARTMENT": "R&D"}) == {"department": "R&D"}
    with pytest.raises(InvalidValue, match="ZERO WIDTH"):
        PERSON.coerce(target("userName"), "a\u200bb")
    with pytest.raises(InvalidSyntax):
        PERSON.coerce(target("name"), {"nick": "A"}, strict=True)


def test_with_schemas_says_what_is_used_and_orders() -> None:
    document = {
        "title": "x",
        "userName": "a",
        "id": "1",
        "old": 1,
        ENTERPRISE: {},
        PHONETIC: {"name": {"a": "b"}},
    }
    again = PERSON.with_schemas(document)
    assert list(again) == ["schemas", "id", "userName", "title", PHONETIC, "old"]
    assert again["schemas"] == [USER_URN, PHONETIC]


def test_with_defaults_fills_in_what_is_absent() -> None:
    assert PERSON.with_defaults(person())["active"] is True
    assert PERSON.with_defaults(person(active=False))["active"] is False


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["userName", "name", "emails", "active", "roles", "externalId", "schemas", "USERNAME", ENTERPRISE]
)
SUBS = st.dictionaries(
    st.sampled_from(["value", "type", "primary", "givenName", "manager"]), ANYTHING, max_size=3
)


@given(
    st.dictionaries(NAMES | st.text(max_size=6), ANYTHING | SUBS | st.lists(SUBS, max_size=3), max_size=6),
    st.booleans(),
)
def test_no_body_breaks_the_check(body: dict[str, Any], strict: bool) -> None:
    try:
        checked = PERSON.check(body, strict=strict)
    except ScimError as caught:
        refusal: ScimError | None = caught
    else:
        refusal = None
        assert PERSON.check(checked.document).document == checked.document
        PERSON.search_form(checked.document)
        PERSON.missing(checked.document)
    assert refusal is None or (refusal.status == 400 and refusal.detail.encode())
