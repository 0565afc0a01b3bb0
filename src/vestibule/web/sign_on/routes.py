"""The addresses below ``/sso``: each reads what came, calls the room, and answers with a page, a redirect or JSON."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from vestibule.refused import Refused
from vestibule.scim.errors import ScimError, Unavailable
from vestibule.sign_on import oidc, saml
from vestibule.sign_on.binding import posted, redirected, verify_redirect
from vestibule.sign_on.errors import NotSetUp
from vestibule.sign_on.front import OWN_ADDRESSES, Front
from vestibule.sign_on.going import checked_return
from vestibule.sign_on.logout import is_logout_response, logout_response, read_logout_request
from vestibule.sign_on.matching import Turned
from vestibule.sign_on.service_provider import metadata
from vestibule.sign_on.sessions import SignedOnPerson, exchange, sign_off, signed_on
from vestibule.sign_on.setting_up import take_test
from vestibule.sign_on.setup import Protocol
from vestibule.sign_on.sign_in import SignedOn, TurnedAway, set_off
from vestibule.sign_on.unacceptable import Unacceptable
from vestibule.tenancy.gate import whom_to_ask
from vestibule.tenancy.tenant import Tenant
from vestibule.web.sign_on.forms import (
    BROWSER_COOKIE,
    SESSION_COOKIE,
    bearer_of,
    form_of,
    hold_browser,
    hold_session,
    unique,
)
from vestibule.web.sign_on.pace import Pace
from vestibule.web.sign_on.pages import page, sent_off, signed_off_page, signed_on_page, tested, turned_away

_LONGEST_CHALLENGE = 128
#: What leaves a row or looks at a signature.
_PACED = frozenset({"login", "test", "acs", "oidc", "exchange", "slo"})

Answer = Callable[[Request, Tenant], Awaitable[Response]]


def routes(front: Front, seconds: Callable[[], float] = time.monotonic) -> list[BaseRoute]:
    """All of them."""
    desk = Reception(front, Pace(seconds))
    own = (
        ("", desk.home, "GET"),
        ("/metadata", desk.metadata, "GET"),
        ("/login", desk.login, "GET"),
        ("/test", desk.test, "GET"),
        ("/acs", desk.acs, "POST"),
        ("/oidc", desk.oidc, "GET"),
        ("/logout", desk.logout, "POST"),
        ("/slo", desk.slo, "GET"),
        ("/slo", desk.slo_posted, "POST"),
        ("/exchange", desk.exchange, "POST"),
        ("/session", desk.session, "GET"),
        ("/session", desk.end_session, "DELETE"),
    )
    return [
        Route("/sso/acs", desk.shared_acs, methods=["POST"]),
        *(
            Route(f"/sso/{{slug}}{path}", desk.of_tenant(answer), methods=[method])
            for path, answer, method in own
        ),
    ]


class Reception:
    """Answers them."""

    def __init__(self, front: Front, pace: Pace) -> None:
        self._front = front
        self._pace = pace

    def of_tenant(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """The tenant of the address, looked up; whatever is refused on the way becomes a page."""

        async def answered(request: Request) -> Response:
            try:
                tenant = await self._front.tenant(request.path_params["slug"])
                if tenant is None:
                    return page(
                        "There is nothing here", "<p>Check the address: no such sign-on is known.</p>", 404
                    )
                if tenant.suspended:
                    return page(
                        "Suspended", "<p>This company's access is suspended. Ask your administrator.</p>", 403
                    )
                return await self._guarded(request, tenant, answer)
            except Unavailable as fault:
                return _busy(fault)

        return answered

    async def shared_acs(self, request: Request) -> Response:
        """The one address of all customers of a product: the tenant is found by request or issuer (A1)."""
        try:
            form = await form_of(request)
            message = posted(form.get("SAMLResponse", ""))
            tenant = await saml.tenant_of(self._front, message)
            if tenant is None or tenant.suspended or not (await self._front.provider_for(tenant)).is_shared:
                raise Unacceptable(
                    "request",
                    "The response answers no sign-on that is under way, and its issuer is no customer's. Sign on anew.",
                )

            async def answer(request: Request, tenant: Tenant) -> Response:
                return await self._arrived(request, tenant, message, form.get("RelayState", ""))

            return await self._guarded(request, tenant, answer)
        except Unacceptable as fault:
            return page("Sign-on did not work", f"<p>{_escaped(fault.sentence)}</p>", 403)
        except Unavailable as fault:
            return _busy(fault)

    async def home(self, request: Request, tenant: Tenant) -> Response:
        """Who is signed on in this browser."""
        product = (await self._front.product_of(tenant)).product.name
        found = await signed_on(self._front, tenant, request.cookies.get(SESSION_COOKIE, ""))
        if found is None:
            ready = await self._front.store.setup(tenant.id) is not None
            return signed_off_page(product, self._home(tenant), ready=ready)
        return signed_on_page(product, self._home(tenant), found.user_name, found.session.expires_at)

    async def metadata(self, request: Request, tenant: Tenant) -> Response:
        """Our metadata, for the identity provider."""
        pairs = await self._front.key_pairs(tenant)
        us = await self._front.provider_for(tenant)
        if OWN_ADDRESSES in request.query_params:
            us = self._front.further_environment(tenant)
        text = metadata(us, [pair.certificate for pair in pairs])
        return Response(
            text,
            media_type="application/samlmetadata+xml",
            headers={"content-disposition": f'inline; filename="{tenant.slug}-metadata.xml"'},
        )

    async def login(self, request: Request, tenant: Tenant) -> Response:
        """Off to the identity provider; ``return_to`` and ``challenge`` come back to the product."""
        return await self._off(request, tenant, is_test=False)

    async def test(self, request: Request, tenant: Tenant) -> Response:
        """Off to it for a test, by a link that an administrator made, once."""
        if not await take_test(self._front, tenant, request.query_params.get("ticket", "")):
            return page(
                "This link was used already",
                "<p>A test link works once, for ten minutes. Make a new one: <code>vestibule sso test</code>.</p>",
                403,
            )
        return await self._off(request, tenant, is_test=True)

    async def acs(self, request: Request, tenant: Tenant) -> Response:
        """Back from it by SAML."""
        if (await self._front.provider_for(tenant)).is_shared:
            return await self.shared_acs(request)
        form = await form_of(request)
        return await self._arrived(
            request, tenant, posted(form.get("SAMLResponse", "")), form.get("RelayState", "")
        )

    async def oidc(self, request: Request, tenant: Tenant) -> Response:
        """Back from it by OpenID Connect."""
        came = await oidc.come_back(
            self._front,
            tenant,
            unique(request.query_params.multi_items()),
            request.cookies.get(BROWSER_COOKIE, ""),
            _number(request),
        )
        return await self._came(request, tenant, came)

    async def logout(self, request: Request, tenant: Tenant) -> Response:
        """End this browser's session, and the identity provider's where it takes part."""
        onward = await sign_off(self._front, tenant, request.cookies.get(SESSION_COOKIE, ""))
        response = RedirectResponse(onward or self._home(tenant), 303)
        hold_session(response, self._home(tenant), "", secure=self._secure)
        return response

    async def slo(self, request: Request, tenant: Tenant) -> Response:
        """The identity provider ends sessions, or tells that it ended its own."""
        setup, _ = await self._front.setup_of(tenant)
        if setup.provider is None:
            raise NotSetUp(tenant.slug)
        query = request.url.query
        field = "SAMLRequest" if "SAMLRequest=" in query else "SAMLResponse"
        message, raw = redirected(query, field)
        verify_redirect(raw, field, setup.provider.certificates)
        us, now = await self._front.provider_for(tenant), self._front.now
        if field == "SAMLResponse":
            is_logout_response(message, setup.provider, us, now)
            return RedirectResponse(self._home(tenant), 303)
        asked = read_logout_request(message, setup.provider, us, now)
        await self._front.store.end_subject(tenant.id, asked.name_id, asked.session_indexes)
        if not setup.provider.slo_redirect:
            return page("Signed out", "<p>You are signed out.</p>")
        return RedirectResponse(
            logout_response(
                setup.provider,
                us,
                (await self._front.key_pairs(tenant))[0],
                id=self._front.message_id(),
                now=now,
                answers=asked.id,
                relay_state=unique(request.query_params.multi_items()).get("RelayState", "")[:1024],
            ),
            303,
        )

    async def slo_posted(self, request: Request, tenant: Tenant) -> Response:
        """Some post the answer to our logout: ours is ended by then, so nothing of it is read."""
        if "SAMLResponse" not in await form_of(request):
            raise Unacceptable(
                "shape",
                "Single logout is asked for by HTTP-Redirect here. Choose that at the identity provider.",
            )
        return RedirectResponse(self._home(tenant), 303)

    async def exchange(self, request: Request, tenant: Tenant) -> Response:
        """The product gives the code and gets the session."""
        form = await form_of(request)
        given = await exchange(self._front, tenant, form.get("code", ""), form.get("verifier", ""))
        if given is None:
            return _json(
                {
                    "error": "invalid_code",
                    "detail": "The code is unknown, older than a minute, used, or of another verifier.",
                },
                400,
            )
        secret, found = given
        return _json({"session": secret, **_told(found)})

    async def session(self, request: Request, tenant: Tenant) -> Response:
        """Whose session it is; 401 as soon as it ended."""
        found = await signed_on(self._front, tenant, bearer_of(request))
        if found is None:
            return _json({"error": "no_session", "detail": "The session ended, or there never was one."}, 401)
        return _json(_told(found))

    async def end_session(self, request: Request, tenant: Tenant) -> Response:
        """End it; ``logoutUrl`` is where the browser goes to end the identity provider's, "" for nowhere."""
        return _json({"logoutUrl": await sign_off(self._front, tenant, bearer_of(request))})

    async def _off(self, request: Request, tenant: Tenant, *, is_test: bool) -> Response:
        setup, _ = await self._front.setup_of(tenant)
        asked = unique(request.query_params.multi_items())
        browser = request.cookies.get(BROWSER_COOKIE, "")
        if len(browser) != len(self._front.secret("")):
            browser = self._front.secret("")
        started = await set_off(
            self._front,
            tenant,
            browser=browser,
            return_to=checked_return(asked.get("return_to", ""), setup.choices.product_url),
            is_test=is_test,
            challenge=asked.get("challenge", "")[:_LONGEST_CHALLENGE],
        )
        if setup.protocol is Protocol.SAML:
            departure = await saml.depart(self._front, tenant, setup, started)
        else:
            departure = await oidc.depart(self._front, tenant, setup, started, browser)
        response = sent_off(departure) if departure.fields else RedirectResponse(departure.address, 303)
        response.headers["cache-control"] = "no-store"
        hold_browser(response, browser, self._home(None), secure=self._secure)
        return response

    async def _arrived(self, request: Request, tenant: Tenant, message: bytes, relay_state: str) -> Response:
        browser = request.cookies.get(BROWSER_COOKIE, "")
        arrived = saml.Arrived(message, relay_state, browser, _number(request))
        return await self._came(request, tenant, await saml.come_back(self._front, tenant, arrived))

    async def _came(self, request: Request, tenant: Tenant, came: SignedOn | TurnedAway) -> Response:
        if came.is_test:
            return tested(came, _number(request))
        if isinstance(came, TurnedAway):
            return await self._turned_away(request, tenant, came)
        setup, _ = await self._front.setup_of(tenant)
        if came.code:
            back = {"return_to": came.return_to} if came.return_to else {}
            onward = (
                f"{setup.choices.product_url}?{urlencode({'code': came.code, 'tenant': tenant.slug, **back})}"
            )
        else:
            onward = came.return_to or self._home(tenant)
        response = RedirectResponse(onward, 303, headers={"cache-control": "no-store"})
        hold_session(response, self._home(tenant), came.secret, secure=self._secure)
        return response

    async def _turned_away(self, request: Request, tenant: Tenant, came: TurnedAway) -> Response:
        product = await self._front.product_of(tenant)
        retry = f"{self._home(tenant)}/login"
        return turned_away(product.product.name, came, retry, _number(request), whom_to_ask(product))

    async def _guarded(self, request: Request, tenant: Tenant, answer: Answer) -> Response:
        try:
            if request.url.path.rpartition("/")[2] in _PACED and not self._pace.admits(tenant.id):
                return _busy(
                    Unavailable("Too many sign-ins of this company at once. Try again in 2 seconds.", 2), 429
                )
            return await answer(request, tenant)
        except Unacceptable as fault:
            turned = Turned(fault.rule, "Sign-on did not work.", fault.sentence)
            return await self._turned_away(request, tenant, TurnedAway(turned, is_test=False))
        except NotSetUp:
            product = (await self._front.product_of(tenant)).product.name
            return page(
                product,
                "<p>Single sign-on is not set up here yet. An administrator sets it up first.</p>",
                404,
            )
        except Refused as refused:
            return page("Sign-on did not work", f"<p>{_escaped(str(refused))}</p>", 502)

    def _home(self, tenant: Tenant | None) -> str:
        """Where these addresses are on our host, below whatever we are mounted at; those of one tenant, or all."""
        base = urlsplit(self._front.public_url()).path.rstrip("/")
        return f"{base}/sso/{tenant.slug}" if tenant else f"{base}/sso"

    @property
    def _secure(self) -> bool:
        return self._front.public_url().startswith("https://")


def _told(found: SignedOnPerson) -> Mapping[str, object]:
    """What the product learns of a session."""
    document = found.person.document()
    return {
        "expiresAt": found.session.expires_at,
        "signedOnAt": found.session.created_at,
        "protocol": found.session.protocol,
        "user": {
            "id": found.person.id,
            "userName": document.get("userName"),
            "displayName": document.get("displayName"),
            "role": found.person.role,
            "active": found.person.active,
        },
    }


def _number(request: Request) -> str:
    return str(request.state.request_id)


def _json(content: Mapping[str, object], status: int = 200) -> JSONResponse:
    return JSONResponse(content, status, headers={"cache-control": "no-store"})


def _busy(fault: ScimError, status: int = 503) -> Response:
    retry = {"retry-after": str(getattr(fault, "retry_after", 5))}
    response = page("A moment, please", f"<p>{_escaped(fault.detail)}</p>", status)
    response.headers.update(retry)
    return response


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
