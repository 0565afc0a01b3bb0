"""The sub-attributes that every multi-valued attribute may have, with their fixed meaning (RFC 7643 §2.4)."""

from __future__ import annotations

from vestibule.scim.attribute import Attribute, Type

PRIMARY = Attribute(
    "primary",
    Type.BOOLEAN,
    description="Whether this is the preferred value. It is true for one value at most; left out, it is false.",
)


def plural(value: Attribute, *types: str, kind: str) -> tuple[Attribute, ...]:
    """``value``, ``display``, ``type`` and ``primary`` of the attribute ``kind``; ``types`` are canonical."""
    return (
        value,
        Attribute("display", description=f"A readable form of the {kind}, for showing only."),
        Attribute("type", description=f"What the {kind} is for.", canonical_values=types),
        PRIMARY,
    )
