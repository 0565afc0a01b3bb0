"""One HTTP request as the SCIM routes see it, and the reply they give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, unquote_to_bytes

from vestibule.directory.pieces import Pieces
from vestibule.directory.resource import Resource
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidFilter, InvalidSyntax, PayloadTooLarge
from vestibule.tenancy.admission import Admission
from vestibule.web.part_of_bulk import PartOfBulk

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Scope = Mapping[str, Any]

SCIM_JSON = b"application/scim+json"
PLAIN_JSON = b"application/json"

#: The largest body of a request that names one person; groups and bulk may be larger.
USER_BODY_LIMIT = 1024 * 1024
GROUP_BODY_LIMIT = 16 * 1024 * 1024


@dataclass(slots=True)
class Exchange:
    """A request: what is in its first line and headers; the body is read when asked for."""

    method: str
    path: str
    query_string: bytes
    headers: Mapping[bytes, bytes]
    receive: Receive
    request_id: str
    at: str
    started: float
    #: Whose token it is, once that is known; a refused one is logged under its tenant too.
    admission: Admission | None = None
    #: Set where this is one operation of a bulk request.
    part: PartOfBulk | None = None
    #: What the dialect repaired where no Change is there to count it: reads, and bodies that are refused at once.
    tolerances: Mapping[str, int] | None = None
    notes: tuple[str, ...] = ()
    #: The JSON object that came as the body, once somebody asked for it.
    document: Document | None = None
    #: A resource as the request log has it, which goes out as the same bytes where nothing is spliced on.
    rendered: tuple[Resource, bytes] | None = None
    #: The body, where it came whole and small together with the head.
    arrived: bytes | None = None
    _body: bytes | None = None
    _query: Mapping[str, str] | None = None

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters by name, the first of each counting; unknown ones are kept and ignored (R102)."""
        if self._query is None:
            self._query = parse_query(self.query_string)
        return self._query

    @property
    def query_read(self) -> Mapping[str, str] | None:
        """The parameters if somebody asked for them, for the request log."""
        return self._query

    @property
    def body_read(self) -> bytes:
        """The body as far as somebody asked for it, for the request log."""
        return self._body or b""

    def header(self, name: bytes) -> str:
        """A header's text, "" where it was not sent; ``name`` in lower case."""
        return self.headers.get(name, b"").decode("latin-1")

    async def body(self, limit: int) -> bytes:
        """The whole body; PayloadTooLarge as soon as it is over ``limit`` bytes."""
        if self._body is not None:
            return self._body
        if self.arrived is not None:
            self._body = self.arrived
            return self._body
        declared = self.headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        message = await self.receive()
        chunk: bytes = message.get("body", b"")
        if not message.get("more_body") and len(chunk) <= limit:
            self._body = chunk
            return chunk
        chunks, size = [chunk], len(chunk)
        while message.get("more_body") and size <= limit:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise InvalidSyntax("The connection ended in the middle of the body. Send the request again.")
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
        if size > limit:
            raise _too_large(limit)
        self._body = b"".join(chunks)
        return self._body


@dataclass(slots=True)
class Reply:
    """What goes back: status, body, and headers beyond content type and request id."""

    status: int
    body: bytes | Pieces = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    content_type: bytes = b""
    #: For the request log.
    subject_type: str = ""
    subject_id: str = ""
    rule: str = ""
    reason: str = ""
    #: The request-log row was written in the change's own transaction.
    recorded: bool = False


async def nothing_more() -> MutableMapping[str, Any]:
    """The ``Receive`` of a request without body, or whose body has arrived."""
    return {"type": "http.request", "body": b"", "more_body": False}


def media_type(headers: Mapping[bytes, bytes]) -> bytes:
    """scim+json, unless the client asked for plain JSON alone (R89, R90)."""
    accept = headers.get(b"accept", b"").lower()
    if PLAIN_JSON in accept and SCIM_JSON not in accept:
        return PLAIN_JSON
    return SCIM_JSON


def headers_by_name(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by their names in lower case; one that came more than once is joined by commas (RFC 9110 §5.3).

    Two tokens in two Authorization headers are then no token, rather than whichever this server or a
    proxy in front looks at. The same value said again counts once.
    """
    found = dict(headers)
    if len(found) == len(headers):
        return found
    values: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        said = values.setdefault(name, [])
        if value not in said:
            said.append(value)
    return {name: b", ".join(said) for name, said in values.items()}


def parse_query(raw: bytes) -> dict[str, str]:
    """Parameters by name; a stray ``&`` or ``?`` is passed over (W125), ``+`` is a space (W125).

    InvalidSyntax where a value is no UTF-8, and where it holds U+0000 (InvalidFilter for a filter).
    """
    parameters: dict[str, str] = {}
    if not raw:
        return parameters
    for part in raw.decode("latin-1").split("&"):
        name, _, value = part.partition("=")
        if "?" in name or "%" in name or "+" in name:
            name = unquote_plus(name.lstrip("?"))
        if not name or name in parameters:
            continue
        if "+" in value:
            value = value.replace("+", " ")
        if "%" in value:
            # Nearly all there is (W17), at a fifth of the general way's cost.
            value = value.replace("%20", " ").replace("%22", '"').replace("%40", "@")
        if "%" in value:
            try:
                value = unquote_to_bytes(value).decode()
            except UnicodeDecodeError:
                raise InvalidSyntax(
                    f"The query parameter {name[:40]} is not UTF-8 in percent-encoding."
                ) from None
            if "\0" in value:
                fault = InvalidFilter if name == "filter" else InvalidSyntax
                raise fault(f"The query parameter {name[:40]!r} holds U+0000 (%00), which no value can hold.")
        parameters[name] = value
    return parameters


def _too_large(limit: int) -> PayloadTooLarge:
    mib = limit // (1024 * 1024)
    return PayloadTooLarge(
        f"The body is larger than {mib} MiB, the limit for this path. Send fewer values at once."
    )
