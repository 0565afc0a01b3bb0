"""The session's cookie, and the one before there is a session."""

from __future__ import annotations

import hmac
from hashlib import sha256
from secrets import token_hex

from starlette.requests import Request
from starlette.responses import Response

from vestibule.sign_in.session import LONGEST

#: Before sign-in: what the form of a sign-in must repeat, so that nobody is signed in by another's page.
_BEFORE_SECONDS = 3600


class Cookies:
    """Names and attributes; ``__Host-`` where the console is reached over TLS (RFC 6265bis §4.1.3.2)."""

    def __init__(self, name: str, secure: bool) -> None:
        prefix = "__Host-" if secure else ""
        self._session = f"{prefix}{name}-session"
        self._before = f"{prefix}{name}-before"
        self._secure = secure

    def session(self, request: Request) -> str:
        """The secret that the browser shows; "" for none."""
        return request.cookies.get(self._session, "")

    def keep_session(self, response: Response, secret: str) -> None:
        """Have the browser show it from now on. Lax, so that the link in an error text finds it."""
        self._set(response, self._session, secret, int(LONGEST.total_seconds()))

    def end_session(self, response: Response) -> None:
        """Have the browser forget it."""
        self._set(response, self._session, "", 0)

    def before(self, request: Request) -> str:
        """The mark of a browser without a session, a new one where it has none."""
        return request.cookies.get(self._before, "")[:64] or token_hex(16)

    def keep_before(self, response: Response, mark: str) -> None:
        """Have the browser show that mark."""
        self._set(response, self._before, mark, _BEFORE_SECONDS)

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax"
        )


def form_token(secret: str) -> str:
    """What a form of that session (or mark) carries: made of the secret, and telling nothing of it."""
    return hmac.new(secret.encode(), b"vestibule form", sha256).hexdigest()[:40]


def is_form_token(token: str, secret: str) -> bool:
    """Whether a form was made for that session."""
    return bool(secret) and hmac.compare_digest(token.encode(), form_token(secret).encode())
