"""A letter on its way: the request that is sent, and what the answer to it means."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.clock import as_text
from vestibule.secret_texts import without_secrets
from vestibule.webhooks.attempt import Attempt
from vestibule.webhooks.message import Letter
from vestibule.webhooks.poster import Posted
from vestibule.webhooks.signature import signatures

USER_AGENT = "Vestibule-Webhooks/1"
_LONGEST_SHOWN = 500


def headers_of(letter: Letter, keys: Sequence[bytes], now: float) -> list[tuple[str, str]]:
    """The headers that Standard Webhooks names, and what kind of body comes."""
    timestamp = int(now)
    return [
        ("User-Agent", USER_AGENT),
        ("Content-Type", "application/json"),
        ("webhook-id", letter.id),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", signatures(keys, letter.id, timestamp, letter.body)),
    ]


def attempt_of(letter: Letter, posted: Posted, now: float, number: int = 1, fault: str = "") -> Attempt:
    """What is kept of an attempt; ``fault`` is what the answer's words came to."""
    fault = posted.fault or fault
    if posted.status is not None and 300 <= posted.status < 400:
        fault = "A redirect: it is not followed. Enter the address it leads to."
    return Attempt(
        letter.event,
        letter.type,
        as_text(now),
        number,
        posted.status,
        posted.milliseconds,
        fault,
        shown_answer(posted.answer),
    )


def is_taken(status: int | None) -> bool:
    """Whether the endpoint took it."""
    return status is not None and 200 <= status < 300


def shown_answer(answer: bytes) -> str:
    """The beginning of an answer's body as text, without what looks like a secret."""
    text = answer.decode("utf-8", errors="replace")
    text = "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)
    text = without_secrets(text)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
