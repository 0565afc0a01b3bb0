"""The reference page of security event tokens: which event of the log is told as what."""

from __future__ import annotations

from docs.markdown import table
from vestibule.security_events.claims import MOST_BYTES
from vestibule.security_events.event_types import NOT_TOLD, TOLD_AS, Content

_HOLDS = {
    Content.RESOURCE: "`data`: the resource · `attributes`: the names of its attributes",
    Content.CHANGES: "`data`: a PatchOp · `attributes`: the paths that changed",
    Content.MEMBER: "`data`: a PatchOp of one member · `attributes`: `members`",
    Content.NOTHING: "nothing",
}


def security_events_page() -> str:
    """The table of what is told, and of what is not."""
    told = [
        (f"`{type}`", " · ".join(f"`{uri}`" for uri in one.uris), _HOLDS[one.content], one.meaning)
        for type, one in TOLD_AS.items()
    ]
    claims = [
        ("`iss`", "the tenant's SCIM base URL"),
        ("`aud`", "the stream's audience: its address, unless another was given"),
        ("`iat`", "when it happened"),
        ("`jti`", "the token: stream and event; the same when it is sent again"),
        ("`txn`", "the request that made the change: the same in all tokens about it, on every stream"),
        (
            "`sub_id`",
            '`{"format": "scim", "uri": "/Users/…"}`, with `externalId` where it is known; '
            "`iss` and `uri` make an address",
        ),
        ("`events`", "one event URI and its payload"),
    ]
    lines = [
        "# Security event tokens",
        "",
        "Which [events](events.md) of the log are told as security event tokens (RFC 9967), and as what. One token tells",
        "one event. [How to set up a stream](../how-to/security-events.md).",
        "",
        *table(("event", "event URI", "what it holds", "meaning"), told),
        "",
        "A stream with values (`--full`) sends `:full` with `data`, another one `:notice` with `attributes`. What is",
        f"larger than {MOST_BYTES // 1024} KiB, or was forgotten, is told as `:notice` on either. `version` is the ETag that the",
        "change made; it is left out where the resource has changed again since.",
        "",
        "## What a token says beside",
        "",
        *table(("claim", "meaning"), claims),
        "",
        "## What is not told",
        "",
        *table(("event", "why"), [(f"`{type}`", why) for type, why in NOT_TOLD.items()]),
    ]
    return "\n".join(lines) + "\n"
