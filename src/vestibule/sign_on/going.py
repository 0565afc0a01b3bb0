"""Where a person goes once they are signed on: a place of the product, and nowhere else."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from vestibule.sign_on.unacceptable import Unacceptable, shown

_LONGEST = 1024


def checked_return(text: str, product_url: str) -> str:
    """A path within the product, or "" for none. ``Unacceptable`` for whatever leads elsewhere.

    Browsers read backslashes as slashes, drop tabs and line breaks, and take ``//host`` for a host.
    """
    if not text:
        return ""
    if product_url and (text == product_url or text.startswith(product_url.rstrip("/") + "/")):
        text = text[len(product_url.rstrip("/")) :] or "/"
    odd = any(ord(character) <= 32 or ord(character) == 127 for character in unquote(text))
    parts = _split(text)
    if (
        len(text) > _LONGEST
        or odd
        or "\\" in unquote(text)
        or not text.startswith("/")
        or unquote(text).startswith("//")
        or parts is None
    ):
        raise Unacceptable("return", f"{shown(text)} is no place of this product to go back to.")
    return text


def _split(text: str) -> object | None:
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else parts
