"""Which attributes of a person an expression may name: what nobody has reads as null, and would clear the attribute."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from vestibule.provisioning.expression_text import written
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.source import fold_login
from vestibule.provisioning.store import ProvisioningStore
from vestibule.refused import Refused

#: Okta's base profile (its *User Profile reference*): a directory may have them, whoever has a value today.
BASE_PROFILE = frozenset(
    {
        "login", "email", "secondEmail", "firstName", "lastName", "middleName",
        "honorificPrefix", "honorificSuffix", "title", "displayName", "nickName", "profileUrl",
        "primaryPhone", "mobilePhone", "streetAddress", "city", "state", "zipCode",
        "countryCode", "postalAddress", "preferredLanguage", "locale", "timezone", "userType",
        "employeeNumber", "costCenter", "organization", "division", "department", "managerId",
        "manager",
    }
)  # fmt: skip


class UnknownAttribute(Refused):
    """The expression names an attribute that nobody in the directory has, and that Okta's base profile has not."""


async def check_attributes(
    store: ProvisioningStore, before: Sequence[MappingRow], after: Sequence[MappingRow]
) -> None:
    """Raises UnknownAttribute for the expressions that are new in ``after``. An empty directory knows no better."""
    kept = {(row.variable, row.expression) for row in before}
    for row in after:
        if row.expression and (row.variable, row.expression) not in kept:
            await _check(store, row)


async def _check(store: ProvisioningStore, row: MappingRow) -> None:
    named = [name for root, name in written(row.expression).references.values() if root == "user"]
    missing = [name for name in named if name not in BASE_PROFILE]
    there: set[str] = set()
    last = ""
    while missing and (page := await store.people(last)):
        last = fold_login(page[-1].login)
        there.update(*(person.attributes for person in page))
        missing = [name for name in missing if name not in there]
    if missing and last:
        raise UnknownAttribute(_refusal(row.variable, missing[0], there), "If that is meant, say --anyway.")


def _refusal(variable: str, name: str, there: Collection[str]) -> str:
    by_folded = {one.casefold(): one for one in sorted(BASE_PROFILE | set(there))}
    close = get_close_matches(name.casefold(), by_folded, 1)
    way = (
        f"Did you mean user.{by_folded[close[0]]}?"
        if close
        else f"The directory has: {', '.join(sorted(there))}."
    )
    return (
        f"Nobody in the directory has user.{name}, so that {variable} would be read as empty. {way} "
        "It can be mapped anyway where an import is going to bring it."
    )
