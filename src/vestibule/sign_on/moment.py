"""Moments: the clock's text, SAML's instants, and what lies between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vestibule.scim.fold import instant

#: Clocks of two machines may differ by so much (A3.7).
SKEW = timedelta(minutes=2)


def moment(text: str) -> datetime:
    """From the clock's text, or from an xsd:dateTime in UTC. ``ValueError``."""
    return datetime.fromisoformat(instant(text).removesuffix("Z")).replace(tzinfo=UTC)


def clock_text(at: datetime) -> str:
    """As the clock tells it, with milliseconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def saml_text(at: datetime) -> str:
    """As SAML writes it, in whole seconds."""
    return at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"
