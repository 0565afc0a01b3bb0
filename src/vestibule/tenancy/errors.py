"""Why something asked about tenants, tokens, domains, roles or profiles is refused."""

from __future__ import annotations

from collections.abc import Iterable

from vestibule.directory.profile_check import CheckedTenant
from vestibule.refused import Refused

_MOST_TOLD = 10


def _listed(allowed: Iterable[str]) -> str:
    return ", ".join(allowed) or "none"


class UnknownTenant(Refused):
    """No tenant has that slug or display name."""

    status = 404

    def __init__(self, named: str) -> None:
        super().__init__(f"There is no tenant {named!r}.", "`vestibule tenant list` shows all of them.")


class AmbiguousTenant(Refused):
    """Several tenants bear that display name."""

    status = 409

    def __init__(self, named: str, slugs: Iterable[str]) -> None:
        super().__init__(f"Several tenants are called {named!r}: name one by its slug ({_listed(slugs)}).")


class InvalidatesPeople(Refused):
    """People, groups or other resources of a tenant would not fit the changed profile."""

    status = 409

    def __init__(self, profile: str, tenant: str, checked: CheckedTenant) -> None:
        everybody = sum(checked.seen.values())
        told = [
            f"  {finding.type} {finding.path}: {finding.count:,}, such as {example.name or example.id}: {example.sentence}"
            for finding in checked.findings[:_MOST_TOLD]
            if not finding.hides
            for example in finding.examples[:1]
        ]
        super().__init__(
            f"Nothing was changed: {checked.unfit:,} of {everybody:,} resources of the tenant {tenant!r} would not fit "
            f"the profile {profile!r}.\n" + "\n".join(told),
            f"\nSee all with `vestibule profile check {tenant} --profile …`. Take it all the same with --accept: they stay "
            "readable as they are, and are listed by `vestibule profile check`.",
        )


class UnknownConnection(Refused):
    """The tenant has no connection of that name."""

    status = 404

    def __init__(self, named: str, tenant: str, allowed: Iterable[str]) -> None:
        super().__init__(
            f"The tenant {tenant!r} has no connection {named[:80]!r}; its connections are {_listed(allowed)}."
        )


class UnknownDialect(Refused):
    """No dialect of that name is installed."""

    def __init__(self, named: str, allowed: Iterable[str]) -> None:
        super().__init__(
            f"There is no dialect {named[:80]!r}. Allowed are {_listed(allowed)}; auto has it recognised."
        )


class BadSlug(Refused):
    """The slug cannot stand in a Tenant URL."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"{slug!r} cannot be a slug: allowed are 2 to 63 of a-z, 0-9 and the hyphen, and no underscore "
            "(Okta refuses it in URLs).",
            "Give one with --slug.",
        )


class NameMissing(Refused):
    """A tenant without a display name."""

    def __init__(self) -> None:
        super().__init__("A tenant needs a name that is not empty.")


class SlugTaken(Refused):
    """Another tenant has that slug."""

    status = 409

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"There is a tenant {slug!r} already. Give the new one another slug.", "It is given with --slug."
        )


class UnknownPlan(Refused):
    """The product has no such plan."""

    def __init__(self, plan: str, profile: str, allowed: Iterable[str]) -> None:
        super().__init__(f"The profile {profile!r} has no plan {plan!r}; its plans are {_listed(allowed)}.")


class GateClosed(Refused):
    """What the gate would refuse at the door, told before a token is handed out."""

    status = 409


class UnknownToken(Refused):
    """No token is called so."""

    status = 404

    def __init__(self, named: str) -> None:
        super().__init__(
            f"There is no access token {named!r}.", "`vestibule token list TENANT` shows a tenant's."
        )


class AmbiguousToken(Refused):
    """The words fit several tokens, and nothing guesses."""

    status = 409

    def __init__(self, named: str, ids: Iterable[str]) -> None:
        super().__init__(f"{named!r} fits several access tokens: name one by its id ({_listed(ids)}).")


class TokenEnded(Refused):
    """The token is revoked already."""

    status = 409

    def __init__(self, id: str, revoked_at: str) -> None:
        super().__init__(f"The access token {id!r} was revoked on {revoked_at[:10]} already.")


class UnknownTokenRequest(Refused):
    """No open request of that number for that tenant."""

    status = 404

    def __init__(self, id: int, tenant: str) -> None:
        super().__init__(
            f"There is no open token request {id} of tenant {tenant!r}.",
            "`vestibule token requests` shows the queue.",
        )


class BadDomain(Refused):
    """It is no domain name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is no domain; it looks like example.com, without @ and without https://.")


class UnknownDomain(Refused):
    """The tenant has not proven it."""

    status = 404

    def __init__(self, name: str, tenant: str) -> None:
        super().__init__(f"The tenant {tenant!r} has no domain {name!r}.")


class BadRole(Refused):
    """A role without a usable name or with rights the product does not know, or a rule about roles that says nothing."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class ChangedMeanwhile(Refused):
    """If-Match named another version than the one there is: somebody else changed it in between."""

    status = 412

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Nothing was changed: {what} was changed by somebody else since you read it. Read it again, look at what "
            "the other change did, and send yours with the new ETag."
        )


class UnknownScope(Refused):
    """No scope of that name exists."""

    def __init__(self, scope: str, allowed: Iterable[str]) -> None:
        super().__init__(f"There is no scope {scope[:80]!r}; the scopes are {_listed(allowed)}.")


class NameTaken(Refused):
    """Another live API token bears that name, by which the audit calls it."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is a live API token {name!r} already, and the audit tells them apart by name. Give another name, "
            "or revoke that one."
        )


class UnknownApiToken(Refused):
    """No API token is called so."""

    status = 404

    def __init__(self, named: str) -> None:
        super().__init__(f"There is no API token {named!r}.", "`vestibule api-token list` shows all of them.")


class UnknownAccount(Refused):
    """No customer account bears that name."""

    status = 404

    def __init__(self, named: str) -> None:
        super().__init__(
            f"There is no customer account {named!r}.", "`vestibule tenant list` shows those there are."
        )


class UnknownSetUpLink(Refused):
    """There is no such link, or it is over: used, revoked or expired. It says the same of all."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "This set-up link is not good (any more): it was opened before, withdrawn, or it is too old. Ask whoever "
            "sent it for a new one."
        )


class TokenIdTaken(Exception):
    """The random token made has an id or hash that is in use; whoever made it makes another."""
