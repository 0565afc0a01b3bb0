"""Sentences of the rules as a page shows them: what they say of commands is said of the screen instead."""

from __future__ import annotations

import re

#: The way out that a sentence names for the command line; the page has it as a button or a field.
_COMMAND = re.compile(
    r"(?:[:.]? (?:If that is meant, say|If they did leave, say|See:|Say:|Unlink it first:|Switch it on:|Begin with:)? ?"
    r"(?:vestibule [a-z-]+|--[a-z-]+)[^.]*(?:\.[a-z]+[^.]*)*)\.?$"
)


def as_shown(text: str) -> str:
    """The sentence without its command."""
    text = text.replace("use provision-now", "press Provision User").replace(
        "waits for provision-now", "waits for Provision User"
    )
    shown = _COMMAND.sub("", text).rstrip(" :")
    return shown if shown.endswith((".", "!", "?", "”")) else f"{shown}."
