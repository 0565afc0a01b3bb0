"""What must not stand in a log line or a kept answer: secrets by the name they stand under, or by their look."""

from __future__ import annotations

import re

REDACTED = "[redacted]"
#: Names under which nothing is shown.
SECRET_NAMES = re.compile(
    r"(?i)pass(?:word|wd|phrase)|secret|token|credential|authorization|api[-_]?key|cookie"
)
#: By their look: bearer credentials, our own tokens and signing secrets, others' prefixes, JSON web tokens.
_LOOKS = re.compile(
    r"(?i)\b(?:(?:bearer|basic)\s+[\w.~+/=-]{8,}|(?:whsec|vst_scim|vst_api|ghp|xox[abp]|sk_live|sk_test)_[\w+/=-]{8,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)
#: By the name in front of them, in JSON, headers, query strings and prose.
_NAMED = re.compile(
    r"""(?i)(["']?\b[\w-]*(?:pass(?:word|wd|phrase)|secret|token|authorization|api[-_]?key|cookie)\b["']?\s*[:=]\s*)"""
    r"""("[^"]*"|'[^']*'|[^\s,;}&"']+)"""
)
_PASSWORD_IN_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@")


def without_secrets(text: str) -> str:
    """The text with everything that looks like a secret replaced."""
    text = _PASSWORD_IN_URL.sub(rf"\1:{REDACTED}@", text)
    return _NAMED.sub(rf"\1{REDACTED}", _LOOKS.sub(REDACTED, text))
