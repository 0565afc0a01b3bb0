"""What may be declared (R1, R3, R11, R13)."""

from __future__ import annotations

import pytest

from vestibule.scim.attribute import Attribute, Mutability, Returned, Type, Uniqueness
from vestibule.scim.checker import compile_type
from vestibule.scim.declaration import FaultyDeclaration
from vestibule.scim.schema import Extension, ResourceType, Schema


def thing(*attributes: Attribute, extensions: tuple[str, ...] = ()) -> ResourceType:
    schema = Schema("urn:x:Thing", "Thing", "", attributes)
    extra = tuple(Extension(Schema(urn, "Extra", "", ())) for urn in extensions)
    return ResourceType("Thing", "/Things", "", schema, extra)


def whole(name: str, *subs: Attribute, multi_valued: bool = False) -> Attribute:
    return Attribute(name, Type.COMPLEX, multi_valued=multi_valued, sub_attributes=subs)


@pytest.mark.requirement("R1", "R11", "R13")
@pytest.mark.parametrize(
    ("declared", "says"),
    [
        pytest.param(thing(Attribute("1abc")), "1abc", id="R1: digit first"),
        pytest.param(thing(Attribute("a b")), "a b", id="R1: space"),
        pytest.param(thing(Attribute("")), "letter", id="R1: empty"),
        pytest.param(thing(whole("a", Attribute("b.c"))), "b.c", id="R1: sub-attribute"),
        pytest.param(thing(whole("a", whole("b", Attribute("c")))), "simple", id="R11: two levels"),
        pytest.param(thing(whole("a")), "needs sub-attributes", id="complex without parts"),
        pytest.param(
            thing(Attribute("a", sub_attributes=(Attribute("b"),))), "cannot have", id="simple with parts"
        ),
        pytest.param(
            thing(whole("a", Attribute("primary"), multi_valued=True)), "boolean", id="R13: primary"
        ),
        pytest.param(
            thing(whole("a", Attribute("Primary"), multi_valued=True)), "boolean", id="R13: in another case"
        ),
        pytest.param(
            thing(whole("a", Attribute("type", Type.INTEGER), multi_valued=True)), "string", id="R13: type"
        ),
        pytest.param(
            thing(whole("a", Attribute("display", Type.BOOLEAN), multi_valued=True)),
            "string",
            id="R13: display",
        ),
        pytest.param(thing(whole("a", Attribute("$ref"), multi_valued=True)), "reference", id="R13: $ref"),
        pytest.param(
            thing(whole("a", Attribute("value", multi_valued=True), multi_valued=True)),
            "one value",
            id="R13: value as a list",
        ),
        pytest.param(thing(Attribute("a"), Attribute("A")), "twice", id="R2: twice"),
        pytest.param(
            thing(whole("a", Attribute("b"), Attribute("B"))), "twice", id="R2: sub-attribute twice"
        ),
        pytest.param(thing(Attribute("Id")), "common attribute", id="common attribute"),
        pytest.param(thing(extensions=("urn:x:thing",)), "twice", id="URN twice"),
        pytest.param(thing(extensions=("example.com",)), "no URN", id="no URN"),
    ],
)
def test_a_faulty_declaration_is_refused_by_name(declared: ResourceType, says: str) -> None:
    with pytest.raises(FaultyDeclaration, match=says):
        compile_type(declared)


@pytest.mark.requirement("R1")
def test_ref_is_a_name() -> None:
    assert compile_type(thing(whole("a", Attribute("$ref", Type.REFERENCE))))


@pytest.mark.requirement("R3")
def test_defaults_of_an_attribute() -> None:
    """R3."""
    plain = Attribute("a")
    assert (plain.type, plain.multi_valued, plain.required, plain.case_exact) == (
        Type.STRING,
        False,
        False,
        False,
    )
    assert (plain.mutability, plain.returned) == (Mutability.READ_WRITE, Returned.DEFAULT)
    assert plain.uniqueness is Uniqueness.NONE
