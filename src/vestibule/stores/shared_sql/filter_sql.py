"""A resolved filter as SQL over a resource row ``r``: its columns, its search form, its membership rows.

Agrees with ``vestibule.scim.filter.evaluate`` on every row; the contract suite of the stores
holds them together. A condition is true, or false or NULL: only a negation must tell the
latter two apart, and does (``IS NOT TRUE``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.filter.resolved import (
    AllOf,
    AnyOf,
    Has,
    Negation,
    ResolvedFilter,
    SearchValue,
    Test,
    Within,
)
from vestibule.scim.filter.tree import Operator
from vestibule.scim.links import is_said_of_another
from vestibule.scim.target import Target
from vestibule.stores.shared_sql.dialect import Bindings, SqlDialect
from vestibule.stores.shared_sql.nesting import groups_reached

_COMPARE = {
    Operator.EQ: "=",
    Operator.GT: ">",
    Operator.GE: ">=",
    Operator.LT: "<",
    Operator.LE: "<=",
}
_COLUMNS = {
    "id": "r.id",
    "userName": "r.user_name",
    "displayName": "r.display_name",
    "meta.resourceType": "r.type",
    "meta.created": "r.created",
    "meta.lastModified": "r.modified",
    "meta": "'meta'",
}
_NAMES = ("userName", "displayName")
_VERSION = "('W/\"' || CAST(r.version AS TEXT) || '\"')"
#: Characters of a text that count in sorting: a cursor carries them.
MOST_SORTED_BY = 512
_UNORDERED_TEXT = (Type.STRING, Type.REFERENCE, Type.BINARY, Type.DATE_TIME)


@dataclass(frozen=True, slots=True)
class _Value:
    """One value inside a document; targets name its sub-attributes."""

    document: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Membership:
    """One membership row, ``other`` being the alias of the resource at its far end."""

    other: str
    of_user: bool


_Scope = _Value | _Membership | None
_Condition = Callable[[str, Attribute], str]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: placeholders of tenant and connection, and the base of links."""

    type: str
    tenant: str
    connection: str
    base_url: str = ""
    #: Where resources of the type are served; "" for people and groups.
    endpoint: str = ""
    #: SQL of a row's search form.
    find: str = "r.find"

    @property
    def has_names(self) -> bool:
        """Whether rows of the type have the folded columns of people and groups."""
        return self.type in ("User", "Group")


class FilterSql:
    """Compiles conditions and sort keys of one statement; values go to ``bindings``."""

    def __init__(self, dialect: SqlDialect, bindings: Bindings, asking: Asking) -> None:
        self._dialect = dialect
        self._bindings = bindings
        self._asking = asking
        self._aliases = 0

    def condition(self, filter: ResolvedFilter) -> str:
        """SQL that is true for the rows that match."""
        return self._condition(filter, None)

    def member_condition(self, filter: ResolvedFilter, other: str) -> str:
        """SQL that is true for the membership rows whose member, the resource ``other``, matches."""
        return self._condition(filter, _Membership(other, of_user=False))

    def sort_key(self, target: Target) -> str:
        """SQL of what to sort by: of several values the primary, else the first (R121).

        Of text, the first ``MOST_SORTED_BY`` characters. A multi-valued complex attribute alone is its ``value``.
        """
        attribute = target.attribute
        if target.sub is None and attribute.multi_valued and attribute.type is Type.COMPLEX:
            target = Target(attribute, attribute.sub_attribute("value"), target.extension)
        key = self._sort_key(target)
        return f"substr({key}, 1, {MOST_SORTED_BY})" if target.leaf.type in _UNORDERED_TEXT else key

    def _sort_key(self, target: Target) -> str:
        column = self._column(target)
        if column is not None:
            return column
        membership = self._membership_of(target)
        if membership is not None:
            return self._first_membership(membership, target.sub)
        attribute, sub = target.attribute, target.sub
        if not attribute.multi_valued:
            if sub is None or not sub.multi_valued:
                return self._dialect.scalar(self._asking.find, target.keys, target.leaf.type)
            return self._first(self._asking.find, target.keys, Target(sub))
        return self._first(self._asking.find, _keys(target), target)

    def _first(self, document: str, keys: Sequence[str], target: Target) -> str:
        """The primary value of the array, else its first (R121)."""
        attribute, sub = target.attribute, target.sub
        alias = self._alias()
        element = self._dialect.element(alias)
        if sub is not None and sub.multi_valued:
            value = self._first(element, (sub.name,), Target(sub))
        else:
            value = self._dialect.scalar(element, (sub.name,) if sub else (), (sub or attribute).type)
        order = self._dialect.position(alias)
        if attribute.sub_attribute("primary"):
            primary = self._dialect.scalar(element, ("primary",), Type.BOOLEAN)
            order = f"({primary}) IS TRUE DESC, {order}"
        elements = self._dialect.elements(document, keys, alias)
        return f"(SELECT {value} FROM {elements} ORDER BY {order} LIMIT 1)"

    def _first_membership(self, membership: _Membership, sub: Attribute | None) -> str:
        joined, there = self._memberships(membership)
        part = self._member_part(membership, sub)
        return f"(SELECT {part} {joined} ORDER BY {there} LIMIT 1)"

    def _condition(self, filter: ResolvedFilter, scope: _Scope) -> str:
        match filter:
            case Test(target, Operator.NE, value):
                return f"({self._condition(Test(target, Operator.EQ, value), scope)}) IS NOT TRUE"
            case Test(target, operator, value):
                return self._some(target, scope, lambda found, _: self._compare(found, operator, value))
            case Has(target):
                return self._some(target, scope, _is_filled)
            case Within(target, inner):
                return self._within(target, inner)
            case Negation(inner):
                return f"({self._condition(inner, scope)}) IS NOT TRUE"
            case AllOf(filters):
                return _joined("AND", [self._condition(each, scope) for each in filters])
            case AnyOf(filters):
                return _joined("OR", [self._condition(each, scope) for each in filters])

    def _compare(self, found: str, operator: Operator, value: SearchValue) -> str:
        symbol = _COMPARE.get(operator)
        if symbol is not None:
            return f"{found} {symbol} {self._bindings.bind(value)}"
        if value == "":
            return f"{found} IS NOT NULL"
        part, length = self._bindings.bind(value), len(str(value))
        if operator is Operator.CO:
            return self._dialect.contains(found, part)
        if operator is Operator.SW:
            return self._dialect.starts(found, part, length)
        return self._dialect.ends(found, part, length)

    def _some(self, target: Target, scope: _Scope, condition: _Condition) -> str:
        """True where the condition holds for some value of the target."""
        if isinstance(scope, _Value):
            return self._part(scope, target, condition)
        if isinstance(scope, _Membership):
            return condition(self._member_part(scope, target.leaf), target.leaf)
        column = self._column(target)
        if column is not None:
            return condition(column, target.leaf)
        membership = self._membership_of(target)
        if membership is not None:
            return self._exists_membership(
                membership, condition(self._member_part(membership, target.sub), target.leaf)
            )
        if not target.attribute.multi_valued:
            return self._part(_Value(self._asking.find, _keys(target)), target, condition)
        return self._exists(
            self._asking.find, _keys(target), lambda element: self._part(_Value(element), target, condition)
        )

    def _part(self, value: _Value, target: Target, condition: _Condition) -> str:
        if target.sub is None:
            return condition(self._scalar(value.document, value.keys, target.attribute), target.attribute)
        sub = target.sub
        if is_said_of_another(target):
            return self._linked(value, sub, condition)
        keys = (*value.keys, sub.name)
        if sub.multi_valued:
            return self._exists(
                value.document, keys, lambda element: condition(self._scalar(element, (), sub), sub)
            )
        return condition(self._scalar(value.document, keys, sub), sub)

    def _linked(self, value: _Value, sub: Attribute, condition: _Condition) -> str:
        """A part that is said of the person or group whom ``value`` names: by id, externalId or userName."""
        x, tenant = self._alias(), self._asking.tenant
        named = self._dialect.scalar(value.document, (*value.keys, "value"), Type.STRING)
        part = self._location(x) if sub.name == "$ref" else self._shown_name(x)
        rows = f"SELECT seq FROM resource WHERE tenant = {tenant} AND"
        alive = "AND state <> 'tombstone'"
        return (
            f"EXISTS (SELECT 1 FROM resource {x} WHERE {x}.seq IN ({rows} id = {named} "
            f"UNION ALL {rows} user_name = lower({named}) {alive} "
            f"UNION ALL {rows} connection = {self._asking.connection} AND external_id = {named} {alive}) "
            f"AND {x}.tenant = {tenant} AND {x}.state = 'managed' AND {condition(part, sub)})"
        )

    def _within(self, target: Target, inner: ResolvedFilter) -> str:
        if self._column(target) is not None:
            return self._condition(inner, None)
        membership = self._membership_of(target)
        if membership is not None:
            return self._exists_membership(membership, self._condition(inner, membership))
        if target.attribute.multi_valued:
            return self._exists(
                self._asking.find, _keys(target), lambda element: self._condition(inner, _Value(element))
            )
        present = self._dialect.scalar(self._asking.find, _keys(target), Type.COMPLEX)
        return (
            f"({present} IS NOT NULL AND {self._condition(inner, _Value(self._asking.find, _keys(target)))})"
        )

    def _exists(self, document: str, keys: Sequence[str], condition: Callable[[str], str]) -> str:
        alias = self._alias()
        elements = self._dialect.elements(document, keys, alias)
        return f"EXISTS (SELECT 1 FROM {elements} WHERE {condition(self._dialect.element(alias))})"

    def _scalar(self, document: str, keys: Sequence[str], attribute: Attribute) -> str:
        return self._dialect.scalar(document, keys, attribute.type)

    def _column(self, target: Target) -> str | None:
        """The column or expression that holds a target outside the search form."""
        if target.extension is not None:
            return None
        path = str(target)
        if path == "externalId":
            return external_id_sql(self._asking.connection)
        if path == "meta.location":
            return self._location("r")
        if path == "meta.version":
            return self._dialect.text(_VERSION)
        if path in _NAMES and not self._asking.has_names:
            return None
        return _COLUMNS.get(path)

    def _membership_of(self, target: Target) -> _Membership | None:
        if target.extension is None:
            if target.attribute.name == "members" and self._asking.type == "Group":
                return _Membership(self._alias(), of_user=False)
            if target.attribute.name == "groups" and self._asking.type == "User":
                return _Membership(self._alias(), of_user=True)
        return None

    def _exists_membership(self, membership: _Membership, condition: str) -> str:
        joined, _ = self._memberships(membership)
        return f"EXISTS (SELECT 1 {joined} AND {condition})"

    def _memberships(self, membership: _Membership) -> tuple[str, str]:
        """The row's memberships, FROM and WHERE, and what they stand in order of. Tombstones are not seen (R162)."""
        x, m, tenant = membership.other, f"{membership.other}_row", self._asking.tenant
        if membership.of_user:
            reached = groups_reached(tenant, "r.seq")
            joined = f"FROM ({reached}) {m} JOIN resource {x} ON {x}.tenant = {tenant} AND {x}.seq = {m}.seq"
            return f"{joined} WHERE TRUE", f"{m}.seq"
        return (
            f"FROM member {m} JOIN resource {x} ON {x}.tenant = {m}.tenant AND {x}.seq = {m}.member "
            f"WHERE {m}.tenant = {tenant} AND {m}.grp = r.seq AND {x}.state = 'managed'",
            f"{m}.member",
        )

    def _member_part(self, membership: _Membership, sub: Attribute | None) -> str:
        x = membership.other
        match sub.name if sub else "value":
            case "$ref":
                return self._location(x)
            case "type":
                return self._dialect.text(f"{x}_row.kind" if membership.of_user else f"lower({x}.type)")
            case "display":
                return self._shown_name(x)
            case _:
                return f"{x}.id"

    def _shown_name(self, alias: str) -> str:
        formatted = self._dialect.scalar(f"{alias}.find", ("name", "formatted"), Type.STRING)
        return f"coalesce({alias}.display_name, {formatted})"

    def _location(self, alias: str) -> str:
        if alias == "r" and not self._asking.has_names:
            return f"({self._bindings.bind(f'{self._asking.base_url}{self._asking.endpoint}/')} || r.id)"
        base = self._bindings.bind(self._asking.base_url)
        endpoint = f"CASE {alias}.type WHEN 'User' THEN '/Users/' WHEN 'Group' THEN '/Groups/' ELSE '/' END"
        return f"({base} || {endpoint} || {alias}.id)"

    def _alias(self) -> str:
        self._aliases += 1
        return f"v{self._aliases}"


def external_id_sql(connection: str) -> str:
    """The row's externalId as the asking connection gave it; ``connection`` is its placeholder."""
    return (
        f"CASE WHEN r.connection = {connection} THEN r.external_id ELSE "
        f"(SELECT e.value FROM external_id e WHERE e.tenant = r.tenant AND e.connection = {connection} "
        "AND e.resource = r.seq) END"
    )


def _is_filled(found: str, attribute: Attribute) -> str:
    """``pr`` holds for non-empty values only (R113)."""
    if attribute.type is Type.COMPLEX:
        return f"{found} <> '{{}}'"
    return f"{found} <> ''" if attribute.type in _UNORDERED_TEXT else f"{found} IS NOT NULL"


def _keys(target: Target) -> tuple[str, ...]:
    name = target.attribute.name
    return (target.extension, name) if target.extension else (name,)


def _joined(word: str, conditions: Sequence[str]) -> str:
    """In halves, so that a long list makes no deep tree: SQLite's expressions end at a depth of 1,000."""
    if len(conditions) == 1:
        return conditions[0]
    half = len(conditions) // 2
    return f"({_joined(word, conditions[:half])} {word} {_joined(word, conditions[half:])})"
