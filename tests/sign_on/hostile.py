"""Hostile responses by name: what is bent, and the rule that must say no (A10).

The honest response is mallory's own, signed by the identity provider. Where an attack swaps the person, it
makes her ada. ``AFTER`` bends what is signed already; ``BEFORE`` has the identity provider sign something
that it should not have; ``WHOLE`` makes the message from scratch.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from tests.sign_on.stage import keys
from vestibule.dev_idp.mint import Recipe, encrypted, response, sealed
from vestibule.sign_on.certificate import bare, load
from vestibule.sign_on.signature import signed
from vestibule.sign_on.xml import DS, NAMES, SAML, SAMLP, XENC, serialised

ADA, MALLORY = "ada@corp.test", "mallory@corp.test"
Element = Any
Bend = Callable[[Element], None]
#: recipe(email, **changes) → Recipe, for the request under way.
Make = Callable[..., Recipe]

_SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


def one(root: Element, path: str) -> Element:
    found = root.find(path, NAMES)
    assert found is not None, path
    return found


def assertion(root: Element) -> Element:
    return one(root, "saml:Assertion")


def evil(original: Element) -> Element:
    """The same assertion of ada, with another ID."""
    made = etree.fromstring(serialised(original).replace(MALLORY.encode(), ADA.encode()))
    made.set("ID", "_evil")
    signature = made.find("ds:Signature", NAMES)
    if signature is not None:
        made.remove(signature)
    return made


def drop(root: Element, path: str) -> None:
    found = one(root, path)
    found.getparent().remove(found)


def double(root: Element, path: str) -> None:
    found = one(root, path)
    found.addnext(copy.deepcopy(found))


def add(root: Element, path: str, name: str) -> None:
    etree.SubElement(one(root, path), name)


def put(root: Element, path: str, **attributes: str | None) -> None:
    found = one(root, path)
    for name, value in attributes.items():
        if value is None:
            found.attrib.pop(name, None)
        else:
            found.set(name, value)


# Signature wrapping


def xsw1(root: Element) -> None:
    """The evil response holds the signed one inside its signature."""
    original = copy.deepcopy(root)
    signature = one(root, "ds:Signature")
    drop(original, "ds:Signature")
    _make_evil(root)
    signature.append(original)


def xsw2(root: Element) -> None:
    """The signed response stands before the signature."""
    original = copy.deepcopy(root)
    signature = one(root, "ds:Signature")
    drop(original, "ds:Signature")
    _make_evil(root)
    signature.addprevious(original)


def _make_evil(root: Element) -> None:
    root.set("ID", "_evil")
    inside = assertion(root)
    root.replace(inside, evil(inside))


def xsw3(root: Element) -> None:
    """An evil assertion before the signed one."""
    assertion(root).addprevious(evil(assertion(root)))


def xsw3_after(root: Element) -> None:
    """An evil assertion after the signed one."""
    assertion(root).addnext(evil(assertion(root)))


def xsw4(root: Element) -> None:
    """The evil assertion holds the signed one."""
    original = assertion(root)
    made = evil(original)
    root.replace(original, made)
    made.append(original)


def xsw5(root: Element) -> None:
    """The evil assertion has the signature, the signed one stands beside."""
    original = assertion(root)
    made = evil(original)
    signature = one(original, "ds:Signature")
    original.addprevious(made)
    one(made, "saml:Issuer").addnext(signature)


def xsw6(root: Element) -> None:
    """The evil assertion has the signature, and in that the signed one."""
    original = assertion(root)
    made = evil(original)
    signature = one(original, "ds:Signature")
    root.replace(original, made)
    one(made, "saml:Issuer").addnext(signature)
    signature.append(original)


def xsw7(root: Element) -> None:
    """Extensions with an evil assertion of the same ID."""
    made = evil(assertion(root))
    made.set("ID", assertion(root).get("ID"))
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(made)
    one(root, "saml:Issuer").addnext(extensions)


def xsw8(root: Element) -> None:
    """The signed assertion in an Object of the evil one's signature."""
    original = assertion(root)
    made = evil(original)
    signature = one(original, "ds:Signature")
    root.replace(original, made)
    one(made, "saml:Issuer").addnext(signature)
    etree.SubElement(signature, f"{{{DS}}}Object").append(original)


def swapped(root: Element) -> None:
    """The address is changed, the signature left."""
    for found in root.iter():
        if found.text == MALLORY:
            found.text = ADA


def advice(root: Element) -> None:
    """The signed assertion as advice to an evil one."""
    original = assertion(root)
    made = evil(original)
    root.replace(original, made)
    holder = etree.Element(f"{{{SAML}}}Advice")
    one(made, "saml:Conditions").addnext(holder)
    holder.append(original)


def in_attribute(root: Element) -> None:
    """The signed assertion as an attribute's value of an evil one."""
    original = assertion(root)
    made = evil(original)
    root.replace(original, made)
    one(made, ".//saml:AttributeValue").append(original)


def in_status(root: Element) -> None:
    """An evil assertion within the status."""
    etree.SubElement(one(root, "samlp:Status"), f"{{{SAMLP}}}StatusDetail").append(evil(assertion(root)))


# Signatures that are none, or another's


def resign(root: Element, *, method: str = "", digest: str = "", value: bytes | None = None) -> None:
    """Other algorithms written into the signature of the assertion."""
    signature = one(root, "saml:Assertion/ds:Signature")
    if method:
        one(signature, "ds:SignedInfo/ds:SignatureMethod").set("Algorithm", method)
    if digest:
        one(signature, ".//ds:DigestMethod").set("Algorithm", digest)
    if value is not None:
        one(signature, "ds:SignatureValue").text = base64.b64encode(value).decode()


def _signed_info(root: Element) -> bytes:
    signed_info = one(root, "saml:Assertion/ds:Signature/ds:SignedInfo")
    text: bytes = etree.tostring(signed_info, method="c14n", exclusive=True)
    return text


def hmac_with(secret: bytes) -> Bend:
    """The signature is an HMAC with something public as its secret, over an evil assertion."""

    def bend(root: Element) -> None:
        _sign_over_evil(
            root, f"{_MORE}hmac-sha256", lambda text: hmac.new(secret, text, hashlib.sha256).digest()
        )

    return bend


def _sign_over_evil(root: Element, method: str, sign: Callable[[bytes], bytes], digest: str = "") -> None:
    swapped(assertion(root))
    whole = etree.fromstring(serialised(assertion(root)))
    drop(whole, "ds:Signature")
    plain = etree.tostring(whole, method="c14n", exclusive=True)
    hashed = hashlib.sha1(plain) if digest == _SHA1 else hashlib.sha256(plain)
    resign(root, method=method, digest=digest)
    one(root, "saml:Assertion/ds:Signature/.//ds:DigestValue").text = base64.b64encode(
        hashed.digest()
    ).decode()
    resign(root, value=sign(_signed_info(root)))


def with_the_right_key(method: str, algorithm: hashes.HashAlgorithm, digest: str = "") -> Bend:
    """The identity provider's own key, by an algorithm that is too weak."""

    def bend(root: Element) -> None:
        key = keys("idp").key()
        _sign_over_evil(root, method, lambda text: key.sign(text, padding.PKCS1v15(), algorithm), digest)

    return bend


def foreign_key(root: Element) -> None:
    """Signed anew with another key, whose certificate it brings along."""
    made = evil(assertion(root))
    root.replace(assertion(root), etree.fromstring(serialised(signed(made, keys("stranger")))))


def foreign_key_honest_certificate(root: Element) -> None:
    """Signed with another key, beside the identity provider's certificate."""
    foreign_key(root)
    one(root, "saml:Assertion/ds:Signature//ds:X509Certificate").text = bare(keys("idp").certificate)


def foreign_key_value(root: Element) -> None:
    """Signed with another key, which stands in KeyValue."""
    foreign_key(root)
    numbers = keys("stranger").key().public_key().public_numbers()
    info = one(root, "saml:Assertion/ds:Signature/ds:KeyInfo")
    value = etree.SubElement(etree.SubElement(info, f"{{{DS}}}KeyValue"), f"{{{DS}}}RSAKeyValue")
    for name, number in (("Modulus", numbers.n), ("Exponent", numbers.e)):
        size = (number.bit_length() + 7) // 8
        etree.SubElement(value, f"{{{DS}}}{name}").text = base64.b64encode(number.to_bytes(size)).decode()


def own_key(root: Element) -> None:
    """Signed with *our* key, whose certificate is public and whose signature is not."""
    made = evil(assertion(root))
    root.replace(assertion(root), etree.fromstring(serialised(signed(made, keys("our certificate")))))


def void_canonicalisation(root: Element) -> None:
    """SignedInfo that canonicalises to nothing (a relative namespace), signed as nothing."""
    swapped(assertion(root))
    signature = one(root, "saml:Assertion/ds:Signature")
    text = serialised(signature).replace(b"<ds:SignedInfo", b'<ds:SignedInfo xmlns:x="./y"', 1)
    made = etree.fromstring(text)
    one(made, ".//ds:DigestValue").text = base64.b64encode(hashlib.sha256(b"").digest()).decode()
    nothing = keys("idp").key().sign(b"", padding.PKCS1v15(), hashes.SHA256())
    one(made, "ds:SignatureValue").text = base64.b64encode(nothing).decode()
    signature.getparent().replace(signature, made)


def transform(algorithm: str, inside: str = "") -> Bend:
    """Another transform in the place of the canonicalisation."""

    def bend(root: Element) -> None:
        found = root.findall("saml:Assertion/ds:Signature//ds:Transform", NAMES)[-1]
        found.set("Algorithm", algorithm)
        if inside:
            found.append(etree.fromstring(inside))

    return bend


def reference(uri: str | None) -> Bend:
    """The reference leads elsewhere."""
    return lambda root: put(root, "saml:Assertion/ds:Signature//ds:Reference", URI=uri)


def reference_to_response(root: Element) -> None:
    reference(f"#{root.get('ID')}")(root)


def twenty_transforms(root: Element) -> None:
    for _ in range(20):
        double(root, "saml:Assertion/ds:Signature//ds:Transform")


def success_below_failure(root: Element) -> None:
    code = one(root, "samlp:Status/samlp:StatusCode")
    below = copy.deepcopy(code)
    code.set("Value", "urn:oasis:names:tc:SAML:2.0:status:Requester")
    code.append(below)


def audience_of_another_too(root: Element) -> None:
    double(root, ".//saml:AudienceRestriction")
    root.findall(".//saml:Audience", NAMES)[1].text = "https://evil.test"


# The lists: name → (rule, bend)

AFTER: dict[str, tuple[str, Bend]] = {
    "XSW1 signed response inside the signature of an evil one": ("shape", xsw1),
    "XSW2 signed response beside the signature of an evil one": ("shape", xsw2),
    "XSW3 evil assertion before the signed one": ("shape", xsw3),
    "XSW3 evil assertion after the signed one": ("shape", xsw3_after),
    "XSW4 evil assertion around the signed one": ("shape", xsw4),
    "XSW5 signature moved into an evil assertion": ("shape", xsw5),
    "XSW6 signed assertion within the moved signature": ("shape", xsw6),
    "XSW7 evil assertion in Extensions": ("shape", xsw7),
    "XSW8 signed assertion in an Object": ("shape", xsw8),
    "signed assertion in Advice": ("shape", advice),
    "signed assertion in an attribute": ("shape", in_attribute),
    "evil assertion in the status": ("shape", in_status),
    "address changed after signing": ("signature", swapped),
    "condition taken away after signing": ("shape", lambda r: drop(r, "saml:Assertion/saml:Conditions")),
    "recipient changed after signing": (
        "signature",
        lambda r: put(r, ".//saml:SubjectConfirmationData", NotOnOrAfter="2036-01-01T00:00:00Z"),
    ),
    "no signature": ("unsigned", lambda r: drop(r, "saml:Assertion/ds:Signature")),
    "empty signature": ("shape", lambda r: one(r, "saml:Assertion/ds:Signature").clear()),
    "no SignedInfo": ("shape", lambda r: drop(r, "saml:Assertion/ds:Signature/ds:SignedInfo")),
    "no SignatureValue": ("shape", lambda r: drop(r, "saml:Assertion/ds:Signature/ds:SignatureValue")),
    "empty SignatureValue": ("signature", lambda r: resign(r, value=b"")),
    "SignatureValue of noughts": ("signature", lambda r: resign(r, value=bytes(256))),
    "signature of the response copied": (
        "shape",
        lambda r: assertion(r).append(copy.deepcopy(one(r, "saml:Assertion/ds:Signature"))),
    ),
    "a foreign key": ("signature", foreign_key),
    "a foreign key beside the honest certificate": ("signature", foreign_key_honest_certificate),
    "a foreign key in KeyValue": ("signature", foreign_key_value),
    "our own certificate's key": ("signature", own_key),
    "HMAC with the certificate as secret": (
        "algorithm",
        hmac_with(load(keys("idp").certificate).public_bytes(serialization.Encoding.DER)),
    ),
    "HMAC with the public key as secret": (
        "algorithm",
        hmac_with(
            load(keys("idp").certificate)
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        ),
    ),
    "HMAC with an empty secret": ("algorithm", hmac_with(b"")),
    "RSA-SHA1": (
        "algorithm",
        with_the_right_key("http://www.w3.org/2000/09/xmldsig#rsa-sha1", hashes.SHA1()),
    ),
    "digest with SHA-1": ("algorithm", with_the_right_key(f"{_MORE}rsa-sha256", hashes.SHA256(), _SHA1)),
    "RSA-MD5": ("algorithm", lambda r: resign(r, method=f"{_MORE}rsa-md5")),
    "DSA-SHA1": ("algorithm", lambda r: resign(r, method="http://www.w3.org/2000/09/xmldsig#dsa-sha1")),
    "ECDSA with an RSA certificate": ("signature", lambda r: resign(r, method=f"{_MORE}ecdsa-sha256")),
    "an unknown signature method": ("algorithm", lambda r: resign(r, method="urn:none")),
    "an unknown digest": ("algorithm", lambda r: resign(r, digest="urn:none")),
    "two references": ("shape", lambda r: double(r, "saml:Assertion/ds:Signature//ds:Reference")),
    "reference to the response": ("reference", reference_to_response),
    "reference to nothing": ("reference", reference("#_nobody")),
    "reference to the whole document": ("shape", reference("")),
    "reference without address": ("shape", reference(None)),
    "reference by xpointer": ("shape", reference("xpointer(/)")),
    "reference by xpointer with a hash": ("reference", reference("#xpointer(/)")),
    "reference to a file": ("shape", reference("file:///etc/hostname")),
    "reference to the network": ("shape", reference("http://169.254.169.254/")),
    "XSLT transform": ("shape", transform("http://www.w3.org/TR/1999/REC-xslt-19991116")),
    "XPath transform": (
        "shape",
        transform(
            "http://www.w3.org/TR/1999/REC-xpath-19991116",
            f'<ds:XPath xmlns:ds="{DS}">not(self::*)</ds:XPath>',
        ),
    ),
    "base64 transform": ("shape", transform("http://www.w3.org/2000/09/xmldsig#base64")),
    "inclusive canonicalisation": ("shape", transform(_C14N)),
    "canonicalisation with comments": ("shape", transform(f"{_EXCLUSIVE}WithComments")),
    "SignedInfo canonicalised inclusively": (
        "shape",
        lambda r: put(r, "saml:Assertion/ds:Signature//ds:CanonicalizationMethod", Algorithm=_C14N),
    ),
    "no transforms": ("shape", lambda r: drop(r, "saml:Assertion/ds:Signature//ds:Transforms")),
    "twenty transforms": (
        "shape",
        twenty_transforms,
    ),
    "void canonicalisation": ("signature", void_canonicalisation),
    "the response's ID is the assertion's": ("ids", lambda r: r.set("ID", assertion(r).get("ID"))),
    "an Id beside the ID": ("shape", lambda r: put(r, "saml:Assertion/saml:Subject", Id="x")),
    "an ID in another namespace": (
        "ids",
        lambda r: one(r, ".//saml:Attribute").set("{urn:x}ID", assertion(r).get("ID")),
    ),
    "status of failure with an assertion": (
        "status",
        lambda r: put(
            r, "samlp:Status/samlp:StatusCode", Value="urn:oasis:names:tc:SAML:2.0:status:Responder"
        ),
    ),
    "success below failure": (
        "status",
        success_below_failure,
    ),
    "no status": ("shape", lambda r: drop(r, "samlp:Status")),
    "two statuses": ("shape", lambda r: double(r, "samlp:Status")),
    "response of another issuer": (
        "issuer",
        lambda r: setattr(one(r, "saml:Issuer"), "text", "https://evil.test"),
    ),
    "two issuers of the response": ("shape", lambda r: double(r, "saml:Issuer")),
    "destination elsewhere": ("destination", lambda r: r.set("Destination", "https://evil.test/acs")),
    "destination of another tenant": (
        "destination",
        lambda r: r.set("Destination", "https://vestibule.test/sso/other/acs"),
    ),
    "no assertion": ("shape", lambda r: drop(r, "saml:Assertion")),
    "SAML 1.1": ("shape", lambda r: r.set("Version", "1.1")),
    "response from the future": ("time", lambda r: r.set("IssueInstant", "2036-01-01T00:00:00Z")),
    "a date that is none": ("shape", lambda r: r.set("IssueInstant", "2026-02-31T00:00:00Z")),
    "an attribute that SAML has not": ("shape", lambda r: r.set("onload", "alert(1)")),
    "an element that SAML has not": ("shape", lambda r: add(r, ".", "script")),
}

BEFORE: dict[str, tuple[str, Bend]] = {
    "two NameIDs": ("shape", lambda r: double(r, ".//saml:NameID")),
    "two subjects": ("shape", lambda r: double(r, ".//saml:Subject")),
    "two issuers of the assertion": ("shape", lambda r: double(r, "saml:Assertion/saml:Issuer")),
    "two subject confirmations": ("shape", lambda r: double(r, ".//saml:SubjectConfirmation")),
    "two confirmation data": ("shape", lambda r: double(r, ".//saml:SubjectConfirmationData")),
    "two conditions": ("shape", lambda r: double(r, ".//saml:Conditions")),
    "two authentication statements": ("shape", lambda r: double(r, ".//saml:AuthnStatement")),
    "two attribute statements": ("shape", lambda r: double(r, ".//saml:AttributeStatement")),
    "the same attribute twice": ("attributes", lambda r: double(r, ".//saml:Attribute")),
    "two values of the e-mail attribute": ("email", lambda r: double(r, ".//saml:AttributeValue")),
    "a second audience restriction for another": (
        "audience",
        audience_of_another_too,
    ),
    "an element in the address": (
        "email",
        lambda r: add(r, ".//saml:AttributeValue", "x"),
    ),
    "an element in the NameID": ("shape", lambda r: add(r, ".//saml:NameID", "x")),
    "no subject": ("shape", lambda r: drop(r, ".//saml:Subject")),
    "no confirmation": ("shape", lambda r: drop(r, ".//saml:SubjectConfirmation")),
    "no conditions": ("shape", lambda r: drop(r, ".//saml:Conditions")),
    "no audience": ("shape", lambda r: drop(r, ".//saml:AudienceRestriction")),
    "no authentication statement": ("shape", lambda r: drop(r, ".//saml:AuthnStatement")),
    "no recipient": ("shape", lambda r: put(r, ".//saml:SubjectConfirmationData", Recipient=None)),
    "no end of the confirmation": (
        "shape",
        lambda r: put(r, ".//saml:SubjectConfirmationData", NotOnOrAfter=None),
    ),
    "holder of key": (
        "shape",
        lambda r: put(
            r, ".//saml:SubjectConfirmation", Method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
        ),
    ),
    "sender vouches": (
        "shape",
        lambda r: put(
            r, ".//saml:SubjectConfirmation", Method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"
        ),
    ),
    "assertion of another issuer": (
        "issuer",
        lambda r: setattr(one(r, "saml:Assertion/saml:Issuer"), "text", "https://evil.test"),
    ),
    "issuer in another format": (
        "issuer",
        lambda r: put(
            r, "saml:Assertion/saml:Issuer", Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
        ),
    ),
    "conditions that ended": (
        "time",
        lambda r: put(r, ".//saml:Conditions", NotOnOrAfter="2026-03-04T05:04:00Z", NotBefore=None),
    ),
    "conditions that begin later": (
        "time",
        lambda r: put(r, ".//saml:Conditions", NotBefore="2026-03-04T05:08:30Z"),
    ),
    "confirmation that ended": (
        "time",
        lambda r: put(r, ".//saml:SubjectConfirmationData", NotOnOrAfter="2026-03-04T05:04:00Z"),
    ),
    "confirmation that ended a moment ago": (
        "time",
        lambda r: put(r, ".//saml:SubjectConfirmationData", NotOnOrAfter="2026-03-04T05:06:07Z"),
    ),
    "session that ended a moment ago": (
        "time",
        lambda r: put(r, ".//saml:AuthnStatement", SessionNotOnOrAfter="2026-03-04T05:06:07Z"),
    ),
    "confirmation that begins later": (
        "time",
        lambda r: put(r, ".//saml:SubjectConfirmationData", NotBefore="2026-03-04T05:08:30Z"),
    ),
    "confirmation for years": (
        "time",
        lambda r: put(r, ".//saml:SubjectConfirmationData", NotOnOrAfter="2031-01-01T00:00:00Z"),
    ),
    "sign-in in the future": (
        "time",
        lambda r: put(r, ".//saml:AuthnStatement", AuthnInstant="2026-03-04T05:09:00Z"),
    ),
    "sign-in years ago": (
        "time",
        lambda r: put(r, ".//saml:AuthnStatement", AuthnInstant="2020-01-01T00:00:00Z"),
    ),
    "session that ended": (
        "time",
        lambda r: put(r, ".//saml:AuthnStatement", SessionNotOnOrAfter="2026-03-04T05:00:00Z"),
    ),
    "assertion from the future": (
        "time",
        lambda r: put(r, "saml:Assertion", IssueInstant="2026-03-04T05:09:00Z"),
    ),
    "local time": ("shape", lambda r: put(r, ".//saml:Conditions", NotOnOrAfter="2026-03-04T09:00:00+02:00")),
    "confirmation answers another request": (
        "request",
        lambda r: put(r, ".//saml:SubjectConfirmationData", InResponseTo="vother"),
    ),
    "only the unsigned response says what it answers": (
        "request",
        lambda r: put(r, ".//saml:SubjectConfirmationData", InResponseTo=None),
    ),
}

#: Recipes: what an identity provider gets wrong, or means for others.
RECIPES: dict[str, tuple[str, dict[str, object]]] = {
    "recipient elsewhere": ("recipient", {"recipient": "https://evil.test/acs"}),
    "recipient of another tenant": ("recipient", {"recipient": "https://vestibule.test/sso/other/acs"}),
    "recipient in other letter case": ("recipient", {"recipient": "https://VESTIBULE.test/sso/corp/acs"}),
    "audience elsewhere": ("audience", {"audience": "https://evil.test"}),
    "audience of another tenant": ("audience", {"audience": "https://vestibule.test/sso/other"}),
    "audience that only begins right": (
        "audience",
        {"audience": "https://vestibule.test/sso/corp.evil.test"},
    ),
    "everything of another issuer": ("issuer", {"issuer": "https://evil.test"}),
    "everything long ago": ("time", {"starts": timedelta(days=-1), "issued": timedelta(days=-1)}),
    "no address": ("email", {"attributes": {"email": ("",)}}),
    "an address that is none": ("email", {"attributes": {"email": ("ada",)}}),
    "an address with a zero-width space": ("email", {"attributes": {"email": ("ada\u200b@corp.test",)}}),
    "an address with a line break": ("email", {"attributes": {"email": ("ada@corp.test\nx",)}}),
    "two addresses": ("email", {"attributes": {"email": (MALLORY,), "mail": (ADA,)}}),
    "an address as a persistent NameID": (
        "email",
        {"attributes": {}, "name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"},
    ),
    "the group named like an address": ("email", {"attributes": {"groups": (ADA,)}, "name_id": "m1"}),
}


def _replace_text(before: str, after: str) -> Callable[[bytes], bytes]:
    return lambda message: message.replace(before.encode(), after.encode())


def _doctype(subset: str) -> Callable[[bytes], bytes]:
    return lambda message: (
        f"<!DOCTYPE Response {subset}>".encode() + message.replace(MALLORY.encode(), b"&e;", 1)
    )


#: The signed bytes, changed so that a careless parser reads something else.
BYTES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "comment in the address": ("comment", _replace_text(MALLORY, "ada@corp.test<!---->mallory")),
    "comment that cuts the address": ("comment", _replace_text("mallory@", "<!-- x -->mallory@")),
    "processing instruction in the address": ("comment", _replace_text(MALLORY, "ada@corp.test<?x?>")),
    "comment before the root": ("comment", lambda m: b"<!-- x -->" + m),
    "comment after the root": ("comment", lambda m: m + b"<!-- x -->"),
    "stylesheet before the root": ("comment", lambda m: b'<?xml-stylesheet href="x"?>' + m),
    "empty doctype": ("doctype", lambda m: b"<!DOCTYPE Response>" + m),
    "entity in the address": ("doctype", _doctype('[<!ENTITY e "ada@corp.test">]')),
    "external entity": ("doctype", _doctype('[<!ENTITY e SYSTEM "file:///etc/hostname">]')),
    "external doctype": ("doctype", _doctype('SYSTEM "http://127.0.0.1:9/x.dtd"')),
    "parameter entity": ("doctype", _doctype("[<!ENTITY % p \"<!ENTITY e 'ada@corp.test'>\"> %p;]")),
    "a billion laughs": (
        "doctype",
        _doctype(
            '[<!ENTITY a "ha">'
            + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
            + '<!ENTITY e "&j;">]'
        ),
    ),
    "default attributes by doctype": ("doctype", _doctype('[<!ATTLIST Response Version CDATA "2.0">]')),
    "doctype in UTF-16": (
        "encoding",
        lambda m: ("<!DOCTYPE Response>" + m.decode()).encode("utf-16"),
    ),
    "UTF-16": ("encoding", lambda m: m.decode().encode("utf-16")),
    "UTF-32": ("encoding", lambda m: m.decode().encode("utf-32")),
    "declared as UTF-7": ("encoding", lambda m: b'<?xml version="1.0" encoding="UTF-7"?>' + m),
    "declared as Latin-1": ("encoding", lambda m: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + m),
    "bytes that are no UTF-8": ("encoding", lambda m: m.replace(b"mallory@", b"m\xff@")),
    "doctype behind a byte order mark": ("doctype", lambda m: b"\xef\xbb\xbf<!DOCTYPE Response>" + m),
    "two roots": ("xml", lambda m: m + m),
    "cut in the middle": ("xml", lambda m: m[: len(m) // 2]),
    "nothing": ("xml", lambda m: b""),
    "no XML": ("xml", lambda m: b"SAMLResponse"),
    "a root of another kind": ("shape", lambda m: m.replace(b"samlp:Response", b"samlp:ArtifactResponse")),
    "the assertion alone": ("shape", lambda m: serialised(assertion(etree.fromstring(m)))),
    "three hundred levels": ("xml", lambda m: b"<a>" * 300 + b"</a>" * 300),
    "fifty levels": ("size", lambda m: b"<a>" * 50 + b"</a>" * 50),
    "ten thousand elements": ("size", lambda m: b"<a>" + b"<b/>" * 10_000 + b"</a>"),
    "a hundred attributes": (
        "size",
        lambda m: b"<a " + b" ".join(b'a%d="1"' % i for i in range(100)) + b"/>",
    ),
    "three hundred kilobytes": ("size", lambda m: m + b" " * 300_000),
}


def _encrypted(make: Make, bend: Bend | None = None, key: str = "our certificate", **more: object) -> bytes:
    given = {"encrypt_for": keys(key).certificate, **more}
    message = response(make(MALLORY, **given), keys("idp"))
    if bend is None:
        return message
    root = etree.fromstring(message)
    bend(root)
    return serialised(root)


def _tampered(root: Element) -> None:
    values = root.findall(".//xenc:CipherValue", NAMES)
    body = bytearray(base64.b64decode(values[-1].text))
    body[-20] ^= 1
    values[-1].text = base64.b64encode(bytes(body)).decode()


def _cut(root: Element) -> None:
    values = root.findall(".//xenc:CipherValue", NAMES)
    values[-1].text = base64.b64encode(base64.b64decode(values[-1].text)[:20]).decode()


def _evil_encrypted(make: Make, **more: object) -> bytes:
    """Anybody can encrypt for us: an evil assertion, unsigned, in the place of the encrypted one."""
    recipe = make(ADA, sign_response=False, sign_assertion=False, **more)
    root = etree.fromstring(response(recipe, keys("idp")))
    inside = assertion(root)
    sealing = make(ADA, encrypt_for=keys("our certificate").certificate)
    root.replace(inside, encrypted(etree.fromstring(serialised(inside)), sealing))
    return serialised(root)


def _named_in_secret(make: Make, bend: Bend | None = None, key: str = "our certificate") -> bytes:
    """The NameID is encrypted, and is all that says who somebody is; ``bend`` comes after the signing."""
    recipe = make(MALLORY, sign_response=False, attributes={}, encrypt_name_id_for=keys(key).certificate)
    root = etree.fromstring(response(recipe, keys("idp")))
    if bend is not None:
        bend(root)
    return serialised(root)


def _secret_name(make: Make, text: str) -> bytes:
    """The identity provider signs an encrypted NameID that holds this text."""

    def bend(root: Element) -> None:
        name_id = one(root, ".//saml:NameID")
        made = sealed(text.encode(), make(MALLORY), keys("our certificate").certificate, "EncryptedID")
        name_id.getparent().replace(name_id, made)

    return response(make(MALLORY, sign_response=False, attributes={}), keys("idp"), bend)


def _name_id(inside: str) -> str:
    return f'<saml:NameID xmlns:saml="{SAML}">{inside}</saml:NameID>'


def _name_beside(root: Element) -> None:
    etree.SubElement(one(root, ".//saml:Subject"), f"{{{SAML}}}NameID").text = ADA


WHOLE: dict[str, tuple[str, Callable[[Make], bytes]]] = {
    "encrypted NameID in an unsigned assertion": (
        "unsigned",
        lambda make: _named_in_secret(make, lambda r: drop(r, "saml:Assertion/ds:Signature")),
    ),
    "encrypted NameID for somebody else": ("encryption", lambda make: _named_in_secret(make, key="stranger")),
    "encrypted NameID changed after signing": ("signature", lambda make: _named_in_secret(make, _tampered)),
    "a NameID beside an encrypted one": ("shape", lambda make: _named_in_secret(make, _name_beside)),
    "two encrypted NameIDs": (
        "shape",
        lambda make: _named_in_secret(make, lambda r: double(r, ".//saml:EncryptedID")),
    ),
    "an assertion in the encrypted NameID": (
        "encryption",
        lambda make: _secret_name(
            make,
            serialised(assertion(etree.fromstring(response(make(ADA), keys("stranger"))))).decode(),
        ),
    ),
    "an element in the encrypted NameID": (
        "encryption",
        lambda make: _secret_name(make, _name_id(f"{ADA}<x/>")),
    ),
    "a comment in the encrypted NameID": (
        "encryption",
        lambda make: _secret_name(make, _name_id(f"{ADA}<!---->.evil.test")),
    ),
    "a doctype in the encrypted NameID": (
        "encryption",
        lambda make: _secret_name(make, f'<!DOCTYPE x [<!ENTITY e "{ADA}">]>' + _name_id("&e;")),
    ),
    "no XML in the encrypted NameID": ("encryption", lambda make: _secret_name(make, ADA)),
    "an encrypted NameID that is empty": ("subject", lambda make: _secret_name(make, _name_id(""))),
    "encrypted and unsigned": ("unsigned", _evil_encrypted),
    "encrypted for somebody else": (
        "encryption",
        lambda make: _encrypted(make, key="stranger", sign_response=False),
    ),
    "encrypted in CBC in an unsigned response": (
        "encryption",
        lambda make: _encrypted(make, sign_response=False, encrypt_with_cbc=True),
    ),
    "cipher text tampered with": (
        "encryption",
        lambda make: _encrypted(make, _tampered, sign_response=False),
    ),
    "cipher text cut": ("encryption", lambda make: _encrypted(make, _cut, sign_response=False)),
    "key encrypted by PKCS #1 v1.5": (
        "encryption",
        lambda make: _encrypted(
            make,
            lambda r: put(r, ".//xenc:EncryptedKey/xenc:EncryptionMethod", Algorithm=f"{XENC}rsa-1_5"),
            sign_response=False,
        ),
    ),
    "triple DES": (
        "encryption",
        lambda make: _encrypted(
            make,
            lambda r: put(r, ".//xenc:EncryptedData/xenc:EncryptionMethod", Algorithm=f"{XENC}tripledes-cbc"),
            sign_response=False,
        ),
    ),
    "two encrypted keys": (
        "shape",
        lambda make: _encrypted(make, lambda r: double(r, ".//xenc:EncryptedKey"), sign_response=False),
    ),
    "two encrypted assertions": (
        "shape",
        lambda make: _encrypted(make, lambda r: double(r, "saml:EncryptedAssertion"), sign_response=False),
    ),
    "an assertion beside an encrypted one": (
        "shape",
        lambda make: _encrypted(
            make,
            lambda r: r.append(
                assertion(etree.fromstring(response(make(ADA, sign_assertion=False), keys("stranger"))))
            ),
            sign_response=False,
        ),
    ),
    "a response signed by a foreign key": (
        "signature",
        lambda make: response(make(ADA, sign_assertion=False), keys("stranger")),
    ),
    "a foreign response around an honest assertion": (
        "signature",
        lambda make: serialised(
            signed(
                etree.fromstring(response(make(MALLORY, sign_response=False), keys("idp"))), keys("stranger")
            )
        ),
    ),
    "an honest response around a foreign assertion": (
        "signature",
        lambda make: serialised(
            signed(etree.fromstring(response(make(ADA, sign_response=False), keys("stranger"))), keys("idp"))
        ),
    ),
}


def hostile(name: str, make: Make) -> bytes:
    """The message of that name."""
    plain = {"sign_response": False}
    if name in AFTER:
        sign_response = name.startswith(("XSW1", "XSW2"))
        more = {"sign_response": sign_response, "sign_assertion": not sign_response}
        root = etree.fromstring(response(make(MALLORY, **more), keys("idp")))
        AFTER[name][1](root)
        return serialised(root)
    if name in BEFORE:
        return response(make(MALLORY, **plain), keys("idp"), BEFORE[name][1])
    if name in RECIPES:
        return response(make(RECIPES[name][1].get("name_id", MALLORY), **RECIPES[name][1]), keys("idp"))
    if name in BYTES:
        return BYTES[name][1](response(make(MALLORY, **plain), keys("idp")))
    return WHOLE[name][1](make)


RULES: dict[str, str] = {
    name: rule for cases in (AFTER, BEFORE, RECIPES, BYTES, WHOLE) for name, (rule, _) in cases.items()
}
