"""A Google service account with domain-wide delegation: the key file, and what it asks for a token with (G6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from vestibule.linking.connector import ConsentRefused

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: Google takes an hour at most.
_SECONDS = 3600
_LARGEST = 16 * 1024
_HOW = "In Google Cloud: IAM & Admin → Service accounts → Keys → Add key → JSON. Paste the whole file that is downloaded."


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """What is used of a key file. Its ``token_uri`` is not: where tokens are asked for is the operator's to say."""

    email: str
    private_key: str
    key_id: str


def read_key(text: str) -> ServiceAccount:
    """From the JSON file that Google Cloud gives. ``ConsentRefused`` says what it is instead."""
    if len(text) > _LARGEST:
        raise ConsentRefused(f"This is no key file of a service account: it is too long. {_HOW}")
    try:
        found = json.loads(text)
    except ValueError:
        raise ConsentRefused(f"This is no key file of a service account: it is not JSON. {_HOW}") from None
    if not isinstance(found, dict) or found.get("type") != "service_account":
        raise ConsentRefused(
            f'This is no key file of a service account: its "type" is not "service_account". {_HOW}'
        )
    email, key = found.get("client_email"), found.get("private_key")
    if not isinstance(email, str) or not isinstance(key, str) or "@" not in email:
        raise ConsentRefused(f"The key file has no client_email or no private_key. {_HOW}")
    account = ServiceAccount(email, key, str(found.get("private_key_id") or ""))
    _key_of(account.private_key)
    return account


def assertion(values: Mapping[str, str], scope: str, audience: str, now: int) -> str:
    """The signed request for a token, for as long as Google takes it; ``values`` are those of ``as_values``."""
    header = {"alg": "RS256", "typ": "JWT"} | ({"kid": values["key_id"]} if values.get("key_id") else {})
    claims = {
        "iss": values["service_account"],
        "sub": values["subject"],
        "scope": scope,
        "aud": audience,
        "iat": now,
        "exp": now + _SECONDS,
    }
    return jwt.encode(header, claims, _key_of(values["private_key"]))


def as_values(account: ServiceAccount, subject: str) -> dict[str, str]:
    """As credentials keep it; ``subject`` is the administrator it acts as."""
    return {
        "service_account": account.email,
        "private_key": account.private_key,
        "key_id": account.key_id,
        "subject": subject,
    }


def _key_of(text: str) -> RSAKey:
    try:
        key = RSAKey.import_key(text)
    except (JoseError, ValueError, TypeError):
        key = None
    if key is None or not key.is_private:
        raise ConsentRefused(f"The private_key of the key file cannot be read. {_HOW}")
    return key
