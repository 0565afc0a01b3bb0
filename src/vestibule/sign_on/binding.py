"""The two ways a message travels by browser: in the query of a redirect, or in a form that sends itself.

saml-bindings-2.0-os §3.4 and §3.5. A redirect is signed over its very query, as it stands in the address.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote_plus

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from vestibule.sign_on.certificate import KeyPair, load
from vestibule.sign_on.unacceptable import Unacceptable

#: A browser posts at most so much of a response (before base64).
LARGEST_MESSAGE = 256 * 1024
LONGEST_RELAY_STATE = 1024
_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def redirect_to(address: str, field: str, message: bytes, relay_state: str, pair: KeyPair) -> str:
    """The address with the message (``SAMLRequest`` or ``SAMLResponse``) in its query, signed."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezed = deflater.compress(message) + deflater.flush()
    query = f"{field}={_quoted(base64.b64encode(squeezed))}"
    if relay_state:
        query += f"&RelayState={_quoted(relay_state.encode())}"
    query += f"&SigAlg={_quoted(_RSA_SHA256.encode())}"
    signature = pair.key().sign(query.encode("ascii"), padding.PKCS1v15(), hashes.SHA256())
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{query}&Signature={_quoted(base64.b64encode(signature))}"


def posted(text: str) -> bytes:
    """A message from a form's field, its base64 undone. ``Unacceptable``."""
    squeezed = "".join(text.split())
    if len(squeezed) > LARGEST_MESSAGE * 4 // 3 + 4:
        raise Unacceptable("size", f"The message is longer than {LARGEST_MESSAGE // 1024} KiB.")
    try:
        return base64.b64decode(squeezed, validate=True)
    except (binascii.Error, ValueError):
        raise Unacceptable("encoding", "The message is not base64.") from None


def redirected(raw_query: str, field: str) -> tuple[bytes, Mapping[str, str]]:
    """The message of a redirect and the query's raw parameters. ``Unacceptable``: missing, twice, too large."""
    raw: dict[str, str] = {}
    for part in raw_query.split("&"):
        name, _, value = part.partition("=")
        if name in raw:
            raise Unacceptable("query", f"The parameter {name[:40]!r} stands in the address twice.")
        raw[name] = value
    if field not in raw:
        raise Unacceptable("query", f"The address has no {field}.")
    try:
        squeezed = base64.b64decode("".join(unquote_plus(raw[field]).split()), validate=True)
        inflater = zlib.decompressobj(-15)
        message = inflater.decompress(squeezed, LARGEST_MESSAGE + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise Unacceptable("encoding", f"{field} is not a deflated message in base64.") from None
    if len(message) > LARGEST_MESSAGE:
        raise Unacceptable("size", f"The message is longer than {LARGEST_MESSAGE // 1024} KiB.")
    return message, raw


def verify_redirect(raw: Mapping[str, str], field: str, certificates: Sequence[str]) -> None:
    """``Unacceptable`` unless one of the certificates' keys signed this query."""
    if "Signature" not in raw or "SigAlg" not in raw:
        raise Unacceptable("signature", "The message is not signed.")
    names = [name for name in (field, "RelayState", "SigAlg") if name in raw]
    text = "&".join(f"{name}={raw[name]}" for name in names).encode()
    method = unquote_plus(raw["SigAlg"])
    kind, _, digest = method.removeprefix("http://www.w3.org/2001/04/xmldsig-more#").partition("-")
    if kind not in ("rsa", "ecdsa") or digest not in _HASHES or "xmldsig-more#" not in method:
        raise Unacceptable("algorithm", "The message is not signed with RSA or ECDSA and SHA-256 or better.")
    try:
        signature = base64.b64decode("".join(unquote_plus(raw["Signature"]).split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unacceptable("signature", "The signature is not base64.") from None
    for pem in certificates:
        if _holds(load(pem).public_key(), kind, _HASHES[digest], signature, text):
            return
    raise Unacceptable(
        "signature", "The message was not signed with a certificate of the identity provider set up here."
    )


def _holds(key: object, kind: str, digest: hashes.HashAlgorithm, signature: bytes, text: bytes) -> bool:
    try:
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, text, padding.PKCS1v15(), digest)
            return True
        if kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            half = len(signature) // 2
            numbers = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
            key.verify(utils.encode_dss_signature(*numbers), text, ec.ECDSA(digest))
            return True
    except (InvalidSignature, ValueError):
        return False
    return False


def _quoted(value: bytes) -> str:
    return quote(value, safe="")
