"""What comes in: forms within limits, cookies, and the one header with a secret."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from vestibule.sign_on.unacceptable import Unacceptable

#: base64 of the largest message, each sign of it written as %xx at worst, and a RelayState.
_LARGEST_BODY = 3 * 350 * 1024 + 4096
_MOST_FIELDS = 20
BROWSER_COOKIE = "vestibule_sign_on"
SESSION_COOKIE = "vestibule_session"


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a posted form. ``Unacceptable``: no form, too large, or a field twice."""
    if (
        request.headers.get("content-type", "").partition(";")[0].strip().lower()
        != "application/x-www-form-urlencoded"
    ):
        raise Unacceptable("form", "This address takes a form (application/x-www-form-urlencoded).")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_BODY:
            raise Unacceptable("size", "The form is too large.")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise Unacceptable("form", "The form cannot be read.") from None
    return unique(pairs)


def unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Names and values. ``Unacceptable`` where a name stands there twice, or a value has U+0000."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Unacceptable("form", f"The field {name[:40]!r} was sent twice.")
        if "\0" in value or "\0" in name:
            raise Unacceptable("form", "A field has a character U+0000.")
        found[name] = value
    return found


def bearer_of(request: Request) -> str:
    """The secret after ``Bearer``, else ""."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def hold_browser(response: Response, value: str, path: str, *, secure: bool) -> None:
    """Have the browser bring the value back with the identity provider's cross-site POST (A5).

    Only a secure cookie may be SameSite=None. On plain HTTP, which is this machine alone, the identity
    provider is the same site.
    """
    response.set_cookie(
        BROWSER_COOKIE,
        value,
        max_age=3600,
        path=path,
        secure=secure,
        httponly=True,
        samesite="none" if secure else "lax",
    )


def hold_session(response: Response, path: str, secret: str, *, secure: bool) -> None:
    """Have the browser bring the session to the tenant's own addresses; with "" forget it."""
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=None if secret else 0,
        path=path,
        secure=secure,
        httponly=True,
        samesite="lax",
    )
