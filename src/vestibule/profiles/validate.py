"""Does a profile that was read hold together? What one key says about another is checked here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from vestibule.profiles.external_name import ExternalName, InvalidExternalName, parse_external_name
from vestibule.profiles.logo import logo_names
from vestibule.profiles.profile import ApplicationProfile, MappedAttribute, Owner
from vestibule.profiles.section import Section
from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.errors import InvalidPath
from vestibule.scim.filter.tree import AttributePath
from vestibule.scim.path import parse_attribute_path, parse_path
from vestibule.scim.target import Target

_EXTERNAL_NAME = "Okta's notation: displayName, name.familyName or accounts.^[type=='slack'].value"


def validate(profile: ApplicationProfile, whole: Section) -> None:
    """Report to ``whole`` every key of the profile that does not fit the others."""
    _check_name(profile, whole)
    _check_plans(profile, whole)
    _check_roles(profile, whole)
    _check_logo(profile, whole)
    _check_paths(profile, whole, "required", profile.required)
    _check_owners(profile, whole)
    _check_services(profile, whole)
    variables: Counter[str] = Counter()
    for position, row in enumerate(profile.attributes, start=1):
        variables[row.variable] += 1
        if variables[row.variable] > 1:
            whole.fault(f"attributes[{position}].variable", row.variable, "a name that no other row has")
        _check_row(profile, whole, f"attributes[{position}]", row)


def _target(profile: ApplicationProfile, namespace: str | None, path: str) -> Target | None:
    """What a dotted path means in a person's resource, or None."""
    name, _, sub = path.partition(".")
    return profile.types["User"].target(AttributePath(name, sub or None, namespace))


def _check_name(profile: ApplicationProfile, whole: Section) -> None:
    if (
        not profile.name.replace("-", "").isalnum()
        or not profile.name.isascii()
        or profile.name != profile.name.lower()
    ):
        whole.fault("name", profile.name, "lower-case letters, digits and hyphens")


def _check_plans(profile: ApplicationProfile, whole: Section) -> None:
    if profile.default_plan not in profile.plans:
        whole.fault("plans.default", profile.default_plan, _listed(profile.plans))


def _check_roles(profile: ApplicationProfile, whole: Section) -> None:
    names = Counter(role.name.casefold() for role in profile.roles)
    for position, role in enumerate(profile.roles, start=1):
        if names[role.name.casefold()] > 1:
            whole.fault(f"roles[{position}].name", role.name, "a name once, letter case apart")
    defaults = [role.name for role in profile.roles if role.default]
    if len(defaults) > 1:
        whole.fault("roles", ", ".join(defaults) + " all with default = true", "one default role at most")
    for position, source in enumerate(profile.role_sources, start=1):
        if not names_texts(profile, source):
            whole.fault(
                f"rules.role_sources[{position}]",
                source,
                "a SCIM path of a person: userType, roles[primary eq true].value or roles.value",
            )
    if profile.role_sources and not profile.roles:
        whole.fault("rules.role_sources", _listed(profile.role_sources), "none without [[roles]]")


def _check_services(profile: ApplicationProfile, whole: Section) -> None:
    wanted = """a SCIM path of a person: accounts[type eq "slack"].value"""
    for service, paths in profile.services.items():
        if not paths:
            whole.fault(f"services.{service}", "", wanted)
        for path in paths:
            if not names_texts(profile, path):
                whole.fault(f"services.{service}", path, wanted)


def names_texts(profile: ApplicationProfile, source: str) -> bool:
    """Whether that is a path to texts of a person."""
    try:
        path = parse_path(source)
    except InvalidPath:
        return False
    whole = AttributePath(path.attribute.name, path.sub or path.attribute.sub, path.attribute.urn)
    target = profile.types["User"].target(whole)
    return target is not None and target.leaf.type is Type.STRING


def _path_target(profile: ApplicationProfile, path: str) -> Target | None:
    user = profile.types["User"]
    try:
        return user.target(parse_attribute_path(path, user.urns))
    except InvalidPath:
        return None


def _check_logo(profile: ApplicationProfile, whole: Section) -> None:
    logo = profile.product.logo
    if logo and logo not in logo_names() and not logo.startswith(("https://", "data:image/")):
        whole.fault(
            "product.logo", logo, f"{_listed(logo_names())}, an https:// address or a data:image/… URL"
        )


def _check_paths(profile: ApplicationProfile, whole: Section, key: str, paths: Iterable[str]) -> None:
    for position, path in enumerate(paths, start=1):
        if _path_target(profile, path) is None:
            whole.fault(f"rules.{key}[{position}]", path, "the path of an attribute that the profile has")


def _check_owners(profile: ApplicationProfile, whole: Section) -> None:
    owners: dict[tuple[str, str], Owner] = {}
    for position, row in enumerate(profile.attributes, start=1):
        attribute = (row.namespace, row.external_name.partition(".")[0])
        if owners.setdefault(attribute, row.owner) is not row.owner:
            whole.fault(
                f"attributes[{position}].owner",
                row.owner.value,
                "the same owner for all rows of one attribute",
            )


def _check_row(profile: ApplicationProfile, whole: Section, key: str, row: MappedAttribute) -> None:
    try:
        external = parse_external_name(row.external_name)
    except InvalidExternalName as error:
        whole.fault(f"{key}.external_name", row.external_name, f"{_EXTERNAL_NAME} ({error})")
        return
    user = profile.types["User"]
    namespaces = (user.base_urn, *user.urns)
    if row.namespace not in namespaces:
        whole.fault(f"{key}.namespace", row.namespace, _listed(namespaces))
        return
    target = _target(profile, row.namespace, ".".join(external.names))
    if target is None:
        whole.fault(f"{key}.external_name", row.external_name, f"an attribute that {row.namespace} declares")
        return
    _check_selector(whole, key, row, external, target)
    if target.leaf.type is Type.COMPLEX:
        whole.fault(f"{key}.external_name", row.external_name, "a path that ends at a simple value")
    if row.enum and target.leaf.closed and not set(row.enum) <= set(target.leaf.canonical_values):
        whole.fault(f"{key}.enum", _listed(row.enum), _listed(target.leaf.canonical_values))


def _check_selector(
    whole: Section, key: str, row: MappedAttribute, external: ExternalName, target: Target
) -> None:
    plural = target.attribute.multi_valued and target.attribute.type is Type.COMPLEX
    if external.selector is None:
        if plural:
            whole.fault(
                f"{key}.external_name", row.external_name, f"a selection of one element: {_EXTERNAL_NAME}"
            )
        return
    sub = target.attribute.sub_attribute(external.selector.sub) if plural else None
    if sub is None:
        whole.fault(
            f"{key}.external_name", row.external_name, "a selection by a sub-attribute that is declared"
        )
        return
    if not _may_be(sub, external.selector.literal):
        allowed = "true or false" if sub.type is Type.BOOLEAN else _listed(sub.canonical_values)
        whole.fault(f"{key}.external_name", row.external_name, f"a selection {sub.name}== one of: {allowed}")


def _may_be(sub: Attribute, literal: str | bool | int | float) -> bool:
    if sub.type is Type.BOOLEAN:
        return isinstance(literal, bool) or str(literal).lower() in ("true", "false")
    return not sub.closed or literal in sub.canonical_values


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"
