"""Whatever is sent, ``decide`` answers: a Change, never an exception (bad input gets a 4xx)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests import cast
from tests.directory.acting import id_of
from tests.directory.products import SIGNING
from tests.directory.world import World
from vestibule.directory.request import Create, Import, Patch, Replace
from vestibule.scim.errors import ScimError
from vestibule.scim.patch import parse_patch

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
KEYS = st.sampled_from(
    [
        "userName",
        "USERNAME",
        "name",
        "emails",
        "roles",
        "userType",
        "active",
        "members",
        "displayName",
        "value",
        "externalId",
        "schemas",
        "id",
        "meta",
        "groups",
        "password",
        "type",
        "primary",
        "familyName",
        cast.ENTERPRISE_USER,
        "manager",
        "department",
        "nonsense",
        "name.familyName",
    ]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(KEYS, JSON, max_size=6)
PATHS = st.sampled_from(
    [
        "userName",
        "active",
        "emails",
        'emails[type eq "work"].value',
        "members",
        "name",
        "roles",
        "userType",
        'members[value eq "x"]',
        'members[type eq "User"]',
        "externalId",
        cast.ENTERPRISE_USER,
        "id",
        "nonsense",
    ]
)
OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace"])}, optional={"path": PATHS, "value": JSON}
    ),
    min_size=1,
    max_size=3,
)


def _world() -> tuple[World, str, str]:
    world = World(SIGNING)
    person = id_of(world.post(cast.hanako()))
    return world, person, id_of(world.post(cast.sales(person, "nobody")))


@settings(max_examples=150, deadline=None)
@given(BODIES, st.booleans(), st.sampled_from([cast.hanako, cast.sales, dict]))
def test_any_body_gets_an_answer(body: cast.Document, strict: bool, base) -> None:  # type: ignore[no-untyped-def]
    world, person, group = _world()
    document = {**base(), **body}
    for request in (
        Create("User", document),
        Create("Group", document),
        Replace("User", person, document),
        Replace("Group", group, document),
        Import(document),
    ):
        change = world.do(request, world.standing(strict=strict))
        assert change.answer.status in (200, 201, 400, 409)


@settings(max_examples=150, deadline=None)
@given(OPERATIONS, st.booleans())
def test_any_patch_gets_an_answer(operations: list[cast.Document], strict: bool) -> None:
    world, person, group = _world()
    try:
        parsed = tuple(parse_patch(cast.patch(*operations)))
    except ScimError:
        return
    for type, id in (("User", person), ("Group", group)):
        change = world.do(Patch(type, id, parsed), world.standing(strict=strict, upsert=not strict))
        assert change.answer.status in (200, 204, 400, 409)
