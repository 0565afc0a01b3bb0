"""The development identity provider as an ASGI application: metadata, a form of people, responses, logout.

It believes whoever picks a name. It listens on this machine alone, and signs with a key of its own making,
so nobody can mistake it for the real thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import parse_qsl, urlencode

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from vestibule.dev_idp.mint import Recipe, encoded, new_id, response
from vestibule.sign_on.binding import posted, redirect_to, redirected
from vestibule.sign_on.certificate import KeyPair, bare
from vestibule.sign_on.moment import saml_text
from vestibule.sign_on.service_provider import EMAIL_FORMAT, REDIRECT
from vestibule.sign_on.unacceptable import Unacceptable
from vestibule.sign_on.xml import DS, METADATA, NAMES, SAML, SAMLP, Element, parse

_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be picked."""

    email: str
    given_name: str = ""
    family_name: str = ""


def _now() -> datetime:
    return datetime.now(UTC)


class DevelopmentIdp:
    """``base_url`` is where it is reached; ``encrypt_for`` a service provider's certificate to encrypt for."""

    def __init__(
        self,
        base_url: str,
        pair: KeyPair,
        people: Sequence[Person],
        *,
        now: Callable[[], datetime] = _now,
        encrypt_for: str = "",
    ) -> None:
        self.base_url = base_url
        self._pair = pair
        #: Who is offered.
        self.people = people
        self._now = now
        self._encrypt_for = encrypt_for

    @property
    def entity_id(self) -> str:
        """What it calls itself."""
        return f"{self.base_url}/metadata"

    def application(self) -> Starlette:
        """To be served on loopback."""
        return Starlette(
            routes=[
                Route("/metadata", self._metadata),
                Route("/sso", self._asked, methods=["GET"]),
                Route("/sso", self._picked, methods=["POST"]),
                Route("/start", self._started, methods=["GET"]),
                Route("/slo", self._logout, methods=["GET"]),
            ]
        )

    def metadata(self) -> bytes:
        """The metadata document."""
        nsmap = {"md": METADATA, "ds": DS}
        entity = etree.Element(f"{{{METADATA}}}EntityDescriptor", {"entityID": self.entity_id}, nsmap=nsmap)
        descriptor = etree.SubElement(
            entity, f"{{{METADATA}}}IDPSSODescriptor", {"protocolSupportEnumeration": SAMLP}
        )
        key = etree.SubElement(descriptor, f"{{{METADATA}}}KeyDescriptor", {"use": "signing"})
        info = etree.SubElement(etree.SubElement(key, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
        etree.SubElement(info, f"{{{DS}}}X509Certificate").text = bare(self._pair.certificate)
        self._service(descriptor, "SingleLogoutService", REDIRECT, "/slo")
        etree.SubElement(descriptor, f"{{{METADATA}}}NameIDFormat").text = EMAIL_FORMAT
        self._service(descriptor, "SingleSignOnService", REDIRECT, "/sso")
        written: bytes = etree.tostring(entity, xml_declaration=True, encoding="UTF-8")
        return written

    def _service(self, descriptor: Element, name: str, binding: str, path: str) -> None:
        etree.SubElement(
            descriptor, f"{{{METADATA}}}{name}", {"Binding": binding, "Location": f"{self.base_url}{path}"}
        )

    async def _metadata(self, request: Request) -> Response:
        return Response(self.metadata(), media_type="application/samlmetadata+xml")

    async def _asked(self, request: Request) -> Response:
        try:
            message, _ = redirected(request.url.query, "SAMLRequest")
            asked = parse(message, most_bytes=_MOST_BYTES)
        except Unacceptable as fault:
            return HTMLResponse(f"<p>{escape(fault.sentence)}</p>", 400)
        relay_state = request.query_params.get("RelayState", "")
        person = request.query_params.get("as", "")
        if person:
            return self._answer(asked, relay_state, self._person(person))
        return self._form(encoded(message), relay_state)

    async def _picked(self, request: Request) -> Response:
        try:
            form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
            asked = parse(posted(form.get("SAMLRequest", "")), most_bytes=_MOST_BYTES)
        except Unacceptable as fault:
            return HTMLResponse(f"<p>{escape(fault.sentence)}</p>", 400)
        if "person" not in form:
            return self._form(form["SAMLRequest"], form.get("RelayState", ""))
        return self._answer(asked, form.get("RelayState", ""), self._person(form["person"]))

    async def _started(self, request: Request) -> Response:
        """Sign-on that begins here, for a service provider that allows it."""
        asked = request.query_params
        person = self._person(asked.get("as", ""))
        return self._send(
            asked.get("acs", ""), asked.get("audience", ""), None, asked.get("RelayState", ""), person
        )

    async def _logout(self, request: Request) -> Response:
        if "SAMLRequest" not in request.query_params:
            return HTMLResponse("<p>Signed out everywhere.</p>")
        message, _ = redirected(request.url.query, "SAMLRequest")
        asked = parse(message, most_bytes=_MOST_BYTES)
        issuer = asked.findtext("saml:Issuer", "", NAMES)
        back = f"{issuer}/slo"
        root = etree.Element(
            f"{{{SAMLP}}}LogoutResponse",
            {
                "ID": new_id(),
                "Version": "2.0",
                "IssueInstant": saml_text(self._now()),
                "Destination": back,
                "InResponseTo": asked.get("ID", ""),
            },
            nsmap={"samlp": SAMLP, "saml": SAML},
        )
        etree.SubElement(root, f"{{{SAML}}}Issuer").text = self.entity_id
        status = etree.SubElement(root, f"{{{SAMLP}}}Status")
        etree.SubElement(
            status, f"{{{SAMLP}}}StatusCode", {"Value": "urn:oasis:names:tc:SAML:2.0:status:Success"}
        )
        return RedirectResponse(redirect_to(back, "SAMLResponse", etree.tostring(root), "", self._pair), 303)

    def logout_request(self, slo_url: str, name_id: str, session_index: str = "") -> str:
        """The address with which this identity provider ends a person's sessions over there."""
        root = etree.Element(
            f"{{{SAMLP}}}LogoutRequest",
            {
                "ID": new_id(),
                "Version": "2.0",
                "IssueInstant": saml_text(self._now()),
                "Destination": slo_url,
            },
            nsmap={"samlp": SAMLP, "saml": SAML},
        )
        etree.SubElement(root, f"{{{SAML}}}Issuer").text = self.entity_id
        etree.SubElement(root, f"{{{SAML}}}NameID", {"Format": EMAIL_FORMAT}).text = name_id
        if session_index:
            etree.SubElement(root, f"{{{SAMLP}}}SessionIndex").text = session_index
        return redirect_to(slo_url, "SAMLRequest", etree.tostring(root), "", self._pair)

    def _person(self, email: str) -> Person:
        return next((person for person in self.people if person.email == email), Person(email))

    def _answer(self, asked: Element, relay_state: str, person: Person) -> Response:
        acs = asked.get("AssertionConsumerServiceURL", "")
        return self._send(acs, asked.findtext("saml:Issuer", "", NAMES), asked.get("ID"), relay_state, person)

    def _send(
        self, acs: str, audience: str, in_response_to: str | None, relay_state: str, person: Person
    ) -> Response:
        attributes = {"email": person.email, "firstName": person.given_name, "lastName": person.family_name}
        recipe = Recipe(
            self.entity_id,
            acs,
            audience,
            self._now(),
            person.email,
            {name: (value,) for name, value in attributes.items() if value},
            in_response_to,
            session_index=new_id(),
            encrypt_for=self._encrypt_for,
        )
        fields = {"SAMLResponse": encoded(response(recipe, self._pair)), "RelayState": relay_state}
        inputs = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items()
        )
        return HTMLResponse(
            f'<!doctype html><title>Signing on</title><form method="post" action="{escape(acs)}">{inputs}'
            "<button>Continue</button></form><script>document.forms[0].submit()</script>"
        )

    def _form(self, message: str, relay_state: str) -> Response:
        people = "".join(
            f'<p><button name="person" value="{escape(person.email)}">{escape(person.email)}</button></p>'
            for person in self.people
        )
        return HTMLResponse(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Development identity provider</title>'
            "<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:12vh auto;padding:0 1rem}</style>"
            "<h1>Development identity provider</h1><p>For development only: whoever you pick, you are.</p>"
            f'<form method="post" action="/sso"><input type="hidden" name="SAMLRequest" value="{escape(message)}">'
            f'<input type="hidden" name="RelayState" value="{escape(relay_state)}">{people}</form>'
            '<form method="post" action="/sso"><p><label>Somebody else: <input name="person" type="email"></label> '
            f'<input type="hidden" name="SAMLRequest" value="{escape(message)}">'
            f'<input type="hidden" name="RelayState" value="{escape(relay_state)}"><button>Sign in</button></p></form>'
        )


def start_url(base_url: str, **asked: str) -> str:
    """Where sign-on begins at the identity provider: ``acs``, ``audience``, ``as`` and ``RelayState``."""
    return f"{base_url}/start?{urlencode(asked)}"
