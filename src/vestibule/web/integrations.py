"""``/integrations/…``: where a service's consent page leads back to, and where Slack sends its events.

The page after a consent shows the workspace and a command that keeps it: whoever began connecting
confirms, so that a link somebody else made connects nothing of theirs (login CSRF).
"""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from vestibule.directory.change import AuditEntry
from vestibule.linking.connecting import Connecting
from vestibule.linking.connector import ConsentRefused
from vestibule.linking.service_connection import ConnectionState
from vestibule.linking.store import LinkingStore

_LARGEST_EVENT = 256 * 1024
_LONGEST_CODE = 2048

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto; padding: 0 1.25rem; }}
h1 {{ font-size: 1.3rem; font-weight: 600; }}
code {{ display: block; padding: .75rem 1rem; border-radius: .5rem; overflow-wrap: anywhere;
  background: color-mix(in srgb, currentColor 8%, transparent); }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "cache-control": "no-store",
}

#: Reads a signed event of a service: (headers, body, now) → what it asks, "bad" for a bad signature.
ReadEvent = Callable[[Mapping[str, str], bytes, float], Any]


def routes(
    connecting: Connecting,
    store: LinkingStore,
    labels: Mapping[str, str],
    events: Mapping[str, ReadEvent],
    clock: Callable[[], str],
    seconds: Callable[[], float] = time.time,
) -> list[BaseRoute]:
    """The routes; ``labels`` are the services that are set up, ``events`` those that send any."""

    async def callback(request: Request) -> Response:
        service = request.path_params["service"]
        asked = request.query_params
        if service not in labels:
            return _page("There is no such service", "<p>Go back to the product and press Connect.</p>", 404)
        label = labels[service]
        code, state = asked.get("code", ""), asked.get("state", "")
        if asked.get("error") or not code or max(len(code), len(state)) > _LONGEST_CODE:
            return _page(
                f"{label} is not connected",
                f"<p>{html.escape(connecting.why_refused(service, asked.get('error', '')))} "
                "Nothing was changed. Press Connect again, as an administrator of the workspace.</p>",
                400,
            )
        try:
            offered = await connecting.come_back(service, state, code)
        except ConsentRefused as refused:
            return _page(f"{label} is not connected", f"<p>{html.escape(str(refused))}</p>", 400)
        if offered.back_to:
            return RedirectResponse(
                f"{offered.back_to}/confirm?code={offered.code}", 303, {"cache-control": "no-store"}
            )
        other = ""
        if offered.differs_from is not None:
            other = (
                "<p><strong>This is another workspace than before:</strong> until now "
                f"{html.escape(offered.differs_from.name)} was connected.</p>"
            )
        domain = f" ({html.escape(offered.workspace.domain)})" if offered.workspace.domain else ""
        return _page(
            f"{label} granted access",
            f"<p>Workspace: <strong>{html.escape(offered.workspace.name)}</strong>{domain}, granted by "
            f"{html.escape(offered.granted_by)}.</p>{other}<p>Is it the right one? Then keep it, within ten "
            f"minutes, where you began:</p><code>vestibule integration confirm {html.escape(service)} "
            f"{html.escape(offered.code)}</code>",
            200,
        )

    async def event(request: Request) -> Response:
        read = events.get(request.path_params["service"])
        if read is None:
            return PlainTextResponse("There is no such service.\n", 404)
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _LARGEST_EVENT:
                return PlainTextResponse("The event is too large.\n", 413)
        return await _take(request.path_params["service"], read(request.headers, body, seconds()), body)

    async def _take(service: str, found: Any, body: bytes) -> Response:
        if found == "bad":
            return PlainTextResponse("The signature is wrong, or older than five minutes.\n", 401)
        try:
            envelope = json.loads(body)
        except ValueError:
            return PlainTextResponse("The body is no JSON.\n", 400)
        if isinstance(envelope, dict) and envelope.get("type") == "url_verification":
            return JSONResponse({"challenge": str(envelope.get("challenge", ""))})
        if found is not None:
            for one in await store.connections():
                if one.service != service or one.workspace.id != found.workspace:
                    continue
                if one.state is not ConnectionState.CONNECTED:
                    continue
                if found.broken:
                    entry = AuditEntry(
                        f"service:{service}",
                        "integration.broke",
                        "Integration",
                        service,
                        {"reason": found.broken},
                    )
                    await store.end_connection(
                        one.tenant, service, ConnectionState.RECONNECT_NEEDED, found.broken, entry, clock()
                    )
                else:
                    await store.look_again(one.tenant, service, found.look_at, clock())
        return Response(status_code=200)

    return [
        Route("/integrations/{service}/callback", callback, methods=["GET"]),
        Route("/integrations/{service}/events", event, methods=["POST"]),
    ]


def _page(title: str, body: str, status: int) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=html.escape(title), body=body), status, _HEADERS)
