"""Texts and instants in the one form in which they are compared.

Stores compare bytes only, so whatever must be equal is made equal here.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

#: Changes whenever a stored search form may differ from a fresh one: our rules, or Unicode's tables.
FOLD_VERSION = f"1/{unicodedata.unidata_version}"

_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
#: Characters that show nothing: format characters (Cf), and the fillers that Unicode files as letters or marks.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")


def fold(text: str) -> str:
    """The form in which strings that are not caseExact are equal: NFC, case-folded, NFC again."""
    if text.isascii():
        return text.lower()
    normal = unicodedata.normalize
    return normal("NFC", normal("NFC", text).casefold())


def fold_user_name(text: str) -> str:
    """The form in which userNames are equal: the mapping steps of UsernameCaseMapped (RFC 8265 §3.3).

    Width mapping, lower case, NFC. Nothing is refused; see ``refuse_user_name``.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", "".join(map(_narrowed, text)).lower())


def refuse_user_name(text: str) -> str | None:
    """Why UsernameCaseMapped refuses the name (strict only), or None where it does not.

    The string class is IdentifierClass (RFC 8264 §4.2): letters, digits and visible ASCII of any
    script, in an order of directions that the Bidi Rule allows (RFC 5893 §2).
    """
    mapped = fold_user_name(text)
    if not mapped:
        return "it is empty"
    for at, character in enumerate(mapped):
        if 0x21 <= ord(character) <= 0x7E or _is_identifier(character):
            continue
        if character not in _IN_CONTEXT:
            return f"{_named(character)} is not allowed in a userName (RFC 8265 §3.3)"
        if not _fits(mapped, at):
            return f"{_named(character)} is allowed {_IN_CONTEXT[character]} only (RFC 5892 A)"
    if _mixes_digits(mapped):
        return "it mixes two kinds of Arabic digits (RFC 5892 A.8)"
    if any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in mapped) and not _obeys_bidi_rule(
        mapped
    ):
        return "it mixes left-to-right and right-to-left characters (RFC 5893 §2)"
    return None


def hidden_character(text: str) -> str | None:
    """The name of the first character that shows nothing (zero-width, filler, control), or None."""
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        if (
            unicodedata.category(character) in ("Cf", "Cc")
            or character in _FILLERS
            or _is_selector(character)
        ):
            return _named(character)
    return None


def instant(text: str) -> str:
    """An xsd:dateTime as UTC of fixed width, ``2026-01-02T03:04:05.678Z`` (R6, R7).

    Without offset it is read as UTC; what is finer than a millisecond is cut off. Raises
    ``ValueError`` for anything else.
    """
    found = _DATE_TIME.fullmatch(text)
    if not found:
        raise ValueError("not a date with time such as 2026-01-02T03:04:05Z")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    days = 0
    if hour == 24 and minute == second == 0 and not int(found[7] or 0):
        hour, days = 0, 1  # XML Schema 1.0 part 2 §3.2.7: midnight at the end of the day
    try:
        local = datetime(
            year, month, day, hour, minute, second, int((found[7] or "0")[:3].ljust(3, "0")) * 1000
        )
        moment = (local + timedelta(days=days)).replace(tzinfo=_offset(found[8])).astimezone(UTC)
    except OverflowError:
        raise ValueError("the year is out of range") from None
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _offset(text: str | None) -> timezone:
    if text is None or text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError("the time zone is out of range")
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)


def _narrowed(character: str) -> str:
    """RFC 8265 §3.3.2 step 1: fullwidth and halfwidth characters become what they stand for."""
    mapping = unicodedata.decomposition(character)
    if mapping.startswith(("<wide> ", "<narrow> ")):
        return "".join(chr(int(code, 16)) for code in mapping.split()[1:])
    return character


def _is_identifier(character: str) -> bool:
    """RFC 8264 §9, whatever stands beside it."""
    if character in _EXCEPTIONS:
        return _EXCEPTIONS[character]
    if any(first <= character <= last for first, last in _OLD_JAMO):
        return False
    category = unicodedata.category(character)
    return (
        category in ("Ll", "Lu", "Lo", "Nd", "Lm", "Mn", "Mc")
        and unicodedata.normalize("NFKC", character) == character
        and character not in _FILLERS
        and not _is_selector(character)
    )


#: RFC 5892 §2.6: single characters that the categories would sort wrongly.
_EXCEPTIONS = dict.fromkeys("\u00df\u03c2\u06fd\u06fe\u0f0b\u3007", True) | dict.fromkeys(
    "\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b", False
)
#: RFC 5892 §2.9: conjoining Hangul.
_OLD_JAMO = (("\u1100", "\u11ff"), ("\ua960", "\ua97c"), ("\ud7b0", "\ud7fb"))


#: RFC 5892 A.3 to A.7: where these may stand. Joiners (A.1, A.2) show nothing, and nowhere may stand.
_IN_CONTEXT = {
    "\u00b7": "between two l",
    "\u0375": "before a Greek letter",
    "\u05f3": "after a Hebrew letter",
    "\u05f4": "after a Hebrew letter",
    "\u30fb": "beside Hiragana, Katakana or Han",
}
_JAPANESE = ("HIRAGANA LETTER ", "KATAKANA LETTER ", "CJK UNIFIED IDEOGRAPH")


def _fits(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    match text[at]:
        case "\u00b7":
            return before == after == "l"
        case "\u0375":
            return _name(after).startswith("GREEK ")
        case "\u05f3" | "\u05f4":
            return _name(before).startswith("HEBREW ")
    return any(_name(character).startswith(_JAPANESE) for character in text)


def _name(character: str) -> str:
    return unicodedata.name(character, "") if character else ""


def _mixes_digits(text: str) -> bool:
    """RFC 5892 A.8, A.9: Arabic-Indic digits and extended ones do not stand together."""
    return any("\u0660" <= c <= "\u0669" for c in text) and any("\u06f0" <= c <= "\u06f9" for c in text)


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _obeys_bidi_rule(text: str) -> bool:
    kinds = [unicodedata.bidirectional(c) for c in text]
    end = next((kind for kind in reversed(kinds) if kind != "NSM"), "")
    if kinds[0] in ("R", "AL"):
        allowed = {"R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"}
        return set(kinds) <= allowed and end in ("R", "AL", "EN", "AN") and not {"EN", "AN"} <= set(kinds)
    allowed = {"L", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"}
    return kinds[0] == "L" and set(kinds) <= allowed and end in ("L", "EN")


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
