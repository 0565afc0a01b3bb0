"""Mapping preview: a payload in, and the person, role and teams that would become of it; what is dropped, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import orjson
from starlette.responses import Response

from vestibule.directory.overview import Picked
from vestibule.directory.telling import body_of
from vestibule.profiles.external_name import Selector, parse_external_name
from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.rehearsal import rehearsed
from vestibule.web.console.receiving.tenant_visit import TenantVisit

_PAGE = "/people/preview"
_PAYLOAD_CAP = 200_000
_PICKED = 10
#: What a resource gets of ours, or is kept elsewhere.
_EXPECTED = frozenset({"schemas", "id", "meta", "groups", "password", "externalid"})


@dataclass(frozen=True, slots=True)
class Dropped:
    """A path that was sent and is not kept, and the path that was perhaps meant."""

    path: str
    meant: str


async def _preview(visit: TenantVisit) -> Response:
    picked = visit.query("request", 40)
    payload = ""
    if picked:
        request = await visit.premises.log.request(picked)
        if request is not None and request.tenant == visit.tenant.id:
            body = body_of((request.payload or {}).get("request"))
            payload = (
                orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() if isinstance(body, dict) else ""
            )
    return await _shown(visit, payload or _example(visit))


async def _try(visit: TenantVisit) -> Response:
    payload, dialect = visit.form.text("payload", _PAYLOAD_CAP), visit.form.line("dialect", 40)
    result = await rehearsed(visit.room, "POST", "/Users", payload.encode(), dialect)
    document: dict[str, Any] = {}
    for resource in result.get("resources") or ():
        document = resource["document"]
    dropped = []
    if document:
        try:
            dropped = dropped_of(orjson.loads(payload), document, _known(visit))
        except orjson.JSONDecodeError:
            dropped = []
    return await _shown(visit, payload, dialect, result, document, dropped)


async def _shown(
    visit: TenantVisit,
    payload: str,
    dialect: str = "",
    result: dict[str, Any] | None = None,
    document: dict[str, Any] | None = None,
    dropped: list[Dropped] | None = None,
) -> Response:
    recent = await visit.premises.overview.requests(visit.tenant.id, Picked(_PICKED * 3, writes=True))
    connection = visit.room.connections[0]
    return visit.show(
        "preview.html",
        payload=payload,
        dialect=dialect or connection.dialect or connection.recognised or "okta",
        dialects=sorted(visit.premises.dialects),
        result=result,
        document=document,
        dropped=dropped or [],
        recent=[one for one in recent if one.method == "POST" and one.subject_type == "User"][:_PICKED],
    )


def _example(visit: TenantVisit) -> str:
    """What Okta would send of an invented person, by the profile's own rows."""
    document: dict[str, Any] = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "new.person@example.com",
        "name": {"givenName": "New", "familyName": "Person"},
        "emails": [{"primary": True, "value": "new.person@example.com", "type": "work"}],
        "displayName": "New Person",
        "externalId": "00u9preview",
        "active": True,
    }
    for attribute in visit.profile.attributes:
        if attribute.enum:
            _put(document, attribute.external_name, attribute.enum[0])
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _put(document: dict[str, Any], external_name: str, value: str) -> None:
    segments = parse_external_name(external_name).segments
    if len(segments) == 1:
        document[str(segments[0])] = value
    elif len(segments) == 3 and isinstance(segments[1], Selector):
        document[str(segments[0])] = [{segments[1].sub: segments[1].literal, str(segments[2]): value}]


def _known(visit: TenantVisit) -> list[str]:
    names = []
    for attribute in visit.profile.types["User"].resource_type.schema.attributes:
        names.append(attribute.name)
        names += [f"{attribute.name}.{sub.name}" for sub in attribute.sub_attributes]
    return names


def dropped_of(sent: Mapping[str, Any], kept: Mapping[str, Any], known: list[str]) -> list[Dropped]:
    """What was sent and is not in what would be kept; letter case apart."""
    have = {path.lower() for path in _paths(kept)}
    found = []
    for path in _paths(sent):
        if path.lower() not in have and path.partition(".")[0].lower() not in _EXPECTED:
            close = get_close_matches(path, known, 1, 0.75)
            found.append(Dropped(path, close[0] if close and close[0].lower() != path.lower() else ""))
    return found


def _paths(document: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in document.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, dict):
            yield from _paths(value, path)
        else:
            yield path


PAGES = (Page(_PAGE, shows=_preview, does=_try),)
