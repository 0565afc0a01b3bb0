"""One request and what came back, kept so that it can be shown to whoever runs the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from vestibule.scim.errors import ERROR_SCHEMA
from vestibule.scim.messages import LIST_RESPONSE

#: So much of an error's detail is told where there is one line for it.
_MOST_DETAIL = 240
#: So much of a body is shown; the rest is counted.
_MOST_SHOWN = 4000


@dataclass(frozen=True, slots=True)
class Exchange:
    """Header names of the answer are lower case; ``status`` is 0 and ``failure`` says why where none came."""

    method: str
    url: str
    sent_headers: Mapping[str, str]
    sent: bytes
    status: int = 0
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    seconds: float = 0.0
    failure: str = ""

    @property
    def json(self) -> Any:
        """The body as JSON, or None where it is empty or something else."""
        try:
            return orjson.loads(self.body) if self.body else None
        except orjson.JSONDecodeError:
            return None

    @property
    def document(self) -> dict[str, Any]:
        """The body as a JSON object; empty where it is none."""
        found = self.json
        return found if isinstance(found, dict) else {}

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The objects among the ``Resources`` of a list."""
        found = self.document.get("Resources")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    @property
    def ids(self) -> list[str]:
        """The ids of the listed resources, in their order."""
        return [str(one.get("id")) for one in self.resources]

    @property
    def total(self) -> Any:
        """``totalResults`` as it came, or None."""
        return self.document.get("totalResults")

    @property
    def is_list(self) -> bool:
        """Whether it is a 200 with a ListResponse."""
        return self.status == 200 and LIST_RESPONSE in _texts(self.document.get("schemas"))

    @property
    def is_scim_error(self) -> bool:
        """Whether the body is a SCIM Error message."""
        return ERROR_SCHEMA in _texts(self.document.get("schemas"))

    @property
    def scim_type(self) -> str:
        """The ``scimType`` of an error, or ""."""
        return str(self.document.get("scimType") or "")

    def header(self, name: str) -> str:
        """A header of the answer, or ""."""
        return (self.headers or {}).get(name.lower(), "")

    def in_short(self) -> str:
        """What came back, in a few words."""
        if self.failure:
            return self.failure
        kind = self.header("content-type").partition(";")[0]
        if self.is_scim_error:
            words = [f"status {self.status}"]
            if self.scim_type:
                words.append(f"scimType {self.scim_type}")
            detail = " ".join(str(self.document.get("detail") or "").split())
            cut = detail if len(detail) <= _MOST_DETAIL else f"{detail[:_MOST_DETAIL]}…"
            return ", ".join(words) + (f": {cut}" if cut else "")
        if self.is_list:
            return f"status 200, a list of {len(self.resources)} (totalResults {self.total!r})"
        if self.body and self.json is None:
            return f"status {self.status}, and a body that is no JSON ({kind or 'no content type'})"
        return f"status {self.status}" + ("" if self.body else ", no body")

    def as_document(self, redacted: Callable[[str], str]) -> dict[str, Any]:
        """For a report: nothing secret, long bodies cut."""
        sent: dict[str, Any] = {
            "method": self.method,
            "url": redacted(self.url),
            "headers": {name: redacted(value) for name, value in self.sent_headers.items()},
        }
        if self.sent:
            sent["body"] = _shown(self.sent, redacted)
        came: dict[str, Any] = {"status": self.status or None, "milliseconds": round(self.seconds * 1000)}
        if self.failure:
            came["failure"] = redacted(self.failure)
        if self.headers:
            came["headers"] = {
                name: redacted(value)[:500] for name, value in self.headers.items() if name in _TELLING
            }
        if self.body:
            came["body"] = _shown(self.body, redacted)
        return {"sent": sent, "came": came}


#: Headers of an answer that a check may speak of.
_TELLING = frozenset(
    {"content-type", "location", "etag", "retry-after", "www-authenticate", "content-location", "allow"}
)


def _shown(body: bytes, redacted: Callable[[str], str]) -> str:
    try:
        text = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", "replace")
    text = redacted(text)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}\n… {len(text) - _MOST_SHOWN:,} more"


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
