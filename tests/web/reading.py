"""A tenant with some people and teams to read, and the words to ask for them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from urllib.parse import quote

from tests.installation import Answer, Site, Tenant, installation
from vestibule.clock import as_text

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def person(user_name: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": user_name, **more}


def team(name: str, *members: str) -> dict[str, Any]:
    return {"schemas": [GROUP], "displayName": name, "members": [{"value": id} for id in members]}


@asynccontextmanager
async def tenants(number: int = 1, profile: str = "generic") -> AsyncIterator[tuple[Site, list[Tenant]]]:
    """So many tenants of one installation, where no two things happen in the same millisecond."""
    ticks = count()
    async with installation(clock=lambda: as_text(time.time() + next(ticks) / 1000)) as site:
        yield site, [await site.tenant(profile) for _ in range(number)]


async def made(tenant: Tenant, path: str, document: Mapping[str, Any]) -> str:
    """POST; the id."""
    answer = await tenant.post(path, document)
    assert answer.status == 201, answer.json
    id: str = answer.json["id"]
    return id


def url(path: str, parameters: Mapping[str, Any]) -> str:
    """The path with its query string."""
    if not parameters:
        return path
    return f"{path}?" + "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())


async def by_get(tenant: Tenant, path: str, **parameters: Any) -> Answer:
    return await tenant.get(url(path, parameters))


async def by_search(tenant: Tenant, path: str, **parameters: Any) -> Answer:
    """The same by POST on ``.search``."""
    body = dict(parameters)
    for name in ("attributes", "excludedAttributes"):
        if name in body:
            body[name] = body[name].split(",")
    return await tenant.post(f"{path.rstrip('/')}/.search", {"schemas": [SEARCH], **body})


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.json
    return [resource["id"] for resource in answer.json["Resources"]]


def refused(answer: Answer, status: int = 400) -> tuple[str, str]:
    """scimType and sentence of a SCIM error."""
    assert answer.status == status, answer.json
    assert answer.json["schemas"] == [ERROR]
    assert answer.json["status"] == str(status)
    sentence, _, link = answer.json["detail"].rpartition(" ")
    assert link.startswith("https://vestibule.test/r/")
    return answer.json.get("scimType", ""), sentence
