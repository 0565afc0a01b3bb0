"""Schema (RFC 7643 §7 and §8.7.2): the one schema whose sub-attributes are complex (verified erratum 8415)."""

from __future__ import annotations

from vestibule.scim import attribute as characteristics
from vestibule.scim.attribute import Attribute, Mutability, Type
from vestibule.scim.schema import Schema

_READ_ONLY = Mutability.READ_ONLY


def _text(
    name: str, description: str, *values: str, required: bool = False, multi_valued: bool = False
) -> Attribute:
    return Attribute(
        name,
        multi_valued=multi_valued,
        description=description,
        required=required,
        canonical_values=values,
        case_exact=name in ("name", "canonicalValues", "referenceTypes"),
        mutability=_READ_ONLY,
    )


def _truth(name: str, description: str, *, required: bool = False) -> Attribute:
    return Attribute(name, Type.BOOLEAN, description=description, required=required, mutability=_READ_ONLY)


_CHARACTERISTICS: tuple[Attribute, ...] = (
    _text("name", "Name of the attribute.", required=True),
    _text("type", "Its data type.", *characteristics.Type, required=True),
    _truth("multiValued", "Whether it holds several values.", required=True),
    _text("description", "The attribute in a sentence."),
    _truth("required", "Whether a resource cannot be without it."),
    _text("canonicalValues", "Values suggested to clients.", multi_valued=True),
    _truth("caseExact", "Whether letter case makes a difference."),
    _text("mutability", "Who may write it, and when.", *characteristics.Mutability),
    _text("returned", "When it is part of an answer.", *characteristics.Returned),
    _text("uniqueness", "Within what a value may occur once.", *characteristics.Uniqueness),
    _text("referenceTypes", "What a reference may point to.", multi_valued=True),
)


def _attributes(name: str, description: str, required: bool, subs: tuple[Attribute, ...]) -> Attribute:
    return Attribute(
        name,
        Type.COMPLEX,
        multi_valued=True,
        description=description,
        required=required,
        mutability=_READ_ONLY,
        sub_attributes=subs,
    )


SCHEMA = Schema(
    id="urn:ietf:params:scim:schemas:core:2.0:Schema",
    name="Schema",
    description="The attributes under a URN, and their characteristics",
    attributes=(
        _text("name", "Readable name of the schema.", required=True),
        _text("description", "The schema in a sentence."),
        _attributes(
            "attributes",
            "The attributes of the schema.",
            True,
            (
                *_CHARACTERISTICS,
                _attributes(
                    "subAttributes", "The sub-attributes of a complex attribute.", False, _CHARACTERISTICS
                ),
            ),
        ),
    ),
)
