"""What an identity provider finds at the public URL, in words: the address first, then three answers.

Pure: whoever calls has fetched the answers. ``REQUESTS`` are the requests a connection test
begins with, none with a token.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, urlsplit

import orjson

#: W15: Okta gives up after 60 seconds; an administrator does so earlier.
_SLOW_SECONDS = 5.0
#: W11.
_LONGEST_URL = 1024
_SCIM = "/scim/v2"
_NOT_PUBLIC = (".local", ".internal", ".test", ".invalid", ".example", ".localhost")


class Level(StrEnum):
    """How bad it is: *fault* stops an identity provider, *warning* stops some or later."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: about what, how bad, and a sentence with what to do."""

    about: str
    level: Level
    sentence: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer as it came (header names in lower case), or ``failure``: why there was none."""

    status: int = 0
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    seconds: float = 0.0
    failure: str = ""


def examine_address(url: str) -> Iterator[Finding]:
    """What the URL itself says, before anything is asked."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), ""
    if parts.scheme not in ("http", "https") or not host:
        yield _fault("address", f"{url!r} is no address of a server. It looks like https://scim.example.com.")
        return
    if parts.scheme == "http" and _is_loopback(host):
        yield _warning(
            "https",
            "Plain http on this machine: fine for a trial. Okta and Entra send tokens over https alone.",
        )
    elif parts.scheme == "http":
        yield _fault(
            "https", "Plain http: Okta and Entra refuse it. Put a certificate in front, and use https://."
        )
    if "_" in host or "_" in parts.path:
        yield _fault(
            "underscore", "The address holds an underscore: Okta refuses it in a base URL. Rename it."
        )
    if parts.path.rstrip("/").endswith(_SCIM) or "/t/" in parts.path:
        public = url.partition("/t/")[0].rstrip("/").removesuffix(_SCIM)
        yield _fault(
            "path",
            f"This is a SCIM base URL. The public URL is what stands before {_SCIM} and before /t/: {public}",
        )
    if url.endswith("/"):
        yield _warning(
            "trailing slash", "The address ends with a slash, and Okta puts its own behind it. Leave it away."
        )
    if parts.query or parts.fragment or parts.username:
        yield _fault("address", "The address holds a user name, a query or a fragment. Leave that away.")
    if len(url) > _LONGEST_URL:
        yield _fault("length", f"The address is {len(url):,} characters long; Okta takes {_LONGEST_URL:,}.")
    if not _is_loopback(host) and _is_private(host):
        yield _warning(
            "reachable",
            f"{host} is no public name: an identity provider outside your network does not find it.",
        )


def examine_health(seen: Seen, url: str) -> Iterator[Finding]:
    """``GET /healthz``: whether this is a Vestibule, and ready."""
    fault = _not_reached(seen, url)
    if fault:
        yield fault
    elif seen.status == 200 and _document(seen).get("status") == "ok":
        yield _ok("health", f"The server answers and is ready ({_milliseconds(seen)}).")
    elif seen.status in (502, 503, 504):
        yield _fault(
            "health",
            f"Status {seen.status}: the proxy is there, and the server behind it is not, or still migrates.",
        )
    else:
        yield _fault(
            "health",
            f"Status {seen.status}, and no Vestibule: {_excerpt(seen)}. Does the URL lead elsewhere?",
        )
    yield from _slow(seen)


def examine_configuration(seen: Seen, url: str) -> Iterator[Finding]:
    """``GET /scim/v2/ServiceProviderConfig``, which needs no token."""
    fault = _not_reached(seen, url) or _no_json(seen)
    if fault:
        yield fault
        return
    document = _document(seen)
    if seen.status != 200 or "patch" not in document:
        yield _fault(
            "discovery", f"Status {seen.status} instead of the service's configuration: {_excerpt(seen)}."
        )
        return
    yield _ok("discovery", "The service tells what it can do.")
    location = str((document.get("meta") or {}).get("location", ""))
    yield from _same_address("links", location, url)
    yield from _slow(seen)


def examine_door(seen: Seen, url: str) -> Iterator[Finding]:
    """``GET /scim/v2/Users`` without a token: 401 as a SCIM error, with its link."""
    fault = _not_reached(seen, url) or _no_json(seen)
    if fault:
        yield fault
        return
    document = _document(seen)
    is_scim = "urn:ietf:params:scim:api:messages:2.0:Error" in (document.get("schemas") or ())
    if seen.status == 401 and is_scim:
        yield _ok("token", "Without a token the door is shut, with a SCIM error: as Okta expects it.")
        link = str(document.get("detail", "")).rpartition(" ")[2]
        yield from _same_address("links in errors", link, url)
    elif seen.status == 200:
        yield _fault(
            "token", "People are shown without a token: something in front of Vestibule answers or lets in."
        )
    elif seen.status in (401, 403):
        yield _fault(
            "token",
            f"Status {seen.status}, but not from Vestibule: something in front asks for a sign-on of its own.",
        )
    else:
        yield _fault("token", f"Status {seen.status} where 401 was expected: {_excerpt(seen)}.")
    yield from _slow(seen)


#: Path below the public URL, and what its answer says.
REQUESTS: Mapping[str, Callable[[Seen, str], Iterator[Finding]]] = {
    "/healthz": examine_health,
    f"{_SCIM}/ServiceProviderConfig": examine_configuration,
    f"{_SCIM}/Users": examine_door,
}


def _not_reached(seen: Seen, url: str) -> Finding | None:
    if seen.failure:
        failure = f"{seen.failure.rstrip('.')}."
        if "certificate" in failure.lower():
            return _fault("certificate", f"{failure} Okta accepts a certificate of a public authority alone.")
        return _fault("reachable", f"{failure} Okta would say that the URL cannot be reached.")
    if 300 <= seen.status < 400:
        target = (seen.headers or {}).get("location", "nowhere")
        return _fault(
            "redirect",
            f"The answer is a redirect ({seen.status}) to {target[:200]}: a token must not follow one. "
            "Give identity providers the address that answers itself.",
        )
    return None


def _no_json(seen: Seen) -> Finding | None:
    kind = (seen.headers or {}).get("content-type", "")
    if "html" in kind or seen.body.lstrip()[:1] == b"<":
        return _fault(
            "JSON",
            f"The answer is a web page (status {seen.status}, {kind or 'no content type'}), not JSON: a proxy, a firewall "
            "or a sign-on page answers in Vestibule's place.",
        )
    return None


def _same_address(about: str, link: str, url: str) -> Iterator[Finding]:
    if link and not link.startswith(f"{url.rstrip('/')}/"):
        yield _warning(
            about,
            f"Links lead to {link[:200]}, not below {url}: set VESTIBULE_PUBLIC_URL to {url.rstrip('/')}.",
        )


def _slow(seen: Seen) -> Iterator[Finding]:
    if seen.seconds > _SLOW_SECONDS:
        yield _warning("time", f"The answer took {seen.seconds:.1f} seconds; Okta gives up after 60.")


def _document(seen: Seen) -> dict[str, Any]:
    try:
        found = orjson.loads(seen.body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _excerpt(seen: Seen) -> str:
    text = " ".join(seen.body[:200].decode("utf-8", "replace").split())
    return repr(text) if text else "an empty answer"


def _milliseconds(seen: Seen) -> str:
    return f"{seen.seconds * 1000:.0f} ms"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_NOT_PUBLIC)


def _ok(about: str, sentence: str) -> Finding:
    return Finding(about, Level.OK, sentence)


def _warning(about: str, sentence: str) -> Finding:
    return Finding(about, Level.WARNING, sentence)


def _fault(about: str, sentence: str) -> Finding:
    return Finding(about, Level.FAULT, sentence)
