"""Attributes of every type, declared by a profile: what is taken, how it is found, what stays (RFC 7643 §2.3, §7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import CORE_USER
from tests.conformance.people import change, created, found, is_error, path_of, person
from tests.installation import Site, Tenant
from vestibule.profiles.builtin import builtin_texts
from vestibule.tenancy.kept_profiles import keep_profile

BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:User"
REQUIRED = "urn:example:params:scim:schemas:extension:safety:2.0:User"
_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "plain": {},
    "exact": {"case_exact": True},
    "flag": {"type": "boolean"},
    "level": {"type": "integer"},
    "height": {"type": "decimal"},
    "hired": {"type": "dateTime"},
    "key": {"type": "binary"},
    "page": {"type": "reference", "reference_types": ["external"]},
    "tags": {"multi_valued": True},
    "serial": {"mutability": "immutable"},
    "score": {"mutability": "readOnly"},
    "note": {"returned": "request"},
    "colour": {"returned": "always"},
}


def _schema(urn: str, name: str, attributes: dict[str, dict[str, Any]], *more: str) -> str:
    lines = ["[[schemas]]", f'id = "{urn}"', f'name = "{name}"', *more]
    for attribute, characteristics in attributes.items():
        lines += ["[[schemas.attributes]]", f'name = "{attribute}"']
        for key, value in characteristics.items():
            shown = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
            lines.append(f"{key} = {shown}")
    return "\n".join([*lines, ""])


@pytest.fixture
async def badges(site: Site) -> Tenant:
    """A product whose people have a badge with an attribute of every kind."""
    return await _product(site, "badges", _schema(BADGE, "Badge", _ATTRIBUTES))


async def _product(site: Site, name: str, schemas: str) -> Tenant:
    text = builtin_texts()["generic"].replace('name = "generic"', f'name = "{name}"')
    await keep_profile(site.desk, f"{text}\n{schemas}", f"{name}.toml")
    return await site.tenant(name)


def holder(user_name: str = "mika@corp.test", **badge: Any) -> dict[str, Any]:
    return person(user_name, schemas=[CORE_USER, BADGE], **{BADGE: badge})


@pytest.mark.requirement("R3", "R64", "R66")
async def test_what_the_declaration_leaves_open_has_the_defaults(badges: Tenant) -> None:
    served = (await badges.get(f"/Schemas/{BADGE}")).json
    plain = next(attribute for attribute in served["attributes"] if attribute["name"] == "plain")
    del plain["description"]
    assert plain == {
        "name": "plain",
        "type": "string",
        "multiValued": False,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    types = {attribute["name"]: attribute["type"] for attribute in served["attributes"]}
    assert {types[name] for name in ("flag", "level", "height", "hired", "key", "page")} == {
        "boolean", "integer", "decimal", "dateTime", "binary", "reference",
    }  # fmt: skip
    made = await created(badges, holder(plain="Same"))
    await created(badges, holder("zoe@corp.test", plain="sAME"))
    assert len(await found(badges, f'{BADGE}:plain eq "SAME"')) == 2
    await badges.patch(path_of(made), change("replace", f"{BADGE}:plain", "Other"))
    assert (await badges.get(path_of(made))).json[BADGE] == {"plain": "Other"}


@pytest.mark.requirement("R4", "R5", "R6", "R8", "R9")
@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("flag", True, True), ("flag", 1, False), ("flag", "yes", False), ("flag", [True], False),
        ("level", 7, True), ("level", -(2**63), True), ("level", 1.5, False), ("level", 1e3, False),
        ("level", "7", False), ("level", True, False), ("level", 2**63, False), ("level", 10**40, False),
        ("height", 1.5, True), ("height", 2, True), ("height", "1.5", False), ("height", True, False),
        ("hired", "2026-01-02T03:04:05Z", True), ("hired", "2026-01-02T03:04:05.678+02:00", True),
        ("hired", "2024-01-01", False), ("hired", "03:04:05Z", False), ("hired", 1700000000, False),
        ("hired", "2026-02-30T00:00:00Z", False), ("hired", "yesterday", False),
        ("key", "TWFu", True), ("key", "TWE=", True), ("key", "TWE", True), ("key", "###", False),
        ("key", "T", False), ("key", 7, False),
        ("page", "https://corp.test/a?b=c", True), ("page", "../Users/1", True), ("page", "a b", False),
        ("page", "https://[", False),
        ("tags", ["a", "b"], True), ("tags", [1], False), ("tags", {"a": 1}, False),
    ],
)  # fmt: skip
async def test_each_type_takes_its_values_and_no_others(
    badges: Tenant, name: str, value: Any, taken: bool
) -> None:
    posted = await badges.post("/Users", holder(**{name: value}))
    made = await created(badges, person("zoe@corp.test"))
    patched = await badges.patch(path_of(made), change("add", f"{BADGE}:{name}", value))
    if taken:
        assert posted.json[BADGE] == patched.json[BADGE] == {name: value}
        assert (await badges.get(f"/Users/{posted.json['id']}")).json[BADGE] == {name: value}
    else:
        for answer in (posted, patched):
            is_error(answer, 400, "invalidValue")
            assert name in answer.json["detail"]
        assert (await badges.get(path_of(made))).json == made


@pytest.mark.requirement("R7", "R108", "R111", "R112")
async def test_each_type_compares_as_it_must(badges: Tenant) -> None:
    low = await created(
        badges,
        holder(
            "low@corp.test", flag=False, level=-7, height=1.5, hired="2026-01-01T23:59:59+02:00", key="TWE="
        ),
    )
    high = await created(
        badges,
        holder("high@corp.test", flag=True, level=30, height=10.25, hired="2026-01-01T22:00:00Z", key="TWFu"),
    )
    both, none = [low["id"], high["id"]], []  # type: ignore[var-annotated]
    for text, expected in (
        ("flag eq true", [high["id"]]), ("flag ne true", [low["id"]]), ("flag pr", both),
        ("level gt 4", [high["id"]]), ("level ge -7", both), ("level lt 4", [low["id"]]), ("level le -8", none),
        ("level eq 30.0", [high["id"]]), ("level eq 3e1", [high["id"]]), ("level gt 1e100", none),
        ("height lt 2", [low["id"]]), ("height ge 10.25", [high["id"]]), ("height eq 1.50", [low["id"]]),
        ('hired lt "2026-01-01T22:00:00Z"', [low["id"]]), ('hired eq "2026-01-01T21:59:59Z"', [low["id"]]),
        ('hired eq "2026-01-02t00:00:00+02:00"', [high["id"]]), ('hired ge "2026-01-01T16:59:59-05:00"', both),
        ('key eq "TWFu"', [high["id"]]), ('key eq "twfu"', none), ('key ne "TWFu"', [low["id"]]),
    ):  # fmt: skip
        assert await found(badges, f"{BADGE}:{text}") == expected, text
    for refused in (
        "flag gt true",
        "flag sw true",
        'key lt "TWFu"',
        'level co "3"',
        'level eq "3"',
        'hired sw "2026"',
    ):
        is_error(await badges.get(f"/Users?filter={BADGE}:{refused}"), 400, "invalidFilter")


@pytest.mark.requirement("R69", "R136", "R144")
async def test_what_is_immutable_is_set_once(badges: Tenant) -> None:
    made = await created(badges, holder(plain="x"))
    path, serial = path_of(made), f"{BADGE}:serial"
    first = await badges.put(path, holder(serial="S1"))
    assert first.json[BADGE] == {"serial": "S1"}
    assert (await badges.put(path, holder(serial="S1", plain="y"))).status == 200
    is_error(await badges.put(path, holder(serial="S2")), 400, "mutability")
    for operation in (
        change("replace", serial, "S2"),
        change("add", serial, "S2"),
        change("remove", serial),
        change("replace", None, {BADGE: {"serial": "S2"}}),
        change("remove", BADGE),
    ):
        is_error(await badges.patch(path, operation), 400, "mutability")
    assert (await badges.patch(path, change("add", serial, "S1"))).status == 200
    assert (await badges.get(path)).json[BADGE] == {"serial": "S1", "plain": "y"}
    other = await created(badges, person("zoe@corp.test"))
    assert (await badges.patch(path_of(other), change("add", serial, "S9"))).json[BADGE] == {"serial": "S9"}


@pytest.mark.requirement("R68", "R95", "R137")
async def test_what_is_read_only_is_passed_over_or_refused(badges: Tenant) -> None:
    made = await created(badges, holder(score="100", plain="x"))
    assert made[BADGE] == {"plain": "x"}
    assert (await badges.put(path_of(made), holder(score="100"))).json.get(BADGE) is None
    is_error(await badges.patch(path_of(made), change("add", f"{BADGE}:score", "100")), 400, "mutability")


@pytest.mark.requirement("R71", "R72", "R73")
async def test_each_is_returned_as_declared(badges: Tenant) -> None:
    made = await created(badges, holder(note="n", colour="red", plain="x"))
    assert made[BADGE] == {"note": "n", "colour": "red", "plain": "x"}
    path = path_of(made)
    for query, shown in (
        ("", {"colour": "red", "plain": "x"}),
        ("?attributes=userName", {"colour": "red"}),
        (f"?attributes={BADGE}:note", {"colour": "red", "note": "n"}),
        (f"?excludedAttributes={BADGE}:colour,{BADGE}:plain", {"colour": "red"}),
    ):
        assert (await badges.get(f"{path}{query}")).json[BADGE] == shown, query
        (listed,) = (await badges.get(f"/Users{query}")).json["Resources"]
        assert listed[BADGE] == shown, query
    other = (await badges.patch(path, change("replace", "title", "Boss"))).json
    assert "note" not in other[BADGE]


@pytest.mark.requirement("R63", "R62", "R138")
async def test_a_required_extension_is_there_with_what_it_requires(site: Site) -> None:
    schema = _schema(REQUIRED, "Safety", {"zone": {"required": True}, "hint": {}}, "required = true")
    tenant = await _product(site, "safety", schema)
    (types,) = [
        one for one in (await tenant.get("/ResourceTypes")).json["Resources"] if one["name"] == "User"
    ]
    assert {"schema": REQUIRED, "required": True} in types["schemaExtensions"]
    for body in (
        person(),
        person(**{REQUIRED: {}}),
        person(**{REQUIRED: {"hint": "x"}}),
        person(**{REQUIRED: None}),
    ):
        answer = await tenant.post("/Users", body)
        is_error(answer, 400, "invalidValue")
        assert REQUIRED in answer.json["detail"]
    made = await created(tenant, person(**{REQUIRED: {"zone": "A"}}))
    is_error(await tenant.put(path_of(made), person()), 400)
    is_error(await tenant.patch(path_of(made), change("remove", f"{REQUIRED}:zone")), 400, "mutability")
    is_error(await tenant.patch(path_of(made), change("remove", REQUIRED)), 400, "mutability")
    assert (await tenant.get(path_of(made))).json == made
