"""Signatures, as the standard's own library verifies them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from vestibule.webhooks.errors import BadSecret
from vestibule.webhooks.signature import key_of, new_secret, signatures

BODY = '{"type":"user.created","data":{"name":"Zoë"}}'.encode()


def signed(secrets: list[str], body: bytes = BODY) -> Mapping[str, str]:
    now = int(datetime.now(UTC).timestamp())
    keys = [key_of(secret) for secret in secrets]
    return {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(now),
        "webhook-signature": signatures(keys, "evt_1", now, body),
    }


def test_the_standards_library_verifies_ours() -> None:
    secret = new_secret(lambda size: bytes(range(size)))
    assert Webhook(secret).verify(BODY, dict(signed([secret])))["data"] == {"name": "Zoë"}


def test_while_a_secret_is_rolled_both_verify() -> None:
    old, new = (new_secret(lambda size, n=n: bytes([n] * size)) for n in (1, 2))  # type: ignore[misc]
    headers = dict(signed([new, old]))
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers)


def test_another_secret_or_body_does_not_verify() -> None:
    ours, theirs = (new_secret(lambda size, n=n: bytes([n] * size)) for n in (1, 2))  # type: ignore[misc]
    headers = dict(signed([ours]))
    for secret, body in ((theirs, BODY), (ours, BODY + b" ")):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        pytest.param("abc", "does not begin with whsec_", id="no prefix"),
        pytest.param("whsec_%%%", "is no base64", id="no base64"),
        pytest.param("whsec_" + base64.b64encode(bytes(23)).decode(), "has 23 bytes", id="too short"),
        pytest.param("whsec_" + base64.b64encode(bytes(65)).decode(), "has 65 bytes", id="too long"),
        pytest.param("whsec_ZoëZoëZoë", "is no base64", id="no ASCII"),
    ],
)
def test_a_secret_that_the_standard_does_not_allow_is_refused(secret: str, why: str) -> None:
    with pytest.raises(BadSecret, match=why):
        key_of(secret)
