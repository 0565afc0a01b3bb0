"""What an API token may do: areas of ``/api/v1``, each to be read or to be written. One table.

``people:write`` includes ``people:read``; ``*`` is everything, ``*:read`` everything that only reads.
An operation of the API names the scope it needs; a name that stands not here is refused when it is declared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from vestibule.tenancy.errors import UnknownScope

#: Area → what it is about, in words for whoever issues a token.
AREAS = {
    "tenants": "tenants: plan, provisioning, sign-on, suspension, connections, integrations, domains, roles",
    "profiles": "application profiles of the installation",
    "tokens": "access tokens of identity providers, their requests and set-up links",
    "people": "people and teams, their sessions and linked accounts, the reviews of those who existed before",
    "requests": "the log of requests",
    "audit": "the audit trail",
    "events": "the event log, snapshots, the wanted state and its acknowledgements",
    "webhooks": "webhook endpoints, deliveries, security event streams",
}

ALL = "*"
_MODES = ("read", "write")


def known_scopes() -> tuple[str, ...]:
    """Every scope that a token can be given."""
    return (ALL, "*:read", *(f"{area}:{mode}" for area in AREAS for mode in _MODES))


def checked_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """These scopes, each once and in order. ``UnknownScope`` names those there are."""
    given = tuple(dict.fromkeys(scope.strip() for scope in scopes))
    for scope in given:
        if scope not in known_scopes():
            raise UnknownScope(scope, known_scopes())
    return given


def allows(given: Collection[str], needed: str) -> bool:
    """Whether one of the scopes covers what is needed."""
    area, _, mode = needed.partition(":")
    return ALL in given or any(
        scope in given for scope in (needed, f"{area}:write", "*:read" if mode == "read" else needed)
    )
