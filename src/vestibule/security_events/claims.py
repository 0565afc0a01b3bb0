"""The claims of a security event token, from an event of the log (RFC 9967 §2, RFC 8417 §2.2). Pure.

One token tells one event: one change of one resource. ``txn`` is the request that made the change, the
same in every token about it; ``jti`` is the stream and the number of the event, so that a token sent
again is the same token, and one to another receiver is another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from vestibule.clock import as_seconds
from vestibule.scim.patch.message import PATCH_OP
from vestibule.security_events.event_types import TOLD_AS, Content
from vestibule.webhooks.gap import Gap

#: OpenID Shared Signals Framework 1.0 §8.1.5: RFC 9967 and RFC 8936 have no word for what a stream will never give.
STREAM_UPDATED = "https://schemas.openid.net/secevent/ssf/event-type/stream-updated"
#: Values larger than this stay at home: the token is a ``notice``, and who wants them asks by GET (RFC 9967 §5).
MOST_BYTES = 64 * 1024
#: Of the log's payload, and no attribute of the resource.
_NOT_SCIM = frozenset({"role"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of the resource: its path below the base URL, externalId, and the version that the change made."""

    path: str
    external_id: str | None = None
    #: An ETag; None where the resource has changed again since.
    version: str | None = None


def claims_of(
    told: Mapping[str, Any], subject: Subject, *, issuer: str, audience: str, jti: str, full: bool
) -> dict[str, Any]:
    """The claims; ``told`` is the event as the feed tells it. KeyError for an event that is not told by tokens."""
    sub_id = {"format": "scim", "uri": subject.path}
    if subject.external_id is not None:
        sub_id["externalId"] = subject.external_id
    return {
        "iss": issuer,
        "aud": audience,
        "iat": int(as_seconds(told["at"])),
        "jti": jti,
        "txn": told["request"] or f"evt_{told['seq']}",
        "sub_id": sub_id,
        "events": dict([_event(told, subject, full=full)]),
    }


def claims_of_gap(
    told: Mapping[str, Any], stream: str, *, issuer: str, audience: str, jti: str
) -> dict[str, Any]:
    """What a receiver is told of events that were forgotten before its stream had them; ``told`` as the feed does."""
    updated = {"status": "enabled", "reason": Gap.of(told["data"]).sentence}
    return {
        "iss": issuer,
        "aud": audience,
        "iat": int(as_seconds(told["at"])),
        "jti": jti,
        "txn": f"evt_{told['seq']}",
        "sub_id": {"format": "opaque", "id": stream},
        "events": {STREAM_UPDATED: updated},
    }


def jti_of(stream: str, event: int) -> str:
    """The id of the token that tells that event on that stream."""
    return f"{stream}.{event}"


def event_of(stream: str, jti: str) -> int | None:
    """The number of the event that a token of that stream tells; None for the id of no such token."""
    named, _, number = jti.partition(".")
    if named != stream or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return int(number)


def _event(told: Mapping[str, Any], subject: Subject, *, full: bool) -> tuple[str, dict[str, Any]]:
    told_as = TOLD_AS[told["type"]]
    payload: dict[str, Any] = {}
    if subject.version is not None and told_as.name.startswith("prov:") and told_as.name != "prov:delete":
        payload["version"] = subject.version
    if told_as.content is Content.NOTHING:
        return told_as.uri(full=False), payload
    changes = {path: after for path, (_, after) in _changes(told).items()}
    data = (
        _data(told, told_as.content, changes)
        if full and (changes or told_as.content is Content.MEMBER)
        else None
    )
    if data is None or len(orjson.dumps(data)) > MOST_BYTES:
        names = ["members"] if told_as.content is Content.MEMBER else list(changes)
        return told_as.uri(full=False), {**payload, "attributes": names}
    return told_as.uri(full=True), {**payload, "data": data}


def _changes(told: Mapping[str, Any]) -> Mapping[str, Any]:
    payload = told["payload"] or {}
    return {
        path: pair
        for path, pair in payload.items()
        if path not in _NOT_SCIM and isinstance(pair, list) and len(pair) == 2
    }


def _data(told: Mapping[str, Any], content: Content, changes: Mapping[str, Any]) -> dict[str, Any]:
    if content is Content.RESOURCE:
        return _document(changes)
    if content is Content.MEMBER:
        return {"schemas": [PATCH_OP], "Operations": [_member(told)]}
    operations = [
        {"op": "remove", "path": path} if after is None else {"op": "replace", "path": path, "value": after}
        for path, after in changes.items()
    ]
    return {"schemas": [PATCH_OP], "Operations": operations}


def _member(told: Mapping[str, Any]) -> dict[str, Any]:
    id, type = told["data"]["memberId"], told["data"]["memberType"]
    if told["type"].endswith("_removed"):
        return {"op": "remove", "path": f'members[value eq "{id}"]'}
    return {"op": "add", "path": "members", "value": [{"value": id, "type": type}]}


def _document(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The resource from the paths that were set: ``name.givenName``, ``urn:…:User:manager.value``."""
    document: dict[str, Any] = {}
    for path, value in changes.items():
        if value is None:
            continue
        holder, rest = document, path
        if path.startswith("urn:"):
            urn, _, rest = path.rpartition(":")
            holder = document.setdefault(urn, {})
        *parents, last = rest.split(".")
        for parent in parents:
            holder = holder.setdefault(parent, {})
        holder[last] = value
    return document
