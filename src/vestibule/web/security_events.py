"""What receivers of security event tokens read without a token: our key set (RFC 7517 §5)."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from vestibule.security_events.keys import LEAD, key_set
from vestibule.web.premises import Premises

_MEDIA_TYPE = "application/jwk-set+json"


def security_event_routes(premises: Premises) -> list[BaseRoute]:
    """``/security-events/jwks.json``, which may be kept for as long as a new key is published before it signs."""

    async def keys(_: Request) -> Response:
        body = orjson.dumps(await key_set(premises.security_events, premises.clock()))
        headers = {"cache-control": f"public, max-age={int(LEAD.total_seconds())}"}
        return Response(body, media_type=_MEDIA_TYPE, headers=headers)

    return [Route("/security-events/jwks.json", keys, methods=["GET"])]
