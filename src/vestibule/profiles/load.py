"""From the text of a TOML file to an ``ApplicationProfile``, or to the list of its faults."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from vestibule.profiles.declared_types import read_types
from vestibule.profiles.external_name import InvalidExternalName, parse_external_name
from vestibule.profiles.faults import Fault, FaultyProfile, UnreadableProfile
from vestibule.profiles.profile import (
    AddressStyle,
    ApplicationProfile,
    DeleteRule,
    MappedAttribute,
    Owner,
    Plan,
    Product,
    Role,
    SsoFirst,
    UserNameRule,
)
from vestibule.profiles.section import Section
from vestibule.profiles.validate import validate
from vestibule.scim.schemas.user import USER

#: Six bytes of the hash: whole in JSON and in every database.
_VERSION_BYTES = 6


def is_profile_file(name_or_file: str) -> bool:
    """Whether that is the path of a profile, rather than the name of one."""
    return name_or_file.endswith(".toml")


def profile_text(file: str) -> str:
    """The text of a profile file; raises ``UnreadableProfile``."""
    try:
        return Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableProfile(file, error) from None


@lru_cache(maxsize=64)
def load_profile(text: str, file: str) -> ApplicationProfile:
    """The profile that the text of ``file`` declares; compiled once for all servers of a process.

    Raises ``FaultyProfile`` with every fault: file, key, what was found, what is allowed.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultyProfile([Fault(file, "(the whole file)", str(error), "TOML 1.0")]) from None
    faults: list[Fault] = []
    whole = Section(file, "", content, faults)
    profile = _read(whole, version_of(content))
    whole.refuse_unknown()
    if not faults:
        validate(profile, whole)
    if faults:
        raise FaultyProfile(faults)
    return profile


def version_of(content: Mapping[str, Any]) -> int:
    """A positive number that changes with the content; comments and layout do not count."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return int.from_bytes(sha256(canonical.encode()).digest()[:_VERSION_BYTES]) or 1


def _read(whole: Section, version: int) -> ApplicationProfile:
    rules = whole.table("rules")
    roles = tuple(_role(section) for section in whole.tables("roles"))
    plans, default_plan = _plans(whole.table("plans"))
    attributes = tuple(_mapped_attribute(section) for section in whole.tables("attributes"))
    teams = rules.flag("teams", True)
    required = rules.texts("required")
    role_sources = rules.texts("role_sources")
    types, declared = read_types(
        whole,
        teams=teams,
        required=required,
        role_names=tuple(role.name for role in roles),
        role_sources=role_sources,
    )
    profile = ApplicationProfile(
        name=whole.text("name", required=True),
        version=version,
        product=_product(whole.table("product")),
        types=types,
        attributes=attributes,
        plans=plans,
        default_plan=default_plan,
        roles=roles,
        role_sources=role_sources,
        teams=teams,
        address=rules.word("address", AddressStyle, AddressStyle.TENANT),
        sso_first=rules.word("sso_first", SsoFirst, SsoFirst.OFF),
        user_name=rules.word("user_name", UserNameRule, UserNameRule.ANY),
        delete=rules.word("delete", DeleteRule, DeleteRule.TOMBSTONE),
        required=required,
        product_owned=_product_owned(attributes) | frozenset(rules.texts("product_owned")),
        indexed=tuple(dict.fromkeys((*_indexed(attributes), *rules.texts("indexed")))),
        services=whole.table("services").texts_table(),
        declared=declared,
    )
    rules.refuse_unknown()
    return profile


def _product(section: Section) -> Product:
    product = Product(
        name=section.text("name", required=True),
        support_contact=section.text("support_contact"),
        help_url=section.text("help_url"),
        logo=section.text("logo"),
        wording=section.table("wording").text_table(),
    )
    section.refuse_unknown()
    return product


def _plans(section: Section) -> tuple[dict[str, Plan], str]:
    default = section.text("default", required=True)
    plans = {}
    for name, table in section.subtables():
        plans[name] = Plan(
            name,
            provisioning=table.flag("provisioning", True),
            label=table.text("label"),
            seats=table.count("seats"),
        )
        table.refuse_unknown()
    section.refuse_unknown()
    return plans, default


def _role(section: Section) -> Role:
    role = Role(
        name=section.text("name", required=True),
        rights=section.texts("rights"),
        default=section.flag("default"),
    )
    section.refuse_unknown()
    return role


def _mapped_attribute(section: Section) -> MappedAttribute:
    row = MappedAttribute(
        label=section.text("label", required=True),
        variable=section.text("variable", required=True),
        external_name=section.text("external_name", required=True),
        namespace=section.text("namespace", required=True),
        required=section.flag("required"),
        okta_default=section.text("okta_default"),
        description=section.text("description"),
        enum=section.texts("enum"),
        scope=section.one_of("scope", ("personal", "group"), "personal"),
        owner=section.word("owner", Owner, Owner.CLIENT),
        indexed=section.flag("indexed"),
    )
    section.refuse_unknown()
    return row


def _product_owned(rows: tuple[MappedAttribute, ...]) -> frozenset[str]:
    """The attributes (as a whole) whose absence from a PUT says nothing."""
    owned = [row for row in rows if row.owner is Owner.PRODUCT]
    return frozenset(_qualified(row.namespace, row.external_name.partition(".")[0]) for row in owned)


def _indexed(rows: tuple[MappedAttribute, ...]) -> Iterator[str]:
    for row in rows:
        if row.indexed:
            yield _qualified(row.namespace, _dotted(row.external_name))


def _dotted(external_name: str) -> str:
    """The path an external name leads to, its selection left out; ``validate`` reports what is none."""
    try:
        return ".".join(parse_external_name(external_name).names)
    except InvalidExternalName:
        return external_name


def _qualified(namespace: str, path: str) -> str:
    return path if namespace == USER.id else f"{namespace}:{path}"
