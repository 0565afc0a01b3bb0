"""XML signatures: one reference, to the element it stands in, by a key that the administrator gave.

signxml does the cryptography and hands back what was really signed; everything read afterwards is read
from that. What the message says of keys (``KeyInfo``) is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from vestibule.sign_on.certificate import KeyPair, load
from vestibule.sign_on.unacceptable import Unacceptable
from vestibule.sign_on.xml import DS, Element, parse, serialised, tag, the_only

METHODS = frozenset(
    SignatureMethod[name]
    for name in ("RSA_SHA256", "RSA_SHA384", "RSA_SHA512", "ECDSA_SHA256", "ECDSA_SHA384", "ECDSA_SHA512")
)
DIGESTS = frozenset(DigestAlgorithm[name] for name in ("SHA256", "SHA384", "SHA512"))
_METHOD_NAMES = frozenset(method.value for method in METHODS)
_DIGEST_NAMES = frozenset(digest.value for digest in DIGESTS)


def verified(root: Element, location: str, certificates: Sequence[str]) -> Element:
    """What the signature at ``location`` (the path of its parent, ``./`` for the root) signed, parsed anew.

    ``Unacceptable`` where no certificate's key made it, an algorithm is weak, or it signs something else
    than the element it stands in.
    """
    parent = root if location == "./" else root.find(location.rstrip("/"))
    signature = the_only(parent, "ds:Signature")
    _refuse_weak(signature)
    reference = the_only(the_only(signature, "ds:SignedInfo"), "ds:Reference")
    if reference.get("URI") != f"#{parent.get('ID')}":
        raise Unacceptable("reference", "The signature refers to another element than the one it stands in.")
    for pem in certificates:
        certificate = load(pem)
        # An expired certificate goes on being used in SAML (A3): what counts is that it was given to us.
        configuration = SignatureConfiguration(
            location=location,
            signature_methods=METHODS,
            digest_algorithms=DIGESTS,
            ignore_ambiguous_key_info=True,
            verification_time=certificate.not_valid_before_utc + timedelta(seconds=1),
        )
        try:
            result = XMLVerifier().verify(
                serialised(root), x509_cert=certificate, id_attribute="ID", expect_config=configuration
            )
        except (SignXMLException, ValueError, TypeError, etree.LxmlError):
            continue
        assert not isinstance(result, list), "one reference is expected"
        found = result.signed_xml
        if found is None or found.tag != parent.tag or found.get("ID") != parent.get("ID"):
            break
        return parse(result.signed_data, most_bytes=1 << 20)
    raise Unacceptable(
        "signature",
        f"The signature of the {tag(parent)} was not made with a certificate of the identity provider that is set up "
        "here. If it has a new certificate, enter that one too, or read its metadata again.",
    )


def signed(root: Element, pair: KeyPair) -> Element:
    """The document with an enveloped signature over its root, after Issuer, where SAML wants it."""
    issuer = root.find("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer")
    placeholder = etree.Element(f"{{{DS}}}Signature", {"Id": "placeholder"}, nsmap={"ds": DS})
    if issuer is not None:
        issuer.addnext(placeholder)
    else:
        root.insert(0, placeholder)
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    return signer.sign(
        root,
        key=pair.key(),
        cert=[load(pair.certificate)],
        reference_uri=f"#{root.get('ID')}",
        id_attribute="ID",
    )


def _refuse_weak(signature: Element) -> None:
    """SHA-1, HMAC (a public key taken for a secret) and whatever else is not on the list, by name."""
    signed_info = the_only(signature, "ds:SignedInfo")
    method = the_only(signed_info, "ds:SignatureMethod").get("Algorithm", "")
    digest = the_only(the_only(signed_info, "ds:Reference"), "ds:DigestMethod").get("Algorithm", "")
    if method not in _METHOD_NAMES:
        raise Unacceptable(
            "algorithm",
            f"The message is signed with {_name(method)}; RSA or ECDSA with SHA-256 or better is needed. Choose SHA-256 as "
            "the signature algorithm in the identity provider.",
        )
    if digest not in _DIGEST_NAMES:
        raise Unacceptable(
            "algorithm",
            f"The message's digest is made with {_name(digest)}; SHA-256 or better is needed. Choose SHA-256 as the digest "
            "algorithm in the identity provider.",
        )


def _name(algorithm: str) -> str:
    return algorithm.rpartition("#")[2][:40] or "an unnamed method"
