"""The frame of every page: templates, languages, assets, the sign-in's cookie, and the headers of safety.

It knows no menu and no tenant: each side's console brings its own pages, menu and reception.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.loaders import ChoiceLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from vestibule.sign_in.entering import Reception
from vestibule.web.console.assets import Asset, assets
from vestibule.web.console.cookies import Cookies
from vestibule.web.console.languages import Language, languages
from vestibule.web.console.shown import FILTERS

_OWN = "vestibule.web.console"
_FOR_GOOD = "public, max-age=31536000, immutable"


class Frame:
    """One for each console. ``packages`` are those with templates, looked through before the frame's own."""

    def __init__(
        self,
        *,
        name: str,
        packages: Sequence[str],
        reception: Reception,
        public_url: Callable[[], str],
        clock: Callable[[], str],
        random: Callable[[int], bytes],
        stopping: asyncio.Event,
    ) -> None:
        self.name = name
        self.reception = reception
        self.public_url = public_url
        self.clock = clock
        self.random = random
        #: Set when the server stops: what streams ends.
        self.stopping = stopping
        self.languages = languages()
        self.assets = assets()
        self._environment = _environment((*packages, _OWN))

    @property
    def cookies(self) -> Cookies:
        """Those of this console; with ``__Host-`` where it is reached over TLS."""
        return Cookies(self.name, self.public_url().startswith("https:"))

    def language(self, code: str) -> Language:
        """The language of that code."""
        return self.languages[code]

    def html(self, template: str, context: Mapping[str, Any]) -> str:
        """The template with its values."""
        return self._environment.get_template(template).render(context)

    def page(self, template: str, context: Mapping[str, Any], status: int = 200) -> Response:
        """A whole page, with a nonce for what stands in it."""
        nonce = base64.b64encode(self.random(16)).decode()
        response = HTMLResponse(self.html(template, {**context, "nonce": nonce}), status)
        response.headers.update(page_headers(nonce))
        return response

    def routes(self) -> list[Route]:
        """The assets."""
        by_address = {asset.address: asset for asset in self.assets.values()}

        async def asset(request: Request) -> Response:
            found = by_address.get(f"/assets/{request.path_params['mark']}/{request.path_params['name']}")
            return (
                _asset(found) if found else Response("There is no such file.\n", 404, media_type="text/plain")
            )

        return [Route("/assets/{mark}/{name}", asset)]


@cache
def _environment(packages: tuple[str, ...]) -> Environment:
    """The templates of these packages, each compiled once in a process: they are the same for every console."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package, "templates") for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    return environment


def page_headers(nonce: str) -> dict[str, str]:
    """What no page goes without: nothing runs or loads that is not ours, and nothing is kept by a browser."""
    return {
        "content-security-policy": (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }


def _asset(found: Asset) -> Response:
    return Response(
        found.content,
        media_type=found.media_type,
        headers={"cache-control": _FOR_GOOD, "cross-origin-resource-policy": "same-origin"},
    )
