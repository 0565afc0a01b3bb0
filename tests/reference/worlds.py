"""Random schemas, documents, filters, paths and patches: few values of each kind, so that they meet, and odd ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.reference.filters import Asks, At, Both, Either, Group, HasValue, Node, Not, OneValue, Place, find
from tests.reference.patches import NO_VALUE, Operation, Path
from tests.reference.values import NUMBERS, TAKES, Number
from vestibule.scim.attribute import Attribute, Mutability, Returned, Type
from vestibule.scim.schema import Extension, ResourceType, Schema
from vestibule.scim.schemas.enterprise_user import ENTERPRISE_USER
from vestibule.scim.schemas.user import USER

T = TypeVar("T")
Made = TypeVar("Made")


@dataclass
class Chooser:
    """Makes choices out of bytes that hypothesis draws and shrinks; where they end, the simplest is chosen."""

    data: bytes
    _at: int = field(default=0)

    def below(self, number: int) -> int:
        """0 to ``number - 1``."""
        if self._at >= len(self.data):
            return 0
        self._at += 1
        return self.data[self._at - 1] % number

    def one_of(self, several: Sequence[T]) -> T:
        """One of them, the first being the simplest."""
        return several[self.below(len(several))]

    def one_in(self, number: int) -> bool:
        """Seldom."""
        return self.below(number) == 1

    def some_of(self, several: Sequence[T], least: int, most: int) -> list[T]:
        """So many different ones."""
        left, chosen = list(several), []
        for _ in range(least + self.below(most - least + 1)):
            if left:
                chosen.append(left.pop(self.below(len(left))))
        return chosen


def made_by(make: Callable[[Chooser], Made], size: int = 500) -> st.SearchStrategy[Made]:
    """A strategy of a function that chooses; ``size`` is how many choices it has."""
    return st.binary(min_size=size, max_size=size).map(lambda data: make(Chooser(data)))


#: URNs with dots, which are no sub-attributes, and one that is the beginning of another.
URNS = (
    "urn:example:params:scim:a.b-1.0:Thing",
    "urn:example:params:scim:a.b-1.0:Thing:More.2",
    "urn:x:_:2.0",
)
NAMES = ("alpha", "Beta", "gamma-ray", "d_1", "e$", "emails", "roles", "displayName")
SUB_NAMES = ("value", "type", "primary", "display", "$ref", "Level", "note-2")

#: Letters whose case, width or composition is special, and what JSON, SQL and LIKE read their own way.
LETTERS = [
    *"aAzZéÉßẞſsSıİiIΣσςǅǆﬁÅKΐ가佐ﾊ😀",
    "e\u0301",
    "\u1f84",
    "α\u0345\u0301",
    "\u0130\u0307",
    "\u2126",
    "\ufb03",
    "\u0149",
    "\u200d",
    "\ufeff",
    "\uffff",
    *" %_\\\"'*[](){}.:,/?#&+\t\n\x7f\x1f",
]
WORDS = [
    "work",
    "Work",
    "home",
    "admin",
    "null",
    "true",
    "1",
    "O'Brien",
    "50%_",
    "résumé",
    "RÉSUMÉ",
    "re\u0301sume\u0301",
]
INTEGERS = [0, 1, -1, 2, 7, 2**31, 2**53 - 1, 2**53 + 1, 2**63 - 1, -(2**63)]
DECIMALS = [
    0.0,
    -0.0,
    0.1,
    1.0,
    1.5,
    -2.25,
    1e-7,
    1e18,
    1.2345678901234567e18,
    9007199254740992.0,
    3,
    2**63 - 1,
]
NUMERALS = [*map(str, INTEGERS), *(repr(number) for number in DECIMALS)]
NUMERALS += [
    "1e3",
    "1E+2",
    "-0",
    "0.10",
    "2.0",
    "9223372036854775808",
    "-9223372036854775809",
    "1e30",
    "1.5e-7",
]
NUMERALS += ["1234567890123456789", "1234567890123456800", "0.1000000000000000055", "9007199254740992.5"]
INSTANTS = [
    "2026-01-02T03:04:05Z",
    "2026-01-02T05:04:05+02:00",
    "2026-01-02T03:04:05.000Z",
    "2026-01-01T24:00:00Z",
    "2026-01-02T00:00:00Z",
    "2026-01-02t03:04:05.0004z",
    "2026-01-02T03:04:05",
    "1969-12-31T23:59:59.999-14:00",
    "0001-01-01T14:00:00+14:00",
    "9999-12-31T23:59:59Z",
]
BINARIES = ["QUJD", "QUI=", "QUI", "quJD", "QQ==", "AA+/"]
REFERENCES = ["https://a.test/x", "HTTPS://A.test/X", "../Users/1", "urn:x:y", "https://bücher.test/ä"]
OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
_FIXED = {"type": Type.STRING, "display": Type.STRING, "primary": Type.BOOLEAN, "$ref": Type.REFERENCE}


@dataclass(frozen=True, repr=False)
class World:
    """A resource type and resources of it, as a client sends them."""

    type: ResourceType
    documents: list[dict[str, Any]]

    def __repr__(self) -> str:
        return "\n".join([shown(self.type), *map(repr, self.documents)])


def shown(type: ResourceType) -> str:
    """What is random about it, for whoever reads a failure."""

    def line(attribute: Attribute) -> str:
        words = [attribute.name, attribute.type.value, attribute.mutability.value]
        marks = {
            "multi": attribute.multi_valued,
            "exact": attribute.case_exact,
            "required": attribute.required,
        }
        words += [mark for mark, is_so in marks.items() if is_so]
        words += [f"default {attribute.default}"] if attribute.default is not None else []
        subs = ", ".join(map(line, attribute.sub_attributes))
        return " ".join(words) + (f" ({subs})" if subs else "")

    own = [] if type.name == "User" else [type.schema]
    schemas = [*own, *(e.schema for e in type.extensions if e.schema is not ENTERPRISE_USER)]
    parts = [f"{schema.id}: {'; '.join(map(line, schema.attributes))}" for schema in schemas]
    return "\n".join([type.name, *parts])


def text(choose: Chooser) -> str:
    """A word that comes again, or a few odd letters."""
    if choose.one_in(2):
        return "".join(choose.one_of(LETTERS) for _ in range(1 + choose.below(4)))
    return choose.one_of(WORDS)


def one_value(choose: Chooser, attribute: Attribute) -> Any:
    """A value that one of a simple attribute may have."""
    if attribute.closed:
        return choose.one_of([*attribute.canonical_values, *(v.upper() for v in attribute.canonical_values)])
    several: dict[Type, Sequence[Any]] = {
        Type.BOOLEAN: (False, True),
        Type.INTEGER: INTEGERS,
        Type.DECIMAL: DECIMALS,
        Type.DATE_TIME: INSTANTS,
        Type.BINARY: BINARIES,
        Type.REFERENCE: REFERENCES,
    }
    return choose.one_of(several[attribute.type]) if attribute.type in several else text(choose)


def _cased(choose: Chooser, word: str) -> str:
    return choose.one_of([word, word, word, word.lower(), word.upper(), word.swapcase()])


def an_attribute(choose: Chooser, name: str) -> Attribute:
    """Any attribute that may be declared under that name."""
    type_ = choose.one_of([Type.STRING, *Type, Type.COMPLEX, Type.COMPLEX])
    multi = choose.one_in(2)
    if name in ("emails", "roles"):
        type_, multi = Type.COMPLEX, True
    subs: tuple[Attribute, ...] = ()
    if type_ is Type.COMPLEX:
        names = choose.some_of(SUB_NAMES, 1, 5)
        if name in ("emails", "roles"):
            names = list(dict.fromkeys(["value", *names]))
        subs = tuple(_a_sub_attribute(choose, sub) for sub in names)
    default = choose.one_in(2) if type_ is Type.BOOLEAN and not multi and choose.one_in(3) else None
    mutability = Mutability.READ_WRITE
    if default is None and choose.one_in(7):
        mutability = choose.one_of([Mutability.IMMUTABLE, Mutability.READ_ONLY])
    closed = type_ is Type.STRING and choose.one_in(8)
    return Attribute(
        name,
        type_,
        multi,
        case_exact=choose.one_in(2),
        required=mutability is Mutability.READ_WRITE and choose.one_in(8),
        mutability=mutability,
        canonical_values=("Low", "High") if closed else (),
        closed=closed,
        sub_attributes=subs,
        default=default,
    )


def _a_sub_attribute(choose: Chooser, name: str) -> Attribute:
    is_free = name not in _FIXED
    mutability = Mutability.READ_WRITE
    if is_free and choose.one_in(7):
        mutability = choose.one_of([Mutability.IMMUTABLE, Mutability.READ_ONLY])
    return Attribute(
        name,
        choose.one_of([Type.STRING, *(t for t in Type if t is not Type.COMPLEX)])
        if is_free
        else _FIXED[name],
        is_free and name != "value" and choose.one_in(6),
        case_exact=choose.one_in(2),
        required=is_free and mutability is Mutability.READ_WRITE and choose.one_in(8),
        mutability=mutability,
        returned=Returned.NEVER if name == "note-2" and choose.one_in(3) else Returned.DEFAULT,
    )


def a_schema(choose: Chooser, urn: str) -> Schema:
    """One to four attributes under a URN."""
    names = choose.some_of(NAMES, 1, 4)
    return Schema(urn, "Random", "Random", tuple(an_attribute(choose, name) for name in names))


def a_type(choose: Chooser) -> ResourceType:
    """A type of a profile's own with extensions, or people with an extension."""
    if choose.one_in(3):
        extensions = (Extension(ENTERPRISE_USER), Extension(a_schema(choose, URNS[1])))
        return ResourceType("User", "/Users", "", USER, extensions)
    own = a_schema(choose, URNS[0])
    others = choose.some_of(URNS[1:], 0, 2)
    return ResourceType(
        "Thing", "/Things", "", own, tuple(Extension(a_schema(choose, urn)) for urn in others)
    )


_USED_OF_USER = ("userName", "displayName", "title", "name", "emails", "roles", "active", "x509Certificates")


def _used(type: ResourceType) -> list[Attribute]:
    return [a for a in type.schema.attributes if type.name != "User" or a.name in _USED_OF_USER]


def sent_value(choose: Chooser, attribute: Attribute) -> Any:
    """A value as a client may send it, null and empty ones among it."""
    if not attribute.multi_valued:
        return sent_one(choose, attribute)
    return [sent_one(choose, attribute) for _ in range(choose.below(4) or attribute.required)]


def sent_one(choose: Chooser, attribute: Attribute) -> Any:
    """One value."""
    if attribute.type is not Type.COMPLEX:
        return one_value(choose, attribute)
    value = {}
    for sub in attribute.sub_attributes:
        if sub.required or choose.one_in(2):
            value[_cased(choose, sub.name)] = sent_value(choose, sub)
        elif choose.one_in(6):
            value[sub.name] = choose.one_of([None, [], ""])
    return value


def a_document(choose: Chooser, type: ResourceType, number: int) -> dict[str, Any]:
    """A whole resource, with all that is required, some null and empty, keys in any letter case."""
    sent: dict[str, Any] = {"schemas": [type.schema.id], **_sent_attributes(choose, _used(type))}
    for extension in type.extensions:
        part = _sent_attributes(choose, extension.schema.attributes)
        if part or choose.one_in(2):
            sent[_cased(choose, extension.schema.id)] = part
    if type.name == "User":
        sent = {key: value for key, value in sent.items() if key.lower() != "username"}
        names = ["Kim", "zoë", "ZOE\u0308", "ｋｉｍ", "İ", "straße", "ΣΑΣ", "佐藤"]
        sent["userName"] = choose.one_of(names) + str(number)
    if choose.one_in(4):
        sent["externalId"] = choose.one_of(["A1", "a1", "b 2"]) + str(number)
    return sent


def _sent_attributes(choose: Chooser, attributes: Sequence[Attribute]) -> dict[str, Any]:
    sent = {}
    for attribute in attributes:
        if attribute.required or choose.one_in(2):
            sent[_cased(choose, attribute.name)] = sent_value(choose, attribute)
        elif choose.one_in(5):
            sent[attribute.name] = choose.one_of([None, []])
    return sent


def a_world(choose: Chooser, most: int = 6) -> World:
    """A type and some resources."""
    type = a_type(choose)
    return World(type, [a_document(choose, type, number) for number in range(1 + choose.below(most))])


def places(type: ResourceType) -> list[tuple[At, Place]]:
    """Every path of the type; of people those that documents here may have."""
    paths = [At("id"), At("externalId"), At("schemas"), At("meta", "resourceType"), At("meta", "created")]
    paths += [path for a in _used(type) for path in _with_subs(a, None)]
    for extension in type.extensions:
        paths += [path for a in extension.schema.attributes for path in _with_subs(a, extension.schema.id)]
    found = [(path, find(type, path)) for path in paths]
    return [(path, place) for path, place in found if place is not None]


def _with_subs(attribute: Attribute, urn: str | None) -> list[At]:
    return [
        At(attribute.name, None, urn),
        *(At(attribute.name, sub.name, urn) for sub in attribute.sub_attributes),
    ]


def spelled(choose: Chooser, type: ResourceType, at: At) -> At:
    """The path in any letter case, the core URN written out or not (R92, R93)."""
    urn = at.urn or (type.schema.id if choose.one_in(6) else None)
    return At(
        _cased(choose, at.name),
        _cased(choose, at.sub) if at.sub else None,
        _cased(choose, urn) if urn else None,
    )


def literal_for(choose: Chooser, leaf: Attribute) -> Any:
    """A value to compare with: mostly one that occurs, in another spelling or a piece of it; seldom another type's."""
    if choose.one_in(12):
        return choose.one_of([None, None, True, "x", Number("1")])
    if leaf.type in NUMBERS:
        return Number(choose.one_of(NUMERALS))
    value = text(choose) if leaf.type is Type.COMPLEX else one_value(choose, leaf)
    if isinstance(value, bool) or leaf.type is Type.DATE_TIME:
        return value
    half = len(value) // 2
    shapes = [value, value, value.upper(), value.lower(), value[:half], value[half:], value.swapcase()]
    return choose.one_of([*shapes, unicodedata.normalize("NFD", value)])


def a_comparison(choose: Chooser, type: ResourceType, within: Attribute | None) -> Node:
    """One comparison of any attribute, or of a part of the one whose values are asked."""
    if within is not None:
        leaf = choose.one_of(within.sub_attributes)
        at = At(_cased(choose, leaf.name))
    else:
        path, place = choose.one_of(places(type))
        at, leaf = spelled(choose, type, path), place.leaf
        if leaf.type is Type.COMPLEX and choose.one_in(2):
            return OneValue(at, a_filter(choose, type, leaf))
    if choose.one_in(6):
        return HasValue(at, choose.one_of(["pr", "PR", "Pr"]))
    fitting = [operator for operator in OPERATORS if operator in TAKES.get(leaf.type, TAKES[Type.STRING])]
    operator = choose.one_of(OPERATORS if choose.one_in(15) else fitting)
    return Asks(at, _cased(choose, operator), literal_for(choose, leaf))


def a_filter(choose: Chooser, type: ResourceType, within: Attribute | None = None, depth: int = 2) -> Node:
    """A whole filter."""
    kind = choose.below(10)
    if depth == 0 or kind < 5:
        return a_comparison(choose, type, within)
    if kind == 5:
        return Not(a_filter(choose, type, within, depth - 1), choose.one_of(["not ", "NOT", "not  "]))
    if kind == 6:
        return Group(a_filter(choose, type, within, depth - 1))
    parts = tuple(a_filter(choose, type, within, depth - 1) for _ in range(2 + choose.below(2)))
    return Both(parts) if kind < 9 else Either(parts)


ODD_VALUES: list[Any] = [
    *(
        None,
        None,
        "",
        [],
        {},
        [None],
        [[]],
        [{}],
        True,
        1,
        1.5,
        "x",
        {"value": None},
        ["x"],
        [{"value": "x"}],
    ),
    *(10**20, 1e300, "\ud800", "a\0b", {"primary": True}, [{"type": "work", "primary": True}], {"nobody": 1}),
]


def _patch_value(choose: Chooser, place: Place, *, element: bool) -> Any:
    if choose.one_in(12):
        return choose.one_of(ODD_VALUES)
    if element or (place.leaf.multi_valued and choose.one_in(3)):
        return sent_one(choose, place.leaf)
    return sent_value(choose, place.leaf)


def _value_held(choose: Chooser, sent: dict[str, Any], place: Place) -> Node | None:
    """An ``eq`` that finds a value which the document has; None where it has none."""
    holder: Any = _at(sent, place.urn) if place.urn else sent
    values = _at(holder, place.attribute.name)
    several = [v for v in (values if isinstance(values, list) else [values]) if isinstance(v, dict)]
    found = [
        Asks(At(key), "eq", Number(repr(part)) if type(part) in (int, float) else part)
        for value in several
        for key, part in value.items()
        if isinstance(part, str | int | float) and part != ""
    ]
    return choose.one_of(found) if found else None


def _at(holder: Any, name: str) -> Any:
    parts = holder.items() if isinstance(holder, dict) else ()
    return next((part for key, part in parts if key.lower() == name.lower()), None)


def an_operation(choose: Chooser, type: ResourceType, sent: dict[str, Any]) -> Operation:
    """One operation of any form on a resource that was made of ``sent``."""
    op = choose.one_of(["add", "replace", "replace", "remove", "Add", "REPLACE", "Remove"])
    kind = choose.below(16)
    if kind == 15 and type.extensions:
        schema = choose.one_of(type.extensions).schema
        value = _sent_attributes(choose, schema.attributes) if choose.one_in(2) else None
        return Operation(op, Path(At("", urn=schema.id)), NO_VALUE if op.lower() == "remove" else value)
    if kind >= 14 and (op.lower() != "remove" or choose.one_in(8)):
        sent = {k: v for k, v in _sent_attributes(choose, _used(type)).items() if k.lower() != "username"}
        for extension in type.extensions:
            if choose.one_in(2):
                sent[extension.schema.id] = _sent_attributes(choose, extension.schema.attributes)
        return Operation(op, None, sent)
    unpatched = ("id", "externalId", "userName", "meta", "schemas")
    if choose.one_in(12):
        usable = [(at, p) for at, p in places(type) if p.attribute.name != "userName"]
    else:
        usable = [(at, p) for at, p in places(type) if p.attribute.name not in unpatched and _is_writable(p)]
    if not usable:
        return Operation(op, None, {})
    at, place = choose.one_of(usable)
    path, element = Path(spelled(choose, type, at)), False
    is_several = place.sub is not None and place.attribute.multi_valued
    if place.attribute.sub_attributes and (is_several or kind >= 7) and not choose.one_in(12):
        inner = _value_held(choose, sent, place) if kind < 13 else None
        inner = inner or a_filter(choose, type, place.attribute, depth=1)
        whole = spelled(choose, type, At(at.name, None, at.urn))
        path, element = Path(whole, inner, place.sub.name if place.sub else None), place.sub is None
    value = _patch_value(choose, place, element=element)
    if op.lower() == "remove" and not choose.one_in(10):
        value = NO_VALUE
    return Operation(op, path, value)


def _is_writable(place: Place) -> bool:
    return Mutability.READ_ONLY not in (place.attribute.mutability, place.leaf.mutability)
