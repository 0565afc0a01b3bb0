"""Certificates of both sides: read from whatever was pasted, counted down, and one of our own made.

In SAML a certificate carries a key and no trust beyond that: it counts because an administrator gave
it, and an expired one is commonly still used (A3). So it is shown with its last day, and never refused
for its age.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from vestibule.sign_on.errors import SetupRefused

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
_LEAST_RSA_BITS = 2048
_LONGEST = 20_000
#: Our own live so long; what others pinned of them they must renew by hand.
_OWN_YEARS = 5
_OWN_BITS = 2048
#: From so many days on before the end the countdown is a warning.
WARN_DAYS = 30


@dataclass(frozen=True, slots=True)
class CertificateState:
    """What is shown of a certificate."""

    subject: str
    #: SHA-256 in pairs of hex digits, as identity providers show it.
    fingerprint: str
    not_before: str
    not_after: str
    days_left: int

    @property
    def warning(self) -> str:
        """A sentence where its end is near or past, else nothing."""
        if self.days_left < 0:
            return (
                f"The certificate {self.fingerprint[:11]}… expired {-self.days_left} days ago. Sign-on goes on "
                "with it; many identity providers do not mind. Renew it on both sides."
            )
        if self.days_left <= WARN_DAYS:
            return f"The certificate {self.fingerprint[:11]}… expires in {self.days_left} days: renew it on both sides."
        return ""


def certificates_in(text: str) -> tuple[str, ...]:
    """The certificates of a PEM text, or of one bare base64 block, as PEM. ``SetupRefused``."""
    if len(text) > _LONGEST * 10:
        raise SetupRefused("The certificate is too long to be one.")
    blocks = _PEM.findall(text) or [text]
    return tuple(dict.fromkeys(_as_pem(block) for block in blocks))


def load(pem: str) -> x509.Certificate:
    """A certificate that ``certificates_in`` gave."""
    return x509.load_pem_x509_certificate(pem.encode("ascii"))


def state_of(pem: str, now: datetime) -> CertificateState:
    """What is shown of it; ``now`` counts the days."""
    certificate = load(pem)
    digest = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return CertificateState(
        certificate.subject.rfc4514_string(),
        ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)),
        f"{certificate.not_valid_before_utc:%Y-%m-%d}",
        f"{certificate.not_valid_after_utc:%Y-%m-%d}",
        (certificate.not_valid_after_utc - now).days,
    )


def bare(pem: str) -> str:
    """The base64 of a certificate without its lines of dashes, as metadata has it."""
    return base64.b64encode(load(pem).public_bytes(serialization.Encoding.DER)).decode("ascii")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key (PEM, PKCS #8) and the certificate that others pin."""

    certificate: str
    private_key: str

    def key(self) -> rsa.RSAPrivateKey:
        """The private key."""
        # It was made here and kept sealed: trying anew whether its primes are primes takes 90 ms of every sign-in.
        loaded = serialization.load_pem_private_key(
            self.private_key.encode("ascii"), password=None, unsafe_skip_rsa_key_validation=True
        )
        assert isinstance(loaded, rsa.RSAPrivateKey), "our keys are RSA: every identity provider takes them"
        return loaded


def new_key_pair(name: str, now: datetime) -> KeyPair:
    """A fresh RSA key with a certificate signed by itself, for the subject ``name``."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_OWN_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    start = now.astimezone(UTC).replace(microsecond=0) - timedelta(minutes=5)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * _OWN_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return KeyPair(
        certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode("ascii"),
    )


def _as_pem(block: str) -> str:
    squeezed = "".join(block.split())
    if re.fullmatch(r"([0-9A-Fa-f]{2}:?){16,64}", squeezed):
        raise SetupRefused(
            "That is a certificate's fingerprint, which says too little to check a signature with. Copy the "
            "certificate itself: the text between BEGIN CERTIFICATE and END CERTIFICATE."
        )
    if "PRIVATEKEY" in squeezed.upper():
        raise SetupRefused(
            "That is a private key, which must stay where it is. Copy the certificate of the identity provider."
        )
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(squeezed, validate=True))
        key = certificate.public_key()
    except (ValueError, binascii.Error, TypeError, x509.InvalidVersion):
        raise SetupRefused(
            "This is no X.509 certificate. Copy the text between BEGIN CERTIFICATE and END CERTIFICATE, with or "
            "without those lines."
        ) from None
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _LEAST_RSA_BITS:
            raise SetupRefused(
                f"The certificate has an RSA key of {key.key_size} bits; {_LEAST_RSA_BITS} are the least that protect "
                "sign-on. Have the identity provider make a new one."
            )
    elif not isinstance(key, ec.EllipticCurvePublicKey):
        raise SetupRefused(
            "The certificate's key is neither RSA nor on an elliptic curve; sign-on needs one of those."
        )
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
