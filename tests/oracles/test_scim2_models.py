"""scim2-models (pinned) as a second opinion: on what is served, and on what a PATCH does.

Where the two PATCH engines disagree, the disagreement stands in ``DIFFERENCES`` with the row that
decides and an example; any other is red.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from hypothesis import assume, event, given
from pydantic import ValidationError
from scim2_models import (
    Context,
    EnterpriseUser,
    Error,
    Group,
    ListResponse,
    PatchOp,
    Resource,
    ResourceType,
    Schema,
    SCIMException,
    ServiceProviderConfig,
    User,
)

from tests.installation import Site, Tenant, installation
from tests.profiles.devices import device, text
from tests.reference.effort import examples
from tests.reference.worlds import Chooser, a_document, an_operation, made_by
from vestibule.scim.attribute import Attribute, Mutability
from vestibule.scim.checker import compile_type
from vestibule.scim.errors import ScimError
from vestibule.scim.patch import apply_patch, parse_patch
from vestibule.scim.schema import Extension
from vestibule.scim.schema import ResourceType as Declared
from vestibule.scim.schemas.enterprise_user import ENTERPRISE_USER
from vestibule.scim.schemas.user import USER
from vestibule.scim.target import Target
from vestibule.tenancy.kept_profiles import keep_profile

if "__deepcopy__" not in Enum.__dict__:
    # Before 3.11.4 Python copies a member of an enumeration by its name, and theirs have members of any name.
    Enum.__deepcopy__ = lambda self, memo: self  # type: ignore[attr-defined]

TYPE = Declared("User", "/Users", "", USER, (Extension(ENTERPRISE_USER),))
OURS = compile_type(TYPE)
THEIRS = User[EnterpriseUser]
ENTERPRISE = ENTERPRISE_USER.id
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CORE = USER.id


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with installation() as opened:
        await keep_profile(opened.desk, text(), "devices.toml")
        yield opened


@pytest.fixture(params=["acall", "getaccept", "generic", "devices"])
async def tenant(request: pytest.FixtureRequest, site: Site) -> Tenant:
    return await site.tenant(request.param)


@pytest.mark.requirement("R18", "R56", "R57", "R58", "R61", "R62", "R64", "R65", "R66", "R103", "K30")
async def test_discovery_is_read(tenant: Tenant) -> None:
    answer = Context.RESOURCE_QUERY_RESPONSE
    config = (await tenant.get("/ServiceProviderConfig")).json
    assert ServiceProviderConfig.model_validate(config, scim_ctx=answer).patch.supported is True
    types = ListResponse[ResourceType].model_validate(
        (await tenant.get("/ResourceTypes")).json, scim_ctx=answer
    )
    schemas = ListResponse[Schema].model_validate((await tenant.get("/Schemas")).json, scim_ctx=answer)
    known = {schema.id for schema in schemas.resources}
    for type in types.resources:
        assert {str(type.schema_), *(str(e.schema_) for e in type.schema_extensions or ())} <= known
    for schema in schemas.resources:
        assert Resource.from_schema(schema).__schema__ == schema.id


@pytest.mark.requirement("R18", "R23", "R24", "R49", "R81", "R84", "R103", "R104")
async def test_resources_lists_and_errors_are_read(site: Site) -> None:
    tenant = await site.tenant("devices")
    person = {
        "schemas": [CORE, ENTERPRISE],
        "userName": "kim@example.com",
        "name": {"givenName": "Min-jun", "familyName": "Kim"},
        "emails": [{"value": "kim@example.com", "type": "work", "primary": True}],
        "x509Certificates": [{"value": "QUI="}],
        ENTERPRISE: {"department": "Sales", "manager": {"value": "boss"}},
    }
    made = (await tenant.post("/Users", person)).json
    assert THEIRS.model_validate(made, scim_ctx=Context.RESOURCE_CREATION_RESPONSE).id == made["id"]
    group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales"}
    team = (await tenant.post("/Groups", {**group, "members": [{"value": made["id"]}]})).json
    assert Group.model_validate(team, scim_ctx=Context.RESOURCE_CREATION_RESPONSE).members
    await tenant.post("/Devices", device("S-1"))
    schemas = ListResponse[Schema].model_validate((await tenant.get("/Schemas")).json)
    models = {schema.id: Resource.from_schema(schema) for schema in schemas.resources}
    device_model = next(model for urn, model in models.items() if urn.endswith(":core:2.0:Device"))
    for path, model in (("/Users", THEIRS), ("/Groups", Group), ("/Devices", device_model)):
        listed = ListResponse[model].model_validate(
            (await tenant.get(path)).json, scim_ctx=Context.RESOURCE_QUERY_RESPONSE
        )
        assert listed.total_results == len(listed.resources) == 1
    for path, status in (("/Users/nobody", 404), ("/Users?filter=nope", 400), ("/Nothing", 404)):
        answer = await tenant.get(path)
        assert Error.model_validate(answer.json).status == status == answer.status


Outcome = dict[str, Any] | str


def by_us(held: dict[str, Any], operation: dict[str, Any]) -> Outcome:
    """The document, or the scimType of the refusal."""
    try:
        message = parse_patch({"schemas": [PATCH_OP], "Operations": [operation]})
        patched = apply_patch(OURS, OURS.with_schemas(held), message)
    except ScimError as refusal:
        return refusal.scim_type or ""
    external_id = patched.external_id
    return {**patched.document, **({"externalId": external_id} if isinstance(external_id, str) else {})}


def by_them(held: dict[str, Any], operation: dict[str, Any]) -> Outcome:
    user = THEIRS.model_validate(deepcopy(held))
    message = {"schemas": [PATCH_OP], "Operations": [operation]}
    try:
        patch = PatchOp[THEIRS].model_validate(message, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
        patch.patch(user)
    except SCIMException as refusal:
        return str(refusal.scim_type)
    except ValidationError as refusal:
        return str(refusal.errors()[0].get("ctx", {}).get("scim_type", "invalid"))
    result: dict[str, Any] = user.model_dump()
    return {**result, "schemas": sorted(result["schemas"])}


@dataclass(frozen=True)
class Difference:
    """Something on which the two disagree: which row decides, why it is as here, and one example."""

    row: str
    reason: str
    applies: Callable[[dict[str, Any], dict[str, Any]], bool]
    held: dict[str, Any]
    operation: dict[str, Any]


def _path(operation: dict[str, Any]) -> str:
    return str(operation.get("path", "")).lower()


def _op(operation: dict[str, Any]) -> str:
    return str(operation["op"]).lower()


def _attribute(operation: dict[str, Any]) -> Attribute | None:
    """The attribute that the path is of."""
    name = _path(operation).partition("[")[0].removeprefix(f"{CORE.lower()}:")
    attributes: tuple[Attribute, ...] = USER.attributes
    if name.startswith(f"{ENTERPRISE.lower()}:"):
        name, attributes = name.removeprefix(f"{ENTERPRISE.lower()}:"), ENTERPRISE_USER.attributes
    return next((a for a in attributes if a.name.lower() == name.partition(".")[0]), None)


def _is_plural(operation: dict[str, Any]) -> bool:
    attribute = _attribute(operation)
    return attribute is not None and attribute.multi_valued


def _has_filter(operation: dict[str, Any]) -> bool:
    return "[" in _path(operation)


def _values(operation: dict[str, Any]) -> list[Any]:
    """Every array of values that the operation sends."""
    value = operation.get("value")
    if isinstance(value, dict) and "path" not in operation:
        inner = [v for k, v in value.items() if isinstance(v, dict) and ":" in k for v in v.values()]
        return [v for v in [*value.values(), *inner] if isinstance(v, list)]
    return [value] if isinstance(value, list) else []


def _primaries(values: list[Any]) -> int:
    parts = [{k.lower(): p for k, p in value.items()} for value in values if isinstance(value, dict)]
    return sum(part.get("primary") is True for part in parts)


def _labels_alone(value: Any) -> bool:
    return isinstance(value, dict) and {key.lower() for key in value} <= {"type", "primary"}


def _keys(value: Any) -> tuple[Any, ...]:
    parts = {k.lower(): p for k, p in value.items()}
    return parts.get("type"), parts.get("value")


def _becomes_double(held: dict[str, Any], operation: dict[str, Any]) -> bool:
    result = by_them(held, operation)
    if isinstance(result, str):
        return False
    lists = [v for v in result.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
    for values in lists:
        with_value = [_keys(v) for v in values if "value" in v]
        if len(set(with_value)) < len(with_value) or any(values.count(v) > 1 for v in values):
            return True
    return False


def _leaves_labels(held: dict[str, Any], operation: dict[str, Any]) -> bool:
    result = by_them(held, operation)
    lists = [] if isinstance(result, str) else [v for v in result.values() if isinstance(v, list)]
    return any(_labels_alone(value) for values in lists for value in values)


_TWO = [{"value": "a@example.com", "type": "work", "primary": True}, {"value": "b@example.com"}]
_KIM: dict[str, Any] = {"schemas": [CORE], "userName": "kim", "active": True, "emails": _TWO}
_MANAGED: dict[str, Any] = {**_KIM, "schemas": [CORE, ENTERPRISE], ENTERPRISE: {"manager": {"value": "boss"}}}
_NAMED: dict[str, Any] = {**_KIM, "name": {"familyName": "Kim"}}

DIFFERENCES: dict[str, Difference] = {
    "a value path on a single complex attribute": Difference(
        "R143",
        "the grammar allows it, and a profile may have such attributes; they call it invalidFilter",
        lambda _, o: _has_filter(o) and not _is_plural(o),
        _NAMED,
        {"op": "replace", "path": 'name[familyName eq "Kim"].givenName', "value": "Min-jun"},
    ),
    "remove where the filter finds nothing": Difference(
        "R159",
        "told, so that a mapping which never fits is seen; they change nothing",
        lambda held, o: _op(o) == "remove" and _has_filter(o) and by_us(held, o) == "noTarget",
        _KIM,
        {"op": "remove", "path": 'emails[type eq "home"]'},
    ),
    "a part of several values without saying of which": Difference(
        "R143",
        "refused, as it would touch every value or none; they touch every one",
        lambda _, o: _is_plural(o) and not _has_filter(o) and "." in _path(o).rpartition(":")[2],
        _KIM,
        {"op": "remove", "path": "emails.type"},
    ),
    "active cannot be removed": Difference(
        "R154",
        "/Schemas calls it required: without it nobody knows whether access ends",
        lambda _, o: _op(o) == "remove" and _path(o).endswith("active"),
        _KIM,
        {"op": "remove", "path": "active"},
    ),
    "one value in the place of an array": Difference(
        "R158",
        "replace says all values, as an array; add takes a single one (R151)",
        lambda _, o: _op(o) == "replace" and _is_plural(o) and isinstance(o.get("value"), dict),
        _KIM,
        {"op": "replace", "path": "emails", "value": {"value": "c@example.com"}},
    ),
    "two primaries in one value": Difference(
        "R14",
        "the last one counts (W72); strict connections refuse a POST with two",
        lambda _, o: any(_primaries(values) > 1 for values in _values(o)),
        _KIM,
        {"op": "replace", "path": "emails", "value": [{**each, "primary": True} for each in _TWO]},
    ),
    "the same type and value twice": Difference(
        "R16",
        "one value; they keep both",
        _becomes_double,
        _KIM,
        {"op": "replace", "path": "emails", "value": [_TWO[1], {**_TWO[1], "display": "B"}]},
    ),
    "a value of which the labels alone are left": Difference(
        "R153",
        "it is no value any more; they keep the labels",
        _leaves_labels,
        _KIM,
        {"op": "remove", "path": 'emails[type eq "work"].value'},
    ),
    "what the path said of a replaced value stays true": Difference(
        "R158",
        "a replaced work address is a work address; they drop what the new value does not repeat, or keep all of it",
        lambda _, o: _op(o) == "replace" and _has_filter(o) and isinstance(o.get("value"), dict),
        _KIM,
        {"op": "replace", "path": 'emails[type eq "work"]', "value": {"value": "c@example.com"}},
    ),
    "a filter that compares what has no meaning": Difference(
        "R112",
        "refused whatever is held; they look at the values first, and at some types not at all",
        lambda held, o: by_us(held, o) == "invalidFilter",
        _KIM,
        {"op": "remove", "path": "roles[type ge null].type"},
    ),
    "text in order, and by part, in any letter case": Difference(
        "R111",
        "gt, ge, lt, le order folded text by code points; they compare it as it stands",
        lambda _, o: any(f" {op} " in _path(o) for op in ("gt", "ge", "lt", "le")),
        _KIM,
        {"op": "remove", "path": 'emails[value gt "A"].type'},
    ),
    "letters that are equal folded only": Difference(
        "R120",
        "case folding of Unicode and NFC; they lower-case",
        lambda held, o: _has_filter(o) and not f"{_path(o)}{held}".isascii(),
        {**_KIM, "emails": [{"value": "a@example.com", "type": "Straße"}]},
        {"op": "remove", "path": 'emails[type eq "STRASSE"]'},
    ),
    "schemas by path": Difference(
        "R145",
        "the service provider keeps them by what is held, whatever is said; they write what is said",
        lambda _, o: _path(o).removeprefix(f"{CORE.lower()}:") == "schemas",
        _KIM,
        {"op": "add", "path": "schemas", "value": ["urn:example:other"]},
    ),
    "the manager's value": Difference(
        "R54",
        "recommended, so it can be removed; they call it required",
        lambda _, o: _op(o) == "remove" and _path(o).endswith(":manager.value"),
        _MANAGED,
        {"op": "remove", "path": f"{ENTERPRISE}:manager.value"},
    ),
    "the manager's link": Difference(
        "R54",
        "readOnly: it is made of the value; they take it",
        lambda _, o: _path(o).endswith(":manager.$ref"),
        _MANAGED,
        {"op": "replace", "path": f"{ENTERPRISE}:manager.$ref", "value": "../Users/other"},
    ),
}


def listed(held: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """The differences that this may be."""
    return [name for name, difference in DIFFERENCES.items() if difference.applies(held, operation)]


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_listed_difference_is_one(name: str) -> None:
    difference = DIFFERENCES[name]
    assert by_us(difference.held, difference.operation) != by_them(difference.held, difference.operation)
    assert name in listed(difference.held, difference.operation)


def sound(value: Any, inside: str = "") -> Any:
    """The value without what the two read differently by design, and is tried elsewhere (R8, R17, K27).

    Nulls and empty ones, addresses that are none, base64 without padding, what only the server sets.
    """
    if isinstance(value, list):
        return [kept for each in value if (kept := sound(each, inside)) not in (None, "", [], {})]
    if not isinstance(value, dict):
        if inside and isinstance(value, str) and value.lower() in ("work", "home"):
            return (
                value.lower()
            )  # they bring types into the spelling of canonicalValues; here they stay (K27)
        return "QUI=" if value == "QUI" else value
    kept = {}
    for key, part in value.items():
        name = key.lower()
        if (inside == "manager" and name in ("displayname", "$ref")) or name == "externalid":
            continue
        if inside == "emails" and name == "value" and isinstance(part, str):
            part = f"m{len(part)}@example.com"
        part = sound(part, inside if inside else "" if ":" in name else name)
        if part not in (None, "", [], {}):
            kept[key] = part
    return kept


def a_case(choose: Chooser) -> tuple[dict[str, Any], dict[str, Any]]:
    """A person and one operation."""
    sent = sound(a_document(choose, TYPE, 1))
    operation = an_operation(choose, TYPE, sent).sent()
    attribute = _attribute(operation)
    if "value" in operation:
        inside = attribute.name.lower() if attribute is not None else ""
        operation["value"] = sound(operation["value"], inside)
        if inside == "emails" and _path(operation).endswith(".value"):
            operation["value"] = "new@example.com"
    return sent, operation


@pytest.mark.requirement("R150", "R151", "R153", "R155", "R156", "R157", "R158", "R159")
@examples(300)
@given(case=made_by(a_case))
def test_a_patch_does_what_they_do_or_the_difference_is_listed(
    case: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    sent, operation = case
    held = OURS.with_defaults(OURS.check(sent).document)
    value = operation.get("value", True)
    assume(value not in (None, "", [], {}) and not _is_of_another_type(operation))
    ours, theirs = by_us(held, operation), by_them(held, operation)
    if isinstance(ours, str) and isinstance(theirs, str):
        event("refused by both")
        return
    if ours == theirs:
        event("alike")
        return
    names = listed(held, operation)
    event(names[0] if names else "unlisted")
    assert names, f"{operation}\n{held}\nours   {ours}\ntheirs {theirs}"


def _is_of_another_type(operation: dict[str, Any]) -> bool:
    """Values of a wrong type are tried against the reference; they coerce some."""
    attribute, value = _attribute(operation), operation.get("value")
    if attribute is None or value is None:
        return False
    if attribute.mutability is Mutability.READ_ONLY:
        return True
    rest = (
        _path(operation).rpartition("]")[2] if _has_filter(operation) else _path(operation).rpartition(":")[2]
    )
    leaf = attribute.sub_attribute(rest.rpartition(".")[2]) if "." in rest else attribute
    if leaf is None:
        return True
    urn = ENTERPRISE if attribute in ENTERPRISE_USER.attributes else None
    target = Target(attribute, None if leaf is attribute else leaf, urn)
    try:
        return OURS.coerce(target, value, element=not isinstance(value, list)) is None
    except ScimError:
        return True
