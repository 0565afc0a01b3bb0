"""What a form brings: read within limits, and only where it was made for this session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from vestibule.web.console.cookies import is_form_token
from vestibule.web.console.languages import message
from vestibule.web.console.refusals import NotYours, PageRefused, TooLarge

#: A form in all; a payload to preview is the largest thing typed.
FORM_LIMIT = 1024 * 1024
_FIELDS = 2000
#: A picture that is uploaded.
FILE_LIMIT = 512 * 1024


@dataclass(slots=True)
class Form:
    """Values by name, each as it was typed less U+0000; and files."""

    values: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    def text(self, name: str, most: int = 2000) -> str:
        """The first value of that name, "" for none, cut at ``most`` characters."""
        found = self.values.get(name)
        return found[0][:most] if found else ""

    def line(self, name: str, most: int = 300) -> str:
        """The same on one line and without spaces around it."""
        return " ".join(self.text(name, most).split())

    def every(self, name: str) -> list[str]:
        """All values of that name."""
        return list(self.values.get(name, ()))

    def has(self, name: str) -> bool:
        """Whether it was sent: a tick."""
        return name in self.values


async def read_form(request: Request, secret: str, file_limit: int = FILE_LIMIT) -> Form:
    """The form of a POST. ``NotYours`` unless it was made for the session ``secret``, ``TooLarge``."""
    if not _comes_from_here(request):
        raise NotYours(message("This form came from another site. Nothing was changed."))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        form = await _multipart(request, file_limit)
    elif kind in ("application/x-www-form-urlencoded", ""):
        form = Form(_urlencoded(await _body(request)))
    else:
        raise PageRefused(message("A form is needed here. Nothing was changed."))
    token = request.headers.get("x-form-token", "") or form.text("form_token", 100)
    if not is_form_token(token, secret):
        raise NotYours(
            message("This page was open too long. Nothing was changed: load it again, and repeat.")
        )
    return form


def _comes_from_here(request: Request) -> bool:
    """Browsers say where a form comes from; what says nothing still needs the token."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


async def _body(request: Request, limit: int = FORM_LIMIT) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise TooLarge(message("This is more than a form can hold. Nothing was changed."))
            chunks.append(chunk)
    except ClientDisconnect:
        raise PageRefused(message("The connection ended in the middle of the form.")) from None
    return b"".join(chunks)


def _urlencoded(body: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS, errors="replace"
        )
    except ValueError:
        raise TooLarge(message("This is more than a form can hold. Nothing was changed.")) from None
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(_clean(value))
    return values


async def _multipart(request: Request, file_limit: int) -> Form:
    declared = request.headers.get("content-length", "")
    if not declared.isdigit() or int(declared) > file_limit + 64 * 1024:
        raise TooLarge(
            message("The file is larger than {limit} KB. Nothing was changed."), limit=file_limit // 1024
        )
    values: dict[str, list[str]] = {}
    files: dict[str, tuple[str, bytes]] = {}
    try:
        async with request.form(max_files=4, max_fields=50, max_part_size=FILE_LIMIT) as sent:
            for name, value in sent.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = (value.filename or "")[:100], await value.read()
                else:
                    values.setdefault(name, []).append(_clean(value))
    except (HTTPException, MultiPartException):
        raise PageRefused(message("A form is needed here. Nothing was changed.")) from None
    return Form(values, files)


def _clean(value: str) -> str:
    """PostgreSQL keeps no text with U+0000, and nobody types one."""
    return value.replace("\0", "").replace("\r\n", "\n")
