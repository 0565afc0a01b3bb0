"""SAML responses of every make, honest by default: what the development identity provider sends, and tests bend."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from vestibule.sign_on.certificate import KeyPair, load
from vestibule.sign_on.moment import saml_text
from vestibule.sign_on.service_provider import EMAIL_FORMAT
from vestibule.sign_on.signature import signed
from vestibule.sign_on.xml import SAML, SAMLP, Element, serialised

_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_GOOD_FOR = timedelta(minutes=5)
_ENC = "http://www.w3.org/2001/04/xmlenc#"
_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
_CBC = f"{_ENC}aes256-cbc"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a response says. Moments are offsets from ``now``."""

    issuer: str
    acs_url: str
    audience: str
    now: datetime
    name_id: str
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    in_response_to: str | None = None
    name_id_format: str = EMAIL_FORMAT
    destination: str | None = None
    recipient: str | None = None
    status: str = _SUCCESS
    good_for: timedelta = _GOOD_FOR
    starts: timedelta = timedelta(0)
    issued: timedelta = timedelta(0)
    session_index: str = ""
    session_good_for: timedelta | None = None
    sign_response: bool = True
    sign_assertion: bool = True
    #: The service provider's certificate (PEM), to encrypt the assertion for.
    encrypt_for: str = ""
    encrypt_with_cbc: bool = False
    #: Likewise, to encrypt the NameID for.
    encrypt_name_id_for: str = ""


def response(recipe: Recipe, pair: KeyPair, bend: Callable[[Element], None] | None = None) -> bytes:
    """The response as XML. ``bend`` changes the assertion before anything is signed."""
    document = etree.fromstring(_text(recipe).encode())
    if bend is not None:
        bend(document)
    assertion = document.find(f"{{{SAML}}}Assertion")
    if assertion is not None:
        document.remove(assertion)
        if recipe.encrypt_name_id_for:
            _encrypt_name_id(assertion, recipe)
        if recipe.sign_assertion:
            assertion = signed(etree.fromstring(serialised(assertion)), pair)
        document.append(encrypted(assertion, recipe) if recipe.encrypt_for else assertion)
    if recipe.sign_response:
        document = signed(etree.fromstring(serialised(document)), pair)
    return serialised(document)


def encoded(message: bytes) -> str:
    """As a form's field carries it."""
    return base64.b64encode(message).decode("ascii")


def new_id() -> str:
    """An ID nobody can guess."""
    return f"_{os.urandom(16).hex()}"


def encrypted(assertion: Element, recipe: Recipe) -> Element:
    """The assertion as an ``EncryptedAssertion``: RSA-OAEP and AES-256 in GCM, or in CBC."""
    return sealed(serialised(assertion), recipe, recipe.encrypt_for, "EncryptedAssertion")


def _encrypt_name_id(assertion: Element, recipe: Recipe) -> None:
    for name_id in assertion.findall(f"{{{SAML}}}Subject/{{{SAML}}}NameID"):
        made = sealed(serialised(name_id), recipe, recipe.encrypt_name_id_for, "EncryptedID")
        name_id.getparent().replace(name_id, made)


def sealed(plain: bytes, recipe: Recipe, certificate: str, name: str) -> Element:
    """An element of that name (``EncryptedID``) with the text encrypted for a certificate."""
    secret = os.urandom(32)
    if recipe.encrypt_with_cbc:
        start, short = os.urandom(16), 16 - len(plain) % 16
        sealer = Cipher(algorithms.AES(secret), modes.CBC(start)).encryptor()
        body = start + sealer.update(plain + bytes(short - 1) + bytes([short])) + sealer.finalize()
    else:
        start = os.urandom(12)
        body = start + AESGCM(secret).encrypt(start, plain, None)
    public = load(certificate).public_key()
    assert isinstance(public, RSAPublicKey), "our keys are RSA"
    key = public.encrypt(secret, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    method = _CBC if recipe.encrypt_with_cbc else _GCM
    return etree.fromstring(
        f'<saml:{name} xmlns:saml="{SAML}"><xenc:EncryptedData xmlns:xenc="{_ENC}" Type="{_ENC}Element">'
        f'<xenc:EncryptionMethod Algorithm="{method}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f'<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="{_ENC}rsa-oaep-mgf1p"/>'
        f"<xenc:CipherData><xenc:CipherValue>{encoded(key)}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"
        f"</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{encoded(body)}</xenc:CipherValue></xenc:CipherData>"
        f"</xenc:EncryptedData></saml:{name}>"
    )


def _text(recipe: Recipe) -> str:
    issued = saml_text(recipe.now + recipe.issued)
    answers = f" InResponseTo={quoteattr(recipe.in_response_to)}" if recipe.in_response_to is not None else ""
    destination = recipe.acs_url if recipe.destination is None else recipe.destination
    issuer = f"<saml:Issuer>{escape(recipe.issuer)}</saml:Issuer>"
    assertion = _assertion(recipe, issued, issuer, answers) if recipe.status == _SUCCESS else ""
    return (
        f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="{new_id()}" Version="2.0" IssueInstant="{issued}"'
        f"{f' Destination={quoteattr(destination)}' if destination else ''}{answers}>{issuer}"
        f"<samlp:Status><samlp:StatusCode Value={quoteattr(recipe.status)}/></samlp:Status>{assertion}</samlp:Response>"
    )


def _assertion(recipe: Recipe, issued: str, issuer: str, answers: str) -> str:
    starts = saml_text(recipe.now + recipe.starts)
    until = saml_text(recipe.now + recipe.starts + recipe.good_for)
    recipient = recipe.acs_url if recipe.recipient is None else recipe.recipient
    index = f" SessionIndex={quoteattr(recipe.session_index)}" if recipe.session_index else ""
    if recipe.session_good_for is not None:
        index += f' SessionNotOnOrAfter="{saml_text(recipe.now + recipe.session_good_for)}"'
    attributes = "".join(
        f"<saml:Attribute Name={quoteattr(name)}>"
        + "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
        + "</saml:Attribute>"
        for name, values in recipe.attributes.items()
    )
    return (
        f'<saml:Assertion ID="{new_id()}" Version="2.0" IssueInstant="{issued}">{issuer}'
        f"<saml:Subject><saml:NameID Format={quoteattr(recipe.name_id_format)}>{escape(recipe.name_id)}</saml:NameID>"
        f'<saml:SubjectConfirmation Method="{_BEARER}"><saml:SubjectConfirmationData NotOnOrAfter="{until}" '
        f"Recipient={quoteattr(recipient)}{answers}/></saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{starts}" NotOnOrAfter="{until}"><saml:AudienceRestriction>'
        f"<saml:Audience>{escape(recipe.audience)}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{issued}"{index}><saml:AuthnContext><saml:AuthnContextClassRef>{_PASSWORD}'
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"{f'<saml:AttributeStatement>{attributes}</saml:AttributeStatement>' if attributes else ''}</saml:Assertion>"
    )
