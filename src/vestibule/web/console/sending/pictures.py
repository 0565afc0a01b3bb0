"""Pictures, served so that nothing in them can run."""

from __future__ import annotations

from starlette.responses import Response

_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
}


def picture(media_type: str, content: bytes) -> Response:
    """The picture; an SVG opened by itself is a page without rights."""
    return Response(content, media_type=media_type, headers=_HEADERS)
