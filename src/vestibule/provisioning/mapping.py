"""Attribute mapping: which value of a person goes where in an application.

The default mapping of an application is made of its profile's own rows, then of the rows that
Okta's SCIM template applications have (W73) where the profile says nothing of that place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from vestibule.profiles.external_name import ExternalName, parse_external_name
from vestibule.profiles.profile import MappedAttribute
from vestibule.provisioning.expression import Expression, UnfitValue, compile_expression
from vestibule.provisioning.external_name import CORE_USER, ExternalValue
from vestibule.provisioning.source import Person
from vestibule.refused import Refused

ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER_NAME = "userName"


class DataType(StrEnum):
    """The data type of an application attribute, as Profile Editor offers them."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    STRING_ARRAY = "string array"


class AppliesOn(StrEnum):
    """When a mapping is applied (W74)."""

    CREATE = "create"
    CREATE_AND_UPDATE = "create and update"


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One application attribute (W61), and the expression that fills it.

    Without expression the value comes from the assignment alone. ``variable`` is never sent.
    """

    variable: str
    external_name: str
    namespace: str
    expression: str = ""
    label: str = ""
    type: DataType = DataType.STRING
    applies_on: AppliesOn = AppliesOn.CREATE_AND_UPDATE
    #: "personal": a value can be set for each person only; "group": for a whole group as well.
    scope: str = "personal"
    required: bool = False
    enum: tuple[str, ...] = ()

    @property
    def is_user_name(self) -> bool:
        """Whether it is the application user name, which the application's format decides (W51)."""
        return self.external_name == USER_NAME and self.namespace == CORE_USER

    @property
    def place(self) -> tuple[str, str]:
        """Where the value goes: two rows of one place contradict each other."""
        return self.namespace, str(parse_external_name(self.external_name))


def check_row(row: MappingRow) -> MappingRow:
    """The row; raises InvalidExternalName or InvalidExpression, naming the fault's position.

    Refused where the expression can give a constant that the attribute does not take.
    """
    parse_external_name(row.external_name)
    constants = compile_expression(row.expression).constants if row.expression else frozenset()
    for constant in sorted(constants, key=str):
        try:
            check_enum(row, _typed(row, constant))
        except UnfitValue as fault:
            raise Refused(f"{row.variable} is of the type {row.type}: {fault}.") from None
    return row


def check_enum(row: MappingRow, value: object) -> None:
    """Raises Refused for a value that an attribute of enumerated values does not take."""
    values = value if isinstance(value, list) else [value]
    for one in values if row.enum else ():
        if one is not None and str(one) not in row.enum:
            raise Refused(f"{row.variable} cannot be {str(one)!r}. Allowed: {', '.join(row.enum)}.")


def default_mapping(attributes: Iterable[MappedAttribute]) -> tuple[MappingRow, ...]:
    """The profile's rows in Okta's notation, then the template's (W73) for every other place."""
    rows = [_row(attribute) for attribute in attributes]
    places = {row.place for row in rows}
    variables = {row.variable for row in rows}
    rows += [row for row in TEMPLATE if row.place not in places and row.variable not in variables]
    return tuple(rows)


def changed_mapping(
    rows: Sequence[MappingRow], variable: str, given: Mapping[str, Any], *, remove: bool = False
) -> tuple[MappingRow, ...]:
    """The rows with one changed, added or removed. Raises Refused saying what is wrong.

    ``given`` has fields of MappingRow by name; a new row needs its external name.
    """
    known = next((row for row in rows if row.variable == variable), None)
    if remove:
        if known is None:
            names = ", ".join(row.variable for row in rows)
            raise Refused(f"There is no attribute {variable!r}. There are: {names}.")
        return tuple(row for row in rows if row.variable != variable)
    if known is None and "external_name" not in given:
        raise Refused(f"{variable} is a new attribute: say its external name.")
    start = known or MappingRow(variable, given["external_name"], CORE_USER)
    if start.is_user_name and given.get("expression"):
        raise Refused(
            f"{variable} is the application user name: the application username format decides it, not the "
            "mapping. Say: vestibule app change APP --username-format …"
        )
    fields: dict[str, Any] = dict(given)
    try:
        if "type" in fields:
            fields["type"] = DataType(fields["type"])
        if "applies_on" in fields:
            fields["applies_on"] = AppliesOn(fields["applies_on"])
        changed = check_row(replace(start, **fields))
    except ValueError as fault:
        raise Refused(str(fault)) from None
    if changed.scope not in ("personal", "group"):
        raise Refused(f"Scope {changed.scope!r} is not known. Allowed: personal, group.")
    if known is None:
        return (*rows, changed)
    return tuple(changed if row.variable == variable else row for row in rows)


def mapped_values(
    rows: Sequence[MappingRow], person: Person, user_name: str, assigned: Mapping[str, str]
) -> tuple[tuple[MappingRow, ExternalValue], ...]:
    """Each row with the value it has for this person: assigned first, then by expression, else None.

    ``appuser.NAME`` in an expression is what was assigned, or what a row further up gives. Raises
    UnfitValue naming attribute and person.
    """
    app_user: dict[str, Any] = dict(assigned)
    values = []
    for ready in _ready(tuple(rows)):
        row = ready.row
        try:
            value = user_name if ready.is_user_name else _value(ready, person, assigned, app_user)
        except UnfitValue as fault:
            raise UnfitValue(f"{row.variable} of {person.login}: {fault} ({row.expression})") from None
        app_user[row.variable] = value
        if value is None:
            values.append(ready.without_value)
        else:
            values.append((row, ExternalValue(ready.name, row.namespace, value)))
    return tuple(values)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row with all that is the same for everybody."""

    row: MappingRow
    name: ExternalName
    expression: Expression | None
    is_user_name: bool
    without_value: tuple[MappingRow, ExternalValue]


@lru_cache(maxsize=16)
def _ready(rows: tuple[MappingRow, ...]) -> tuple[_Ready, ...]:
    return tuple(_made_ready(row) for row in rows)


def _made_ready(row: MappingRow) -> _Ready:
    name = parse_external_name(row.external_name)
    expression = compile_expression(row.expression) if row.expression else None
    return _Ready(row, name, expression, row.is_user_name, (row, ExternalValue(name, row.namespace, None)))


def _value(ready: _Ready, person: Person, assigned: Mapping[str, str], app_user: Mapping[str, Any]) -> object:
    if assigned and (given := assigned.get(ready.row.variable)):
        return _typed(ready.row, given)
    if ready.expression is None:
        return None
    return _typed(ready.row, ready.expression(person.attributes, app_user))


def sent_hash(values: Iterable[tuple[MappingRow, ExternalValue]]) -> str:
    """What of a person an update would send, in 32 characters: equal means there is nothing to send."""
    content = [
        (value.namespace, _text_of(value.name), value.value)
        for row, value in values
        if value.value is not None
        and value.value != ""
        and value.namespace
        and row.applies_on is AppliesOn.CREATE_AND_UPDATE
    ]
    text = _AS_JSON(sorted(content, key=str))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@lru_cache(maxsize=4096)
def _text_of(name: ExternalName) -> str:
    return str(name)


_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _row(attribute: MappedAttribute) -> MappingRow:
    return MappingRow(
        variable=attribute.variable,
        external_name=attribute.external_name,
        namespace=attribute.namespace,
        expression=attribute.okta_default,
        label=attribute.label,
        scope=attribute.scope,
        required=attribute.required,
        enum=attribute.enum,
    )


def _typed(row: MappingRow, value: str | bool | None) -> object:
    if value is None or value == "":
        return None
    if row.type is DataType.STRING_ARRAY:
        return [part.strip() for part in str(value).split(";") if part.strip()] or None
    if row.type is DataType.BOOLEAN:
        return value if isinstance(value, bool) else value.strip().lower() == "true"
    if row.type is DataType.INTEGER:
        return _number(int, value, "whole number")
    if row.type is DataType.NUMBER:
        return _number(float, value, "number")
    return str(value).lower() if isinstance(value, bool) else value


def _number(kind: type[int] | type[float], value: str | bool, called: str) -> int | float:
    try:
        number = kind(value)
    except ValueError:
        raise UnfitValue(f"{value!r} is no {called}") from None
    if number != number or abs(number) == float("inf"):
        raise UnfitValue(f"{value!r} is no {called}")
    return number


def _core(variable: str, external_name: str, expression: str) -> MappingRow:
    return MappingRow(variable, external_name, CORE_USER, expression)


def _enterprise(variable: str, external_name: str, expression: str) -> MappingRow:
    return MappingRow(variable, external_name, ENTERPRISE_USER, expression)


_ADDRESS = "addresses.^[primary==true]"
_HAS_ADDRESS = "user.streetAddress != null ? 'work' : (user.city != null ? 'work' : null)"

#: The attributes of Okta's *SCIM 2.0 Test App* templates (W73), in the order they are sent (W21).
TEMPLATE: tuple[MappingRow, ...] = (
    _core("userName", "userName", ""),
    _core("givenName", "name.givenName", "user.firstName"),
    _core("familyName", "name.familyName", "user.lastName"),
    _core("middleName", "name.middleName", "user.middleName"),
    _core("honorificPrefix", "name.honorificPrefix", "user.honorificPrefix"),
    _core("honorificSuffix", "name.honorificSuffix", "user.honorificSuffix"),
    _core("email", "emails.^[primary==true].value", "user.email"),
    _core("emailType", "emails.^[primary==true].type", "user.email != null ? 'work' : null"),
    _core("title", "title", "user.title"),
    _core("displayName", "displayName", "user.displayName"),
    _core("nickName", "nickName", "user.nickName"),
    _core("profileUrl", "profileUrl", "user.profileUrl"),
    _core("primaryPhone", "phoneNumbers.^[primary==true].value", "user.primaryPhone"),
    _core(
        "primaryPhoneType", "phoneNumbers.^[primary==true].type", "user.primaryPhone != null ? 'work' : null"
    ),
    _core("addressType", f"{_ADDRESS}.type", _HAS_ADDRESS),
    _core("streetAddress", f"{_ADDRESS}.streetAddress", "user.streetAddress"),
    _core("locality", f"{_ADDRESS}.locality", "user.city"),
    _core("region", f"{_ADDRESS}.region", "user.state"),
    _core("postalCode", f"{_ADDRESS}.postalCode", "user.zipCode"),
    _core("country", f"{_ADDRESS}.country", "user.countryCode"),
    _core("formatted", f"{_ADDRESS}.formatted", "user.postalAddress"),
    _core("preferredLanguage", "preferredLanguage", "user.preferredLanguage"),
    _core("locale", "locale", "user.locale"),
    _core("timezone", "timezone", "user.timezone"),
    MappingRow("userType", "userType", CORE_USER, "user.userType", scope="group"),
    _enterprise("employeeNumber", "employeeNumber", "user.employeeNumber"),
    _enterprise("costCenter", "costCenter", "user.costCenter"),
    _enterprise("organization", "organization", "user.organization"),
    _enterprise("division", "division", "user.division"),
    _enterprise("department", "department", "user.department"),
    _enterprise("managerValue", "manager.value", "user.managerId"),
    _enterprise("managerDisplayName", "manager.displayName", "user.manager"),
)
