"""Encrypted assertions and names: RSA-OAEP for the key, AES in GCM or CBC for the rest (XML Encryption 1.1).

CBC tells nothing of tampering, and an answer that differs by what the plain text looked like would give
it away piece by piece. So CBC counts only inside something whose signature holds, and whatever fails
here fails with the same sentence.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vestibule.sign_on.unacceptable import Unacceptable
from vestibule.sign_on.xml import Element, at_most_one, children, text_of, the_only

_ENC = "http://www.w3.org/2001/04/xmlenc#"
_ENC11 = "http://www.w3.org/2009/xmlenc11#"
#: Algorithm → bytes of the key.
_GCM = {f"{_ENC11}aes128-gcm": 16, f"{_ENC11}aes192-gcm": 24, f"{_ENC11}aes256-gcm": 32}
_CBC = {f"{_ENC}aes128-cbc": 16, f"{_ENC}aes192-cbc": 24, f"{_ENC}aes256-cbc": 32}
_OAEP_MGF1P = f"{_ENC}rsa-oaep-mgf1p"
_OAEP = f"{_ENC11}rsa-oaep"
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "http://www.w3.org/2000/09/xmldsig#sha1": hashes.SHA1,
    f"{_ENC}sha256": hashes.SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384,
    f"{_ENC}sha512": hashes.SHA512,
    f"{_ENC11}mgf1sha1": hashes.SHA1,
    f"{_ENC11}mgf1sha256": hashes.SHA256,
    f"{_ENC11}mgf1sha384": hashes.SHA384,
    f"{_ENC11}mgf1sha512": hashes.SHA512,
}
_BLOCK = 16
_NAMES = {"mgf": _ENC11}


def decrypted(encrypted: Element, keys: Sequence[RSAPrivateKey], *, is_signed: bool) -> bytes:
    """The plain text of an ``EncryptedAssertion`` or ``EncryptedID``.

    ``is_signed``: what it stands in was signed, and the signature held. ``Unacceptable``, with one sentence for
    whatever goes wrong.
    """
    data = the_only(encrypted, "xenc:EncryptedData")
    method = the_only(data, "xenc:EncryptionMethod").get("Algorithm", "")
    length = _GCM.get(method) or _CBC.get(method)
    if length is None:
        raise Unacceptable(
            "encryption",
            f"The assertion is encrypted with {method.rpartition('#')[2] or 'an unnamed method'}; AES-GCM or AES-CBC is needed.",
        )
    if method in _CBC and not is_signed:
        raise Unacceptable(
            "encryption",
            "The assertion is encrypted with AES-CBC and the response around it is not signed. Have the identity "
            "provider sign the response too, or encrypt with AES-GCM.",
        )
    sealed_key = _encrypted_key(encrypted, data)
    padded_as = _padding_of(the_only(sealed_key, "xenc:EncryptionMethod"))
    sealed, body = _cipher_value(sealed_key), _cipher_value(data)
    for key in keys:
        try:
            secret = key.decrypt(sealed, padded_as)
        except ValueError:
            continue
        if len(secret) != length:
            continue
        try:
            return _opened_gcm(secret, body) if method in _GCM else _opened_cbc(secret, body)
        except (ValueError, InvalidTag):
            break
    raise cannot_be_opened()


def cannot_be_opened() -> Unacceptable:
    """The one refusal for whatever is wrong with an encrypted assertion."""
    return Unacceptable(
        "encryption",
        "The assertion could not be decrypted. Give the identity provider the certificate that this tenant's "
        "metadata shows now.",
    )


def _encrypted_key(encrypted: Element, data: Element) -> Element:
    info = at_most_one(data, "ds:KeyInfo")
    found = [
        *(children(info, "xenc:EncryptedKey") if info is not None else []),
        *children(encrypted, "xenc:EncryptedKey"),
    ]
    if len(found) != 1:
        raise Unacceptable(
            "encryption", f"The encrypted assertion has {len(found)} encrypted keys where there must be one."
        )
    return found[0]


def _padding_of(method: Element) -> padding.OAEP:
    name = method.get("Algorithm", "")
    digest = at_most_one(method, "ds:DigestMethod")
    mask = method.find("mgf:MGF", _NAMES)
    if name not in (_OAEP_MGF1P, _OAEP) or at_most_one(method, "xenc:OAEPparams") is not None:
        raise Unacceptable(
            "encryption",
            f"The key of the assertion is encrypted with {name.rpartition('#')[2] or 'an unnamed method'}; RSA-OAEP is needed.",
        )
    algorithm = _HASHES.get(digest.get("Algorithm", "")) if digest is not None else hashes.SHA1
    masked = hashes.SHA1
    if name == _OAEP and mask is not None:
        masked = _HASHES.get(mask.get("Algorithm", ""))  # type: ignore[assignment]
    if algorithm is None or masked is None:
        raise Unacceptable("encryption", "The key of the assertion is encrypted with an unknown hash.")
    return padding.OAEP(mgf=padding.MGF1(masked()), algorithm=algorithm(), label=None)


def _cipher_value(parent: Element) -> bytes:
    text = text_of(the_only(the_only(parent, "xenc:CipherData"), "xenc:CipherValue"))
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise cannot_be_opened() from None


def _opened_gcm(secret: bytes, body: bytes) -> bytes:
    return AESGCM(secret).decrypt(body[:12], body[12:], None)


def _opened_cbc(secret: bytes, body: bytes) -> bytes:
    if len(body) < 2 * _BLOCK or len(body) % _BLOCK:
        raise ValueError("no whole blocks")
    opener = Cipher(algorithms.AES(secret), modes.CBC(body[:_BLOCK])).decryptor()
    plain = opener.update(body[_BLOCK:]) + opener.finalize()
    if not 1 <= plain[-1] <= _BLOCK:
        raise ValueError("bad padding")
    return plain[: -plain[-1]]
