"""The help page's attribute table, made from the profile: rows, and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vestibule.profiles.profile import ApplicationProfile, MappedAttribute

HEADINGS = (
    "Attribute",
    "Default value in Okta",
    "External name in Okta",
    "Namespace (schema URN)",
    "Meaning",
)


def required_rows(profile: ApplicationProfile) -> list[tuple[str, ...]]:
    """The mandatory attributes, in the profile's order."""
    return [_row(attribute) for attribute in profile.attributes if attribute.required]


def optional_rows(profile: ApplicationProfile) -> list[tuple[str, ...]]:
    """The others, in the profile's order."""
    return [_row(attribute) for attribute in profile.attributes if not attribute.required]


def attribute_table(profile: ApplicationProfile) -> str:
    """Both tables in Markdown."""
    parts = []
    for title, rows in (
        ("Mandatory attributes", required_rows(profile)),
        ("Optional attributes", optional_rows(profile)),
    ):
        if rows:
            parts.append(f"### {title}\n\n{_markdown(rows)}")
    return "\n".join(parts)


def _row(attribute: MappedAttribute) -> tuple[str, ...]:
    return (
        attribute.label,
        attribute.okta_default,
        attribute.external_name,
        attribute.namespace,
        attribute.description,
    )


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = [_line(HEADINGS), _line("---" for _ in HEADINGS)]
    for label, default, external_name, namespace, meaning in rows:
        lines.append(_line((label, _code(default), _code(external_name), namespace, meaning)))
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
