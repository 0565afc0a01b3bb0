"""The admission hook as the settings or the embedding product have it."""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.feed.doorkeeper import Doorkeeper, Hook, HttpHook
from vestibule.settings import Settings
from vestibule.webhooks.signature import key_of, signatures


def doorkeeper_of(settings: Settings, hook: Hook | None) -> Doorkeeper | None:
    """Who asks the product, by ``hook`` or else over HTTP; None where nobody is asked. ``BadSecret``."""
    if hook is None and settings.admission_url:
        key = key_of(settings.admission_secret.get_secret_value())

        def sign(id: str, at: int, body: bytes) -> Mapping[str, str]:
            signature = signatures([key], id, at, body)
            return {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": signature}

        hook = HttpHook(settings.admission_url, sign)
    return Doorkeeper(hook, admits_without=settings.admission_without == "admit") if hook else None
