"""Setting up streams: each of one tenant, pushed to an address or fetched by whoever it is for."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.clock import as_seconds
from vestibule.feed.event_document import types_named
from vestibule.security_events.desk import StreamDesk
from vestibule.security_events.errors import StreamRefused
from vestibule.security_events.event_types import NOT_TOLD, types_told
from vestibule.security_events.keys import signer
from vestibule.security_events.push import Push, authorization_place, headers_of, open_authorization
from vestibule.webhooks.attempt import Attempt
from vestibule.webhooks.deliveries import Happened
from vestibule.webhooks.endpoint import POLL, PUSH, Endpoint, State
from vestibule.webhooks.endpoints import MOST_ENDPOINTS
from vestibule.webhooks.errors import TooManyEndpoints
from vestibule.webhooks.manner import Verdict
from vestibule.webhooks.sending import shown_answer

#: OpenID Shared Signals Framework 1.0: an event that says only that the stream works.
VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification"
_LONGEST_AUDIENCE = 500
_LONGEST_AUTHORIZATION = 4000
_LONGEST_DESCRIPTION = 200


async def add_stream(
    desk: StreamDesk,
    tenant: int,
    *,
    url: str = "",
    types: Sequence[str] = (),
    audience: str = "",
    full: bool = False,
    description: str = "",
    authorization: str = "",
) -> Endpoint:
    """A stream of what happens in that tenant from now on: pushed to ``url``, or polled where it is "".

    ``types`` are the log's; ``audience`` is by default the address. ``authorization`` is the header that the
    receiver asks for. ``NotOffered``, ``AddressRefused``, ``UnknownEventType``, ``TooManyEndpoints``, ``StreamRefused``.
    """
    desk.demand_offered()
    webhooks = desk.webhooks
    if url:
        await webhooks.check_address(url)
    elif authorization:
        raise StreamRefused("A polled stream sends nothing, so it has no Authorization header to send.")
    _check_line("audience", audience, _LONGEST_AUDIENCE)
    _check_line("description", description, _LONGEST_DESCRIPTION)
    _check_line("Authorization header", authorization, _LONGEST_AUTHORIZATION)
    if not authorization.isascii():
        raise StreamRefused("The Authorization header has letters that no header may have.")
    wanted = _types(types)
    if len(await webhooks.endpoints(tenant)) >= MOST_ENDPOINTS:
        raise TooManyEndpoints(MOST_ENDPOINTS)
    id, at = f"st_{webhooks.random(12).hex()}", webhooks.clock()
    ring = await webhooks.keys()
    await signer(desk.store, webhooks.keys, at)  # a receiver is set up with the key set, so there is one
    stream = Endpoint(
        id=id,
        tenant=tenant,
        url=url,
        types=wanted,
        description=description,
        secret=ring.seal(authorization, *authorization_place(tenant, id)),
        state=State.ON,
        created_at=at,
        cursor=0,
        kind=PUSH if url else POLL,
        audience=audience or url or desk.poll_url(id),
        is_full=full,
    )
    payload = {"kind": stream.kind, "url": url, "audience": stream.audience, "full": full}
    return await webhooks.store.add(stream, webhooks.entry("added", id, payload), at)


async def send_verification(desk: StreamDesk, stream: Endpoint, slug: str) -> Happened:
    """A verification event, pushed now by whoever asks; what came back is kept. ``slug`` is the tenant's.

    ``StreamRefused`` where it is polled.
    """
    if stream.kind != PUSH:
        raise StreamRefused(f"The stream {stream.id} is polled; a test can only be pushed.")
    webhooks = desk.webhooks
    at = webhooks.clock()
    now = as_seconds(at)
    claims = {
        "iss": desk.issuer.issuer(slug),
        "aud": stream.audience,
        "iat": int(now),
        "jti": f"{stream.id}.test-{webhooks.random(8).hex()}",
        "sub_id": {"format": "opaque", "id": stream.id},
        "events": {VERIFICATION: {}},
    }
    push = Push(desk.issuer, webhooks.keys)
    body = (await desk.issuer.signed(claims)).encode("ascii")
    headers = headers_of(open_authorization(await webhooks.keys(), stream))
    posted = await webhooks.poster.post(stream.url, headers, body)
    fault = posted.fault or push.fault(posted)
    attempt = Attempt(
        0, "verification", at, 1, posted.status, posted.milliseconds, fault, shown_answer(posted.answer)
    )
    await webhooks.store.note_attempt(stream, attempt)
    return Happened(attempt, push.verdict(posted) is Verdict.TAKEN)


def _types(asked: Sequence[str]) -> tuple[str, ...]:
    """The types that the stream tells, one by one: what a later version tells beside is not what was agreed upon."""
    named = types_named([word.strip() for word in asked if word.strip()])
    told = types_told(named)
    if not told:
        reasons = " ".join(f"{type}: {NOT_TOLD[type]}" for type in named[:3])
        raise StreamRefused(f"None of these types is told by security event tokens. {reasons}")
    return told


def _check_line(what: str, text: str, longest: int) -> None:
    if len(text) > longest or not text.isprintable():
        raise StreamRefused(f"The {what} is one line of {longest} characters at most; it has {len(text)}.")
