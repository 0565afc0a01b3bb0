"""Rows that follow from another profile than the tenant has now: shown as the present one declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import orjson

from vestibule.directory.derive_anew import derived_as, find_anew
from vestibule.directory.resource import Resource
from vestibule.directory.settled import is_settled
from vestibule.directory.store import Anew, Query, Row
from vestibule.profiles.profile import ApplicationProfile


def as_declared(profile: ApplicationProfile, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows; of those that follow from another profile, or hold what this one does not declare, the declared part."""
    version = profile.version
    for row in rows:
        if row.resource.profile_version != version:
            break
    else:
        return rows
    return [
        row
        if row.resource.profile_version == version
        else replace(row, resource=_declared(profile, row.resource))
        for row in rows
    ]


def searched_anew(query: Query, profile: ApplicationProfile, derived: str) -> Query:
    """The query; while the tenant's rows are derived anew, so that what it compares is derived on the way.

    ``derived`` is ``Tenant.derived``. What no profile can change is compared as ever.
    """
    if derived == derived_as(profile) or is_settled(query.type, query.filter, query.order):
        return query
    return replace(query, anew=Anew(profile.version, find_anew(profile)), indexed=())


def _declared(profile: ApplicationProfile, resource: Resource) -> Resource:
    type = profile.types.get(resource.type)
    if type is None:
        return resource
    return replace(resource, doc=orjson.dumps(type.declared_part(resource.document())))
